"""From a request to what trading understands: the instruction behind a body, the values behind a query."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

from django.utils.dateparse import parse_datetime
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import signed_in
from accounts.models import User
from arbion.domain.enums import AssetClass, OrderType, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.ids import IdSource, new_id
from brokers.accounts import account_of
from brokers.models import BrokerAccount
from marketdata.errors import UnknownSymbol
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from trading.api.fields import AskedFigure, KnownFieldsOnly, NotOffered, StrictText, StrictUUID
from trading.books.opening import ensure_simulated_account
from trading.instruction import CLIENT_KEY_LENGTH_MAX, Instruction

KEY_HEADER = "Idempotency-Key"
_KEY = re.compile(rf"[\x21-\x7e]{{1,{CLIENT_KEY_LENGTH_MAX}}}")


class OrderRequestSerializer(KnownFieldsOnly):
    """An order to place or to look at. Give `quantity` or `notional`; the key makes a repeat the same order."""

    account = StrictUUID(required=False, allow_null=True, help_text="One's simulated account where it is left out.")
    symbol = StrictText(max_length=24, trim_whitespace=False)
    side = serializers.ChoiceField(choices=Side.choices)
    order_type = serializers.ChoiceField(choices=OrderType.choices, default=OrderType.MARKET)
    quantity = AskedFigure()
    notional = AskedFigure()
    limit_price = AskedFigure()
    time_in_force = serializers.ChoiceField(
        choices=TimeInForce.choices,
        required=False,
        allow_null=True,
        help_text="`gtc` for coins, else `day`, where left out.",
    )
    client_order_id = StrictText(required=False, allow_null=True, allow_blank=True, trim_whitespace=False)
    stop_price = NotOffered()
    trail_amount = NotOffered()
    trail_percent = NotOffered()
    option = NotOffered()
    bracket = NotOffered()
    stop_loss_price = NotOffered()
    take_profit_price = NotOffered()


def read_instruction(request: Request, *, ids: IdSource = new_id) -> Instruction:
    """The order that the body asks for, by the person who is signed in. Raises what names the field at fault."""
    form = OrderRequestSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    values = form.validated_data
    user = signed_in(request)
    instrument = instrument_asked(values["symbol"])
    return Instruction(
        user=user,
        account=account_asked(user, values.get("account")),
        source=Source.API,
        client_key=key_asked(request.headers.get(KEY_HEADER), values.get("client_order_id"), ids=ids),
        symbol=instrument.symbol,
        side=Side(values["side"]),
        order_type=OrderType(values["order_type"]),
        time_in_force=TimeInForce(values.get("time_in_force") or usual_time_in_force(instrument)),
        quantity=values.get("quantity"),
        notional=values.get("notional"),
        limit_price=values.get("limit_price"),
    )


def key_asked(header: str | None, field: str | None, *, ids: IdSource = new_id) -> str:
    """The caller's key, from the header or the body; a fresh one where none was given."""
    if header is not None and field is not None and header != field:
        raise InvalidInput.of("client_order_id", "mismatch", f"The body and the header {KEY_HEADER} name two keys.")
    key = header if header is not None else field
    if key is None:
        return str(ids())
    if not _KEY.fullmatch(key):
        detail = f"A key has 1 to {CLIENT_KEY_LENGTH_MAX} characters: letters, digits and signs of ASCII, no spaces."
        raise InvalidInput.of("client_order_id", "invalid_key", detail)
    return key


def usual_time_in_force(instrument: Instrument) -> TimeInForce:
    """How long an order works where nothing is said."""
    return TimeInForce.GTC if instrument.asset_class == AssetClass.CRYPTO else TimeInForce.DAY


def instrument_asked(symbol: str) -> Instrument:
    """The instrument that a body or a query names; blanks are no part of a symbol."""
    try:
        if symbol != symbol.strip():
            raise UnknownSymbol(symbol)
        return get_instrument(symbol)
    except UnknownSymbol as error:
        raise error.in_body() from None


def account_asked(user: User, public_id: UUID | str | None) -> BrokerAccount:
    """The account that a body or a query names, or the person's simulated one; another's is as unknown as none."""
    if public_id is None or public_id == "":
        return ensure_simulated_account(user)
    try:
        return account_of(user, public_id)
    except NotFound as error:
        raise InvalidInput.of("account", "unknown_account", error.detail) from None


def one(request: Request, name: str) -> str:
    """One value of the query, or nothing; the same name twice is refused."""
    given = request.query_params.getlist(name)
    if len(given) > 1:
        raise InvalidInput.of(name, "repeated", "Give this once.")
    return given[0].strip() if given else ""


def moment_asked(request: Request, name: str) -> datetime | None:
    """A time of the query (RFC 3339), or None."""
    text = one(request, name)
    if not text:
        return None
    try:
        found = parse_datetime(text)
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput.of(name, "invalid_time", "Write a time such as 2026-11-20T15:00:00Z.")
