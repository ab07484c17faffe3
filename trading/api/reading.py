"""From a request to what trading understands: the instruction behind a body, the values behind a query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from accounts.api.authentication import signed_in
from accounts.models import User
from arbion.domain.enums import AssetClass, LotMethod, OptionRight, OrderType, PositionEffect, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.ids import IdSource, new_id
from brokers.accounts import account_of
from brokers.models import BrokerAccount
from marketdata.conditions import Condition
from marketdata.errors import UnknownSymbol
from marketdata.models import Instrument
from trading import selectors
from trading.api.bodies import OrderRequestSerializer, given
from trading.api.fields import TIME_ASKED, read_moment
from trading.books.opening import ensure_simulated_account
from trading.contracts import contract_on, instrument_called, instrument_to_trade
from trading.desk.model import assistants
from trading.instruction import BRACKET_FIELDS, CLIENT_KEY_LENGTH_MAX, Bracket, Instruction, InstructionLeg
from trading.models import Assistant
from trading.wire.fields import lot_id

KEY_HEADER = "Idempotency-Key"
_KEY = re.compile(rf"[\x21-\x7e]{{1,{CLIENT_KEY_LENGTH_MAX}}}")
# What an order body and an instruction call by the same name.
FIGURES = (
    "quantity", "notional", "percent_of_position", "percent_of_cash", "limit_price", "stop_price", "trail_amount",
    "trail_percent",
)  # fmt: skip


def read_instruction(request: Request, *, ids: IdSource = new_id) -> Instruction:
    """The order that the body asks for, by the person who is signed in. Raises what names the field at fault."""
    form = OrderRequestSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    values = form.validated_data
    key = key_asked(request.headers.get(KEY_HEADER), values.get("client_order_id"), ids=ids)
    return instruction_of(signed_in(request), values, key=key)


def instruction_of(user: User, values: Mapping[str, Any], *, key: str) -> Instruction:
    """The instruction that a checked body makes, under this key."""
    said = given(values)
    account = account_asked(user, said.get("account"))
    instrument = traded(said["symbol"])
    effect = said.get("effect")
    if option := said.get("option"):
        instrument, effect = _contract(instrument, option), _one_effect(effect, option.get("effect"))
    figures = {name: said[name] for name in FIGURES if name in said}
    return Instruction(
        user=user,
        account=account,
        source=Source.API,
        client_key=key,
        symbol=instrument.symbol,
        side=Side(said["side"]),
        order_type=OrderType(said["order_type"]),
        time_in_force=TimeInForce(said.get("time_in_force") or usual_time_in_force(instrument)),
        expires_at=said.get("expires_at"),
        extended_hours=said.get("extended_hours", False),
        effect=None if effect is None else PositionEffect(effect),
        legs=tuple(_leg(leg, number) for number, leg in enumerate(said.get("legs", ()))),
        bracket=_bracket(said.get("bracket")),
        lot_method=LotMethod(said["lot_method"]) if "lot_method" in said else None,
        chosen_lots=_lots(account, instrument, said.get("lots", ())),
        when=when_asked(said.get("when")),
        when_until=(said.get("when") or {}).get("expires_at"),
        **figures,
    )


def _contract(underlying: Instrument, option: Mapping[str, Any]) -> Instrument:
    return contract_on(
        underlying,
        right=OptionRight(option["right"]),
        strike=option["strike"],
        expires_on=option["expiration"],
    )


def _one_effect(beside: str | None, inside: str | None) -> str | None:
    if beside is not None and inside is not None and beside != inside:
        raise InvalidInput.of("option.effect", "mismatch", "The order and its option name two effects.")
    return beside or inside


def _leg(leg: Mapping[str, Any], number: int) -> InstructionLeg:
    with within(f"legs.{number}"):
        instrument = traded(leg["symbol"])
    effect = leg.get("effect")
    return InstructionLeg(
        symbol=instrument.symbol,
        side=Side(leg["side"]),
        ratio=leg["ratio"],
        effect=None if effect is None else PositionEffect(effect),
    )


def _bracket(values: Mapping[str, Any] | None) -> Bracket | None:
    return None if values is None else Bracket(**values)


def when_asked(values: Mapping[str, Any] | None) -> Condition | None:
    """The condition of a body, its symbol in the platform's letters."""
    if values is None:
        return None
    symbol = values.get("symbol")
    return Condition.of({**values, "symbol": symbol.upper() if symbol and symbol.isascii() else symbol})


@contextmanager
def within(part: str) -> Iterator[None]:
    """Faults of what is read inside are faults of this part of the body: `bracket.stop_loss_price`."""
    try:
        yield
    except InvalidInput as refusal:
        faults = tuple(
            error if error.field == part else replace(error, field=f"{part}.{error.field}") for error in refusal.errors
        )
        refusal.errors = faults
        raise


@contextmanager
def exits_named() -> Iterator[None]:
    """Faults of a bracket's prices are named where they stand in the body, wherever they are found."""
    try:
        yield
    except InvalidInput as refusal:
        faults = tuple(
            replace(error, field=f"bracket.{error.field}") if error.field in BRACKET_FIELDS else error
            for error in refusal.errors
        )
        refusal.errors = faults
        raise


def _lots(account: BrokerAccount, instrument: Instrument, asked: Sequence[UUID]) -> tuple[int, ...]:
    """The keys behind the public ids of lots; a repeat may name lots that its first order has closed."""
    if not asked:
        return ()
    known = {lot_id(account, lot): lot.pk for lot in selectors.lots_ever(account, instrument)}
    if any(name not in known for name in asked):
        raise InvalidInput.of("lots", "unknown_lot", "One of these is no open lot of this position.")
    return tuple(known[name] for name in asked)


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
    """The instrument that a query or an address names."""
    try:
        return instrument_called(symbol)
    except UnknownSymbol as error:
        raise error.in_body() from None


def traded(symbol: str) -> Instrument:
    """The instrument that an order names; a listed contract's is made where it is not there yet."""
    try:
        return instrument_to_trade(symbol)
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


def assistant_asked(user: User, assistant_id: UUID | None) -> Assistant | None:
    """The person's assistant that a body names, None for the desk itself; another's is as unknown as none."""
    if assistant_id is None:
        return None
    try:
        return assistants.assistant_of(user, assistant_id)
    except NotFound as error:
        raise InvalidInput.of("assistant", "unknown_assistant", error.detail) from None


def one(request: Request, name: str) -> str:
    """One value of the query, or nothing; the same name twice is refused."""
    given = request.query_params.getlist(name)
    if len(given) > 1:
        raise InvalidInput.of(name, "repeated", "Give this once.")
    return given[0].strip() if given else ""


def uuid_asked(name: str, text: str) -> UUID:
    """An id of the query."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput.of(name, "invalid", "Write an id as it was given out.") from None


def moment_asked(request: Request, name: str) -> datetime | None:
    """A time of the query (RFC 3339), or None."""
    text = one(request, name)
    if not text:
        return None
    # A zone's plus sign arrives as a space.
    found = read_moment(text.replace(" ", "+"))
    if found is None:
        raise InvalidInput.of(name, "invalid_time", TIME_ASKED)
    return found


def span_asked(request: Request) -> tuple[datetime | None, datetime | None]:
    """From when, and until when, of the query."""
    since, until = moment_asked(request, "since"), moment_asked(request, "until")
    if since is not None and until is not None and since >= until:
        raise InvalidInput.of("since", "not_before_until", "This must be before “until”.")
    return since, until
