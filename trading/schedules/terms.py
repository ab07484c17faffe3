"""What is ordered each time: read from the words of the contract, kept as JSON, and made an instruction again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import AssetClass, OrderType, PositionEffect, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import plain, read_decimal
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.contracts import instrument_called
from trading.instruction import BRACKET_FIELDS, Bracket, Instruction

Json = dict[str, Any]
SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")
PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent")
TYPES = frozenset({OrderType.MARKET, OrderType.LIMIT})
_WORDS = ("symbol", "side", "order_type", "time_in_force", "bracket")
# An interpretation says these too; `asset_class` is known from the symbol.
_ALSO = ("asset_class", "option", "client_order_id", "account")


def read_terms(data: Mapping[str, Any]) -> Json:
    """The terms in one spelling: what was not said is left out. Raises InvalidInput with the field at fault.

    `data` is an order in the words of the contract, with its `bracket` where it has one. Options expire and packages
    are made of them, so neither repeats; stops and trailing stops guard what is held already.
    """
    unknown = set(data) - {*_WORDS, *SIZES, *PRICES, *_ALSO}
    if unknown:
        name = min(unknown)
        raise InvalidInput.of(name, "unknown_field", f"There is no field “{name}” in a repeating order.")
    if data.get("option"):
        raise InvalidInput.of("option", "not_allowed", "An option expires, so an order for it cannot repeat.")
    symbol = data.get("symbol")
    if not isinstance(symbol, str) or not symbol:
        raise InvalidInput.of("symbol", "required", "Say what to trade.")
    instrument = instrument_called(symbol)
    if instrument.asset_class == AssetClass.OPTION:
        raise InvalidInput.of("symbol", "not_allowed", "An option expires, so an order for it cannot repeat.")
    usual = TimeInForce.GTC if instrument.asset_class == AssetClass.CRYPTO else TimeInForce.DAY
    terms: Json = {
        "symbol": instrument.symbol,
        "side": _word("side", data.get("side"), Side),
        "order_type": _word("order_type", data.get("order_type") or OrderType.MARKET, OrderType),
        "time_in_force": _word("time_in_force", data.get("time_in_force") or usual, TimeInForce),
    }
    if terms["order_type"] not in TYPES:
        raise InvalidInput.of("order_type", "not_allowed", "A repeating order is placed at the market or with a limit.")
    if terms["time_in_force"] == TimeInForce.GTD:
        raise InvalidInput.of("time_in_force", "not_allowed", "A repeating order cannot be good till one date.")
    figures = {name: _figure(name, data.get(name)) for name in (*SIZES, *PRICES)}
    terms |= {name: plain(value) for name, value in figures.items() if value is not None}
    if bracket := data.get("bracket"):
        terms["bracket"] = _bracket(bracket)
    return terms


def instruction_for(
    terms: Mapping[str, Any], *, user: User, account: BrokerAccount, key: str, words: str = ""
) -> Instruction:
    """The instruction of one time. Raises InvalidInput where the figures do not go together."""
    side, bracket = Side(terms["side"]), terms.get("bracket")
    figures: Json = {name: Decimal(terms[name]) for name in (*SIZES, *PRICES) if name in terms}
    return Instruction(
        user=user,
        account=account,
        source=Source.SCHEDULE,
        client_key=key,
        symbol=terms["symbol"],
        side=side,
        order_type=OrderType(terms["order_type"]),
        time_in_force=TimeInForce(terms["time_in_force"]),
        # A sale is of what is held: nobody opens a short position again and again by leaving it to the calendar.
        effect=PositionEffect.CLOSE if side is Side.SELL and account.margin else None,
        bracket=None if bracket is None else Bracket(**{name: _decimal(bracket.get(name)) for name in BRACKET_FIELDS}),
        words=words,
        **figures,
    )


def body_hash(terms: Json, every: Mapping[str, Any], *, account: BrokerAccount, over: Json) -> str:
    """SHA-256 of all that was asked, so that a key is not used for two things."""
    rule = {name: value for name, value in every.items() if value is not None}
    body = {"terms": terms, "every": rule, "account": str(account.public_id), **over}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def size_in_words(terms: Mapping[str, Any], instrument: Instrument) -> str:
    """`$100.00 of BTC-USD`, `2 AAPL`, `5% of your cash in VTI`."""
    name = instrument.symbol
    if "notional" in terms:
        return f"${Decimal(terms['notional']):,.2f} of {name}"
    if "percent_of_cash" in terms:
        return f"{name} for {terms['percent_of_cash']}% of your free cash"
    if "percent_of_position" in terms:
        return f"{terms['percent_of_position']}% of your {name}"
    return f"{terms['quantity']} {name}"


def _word(field: str, value: Any, words: Any) -> str:
    if value not in words.values:
        raise InvalidInput.of(field, "invalid_choice", f"One of these: {', '.join(words.values)}.")
    return str(words(value).value)


def _figure(name: str, value: Any) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return value
    try:
        return read_decimal(value)
    except (TypeError, ValueError):
        raise InvalidInput.of(name, "invalid_number", "Write a number such as 10 or 0.5.") from None


def _bracket(values: Mapping[str, Any]) -> Json:
    unknown = set(values) - set(BRACKET_FIELDS)
    if unknown:
        raise InvalidInput.of(f"bracket.{min(unknown)}", "unknown_field", "There is no such field in a bracket.")
    figures = {name: _figure(f"bracket.{name}", values.get(name)) for name in BRACKET_FIELDS}
    return {name: plain(value) for name, value in figures.items() if value is not None}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
