"""From the actions of an interpretation to the steps that can be carried out here, or why they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import AssetClass, OptionRight, OrderType, PositionEffect, Side, Source, TimeInForce, Waiting
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import HUNDRED, ZERO, plain
from brokers.accounts import AccountArchived
from brokers.models import BrokerAccount
from marketdata.conditions import Condition
from marketdata.models import Instrument
from trading import selectors
from trading.contracts import contract_on, instrument_to_trade
from trading.desk.changes import Change, change_asked
from trading.desk.naming import called, is_about, underlying_of
from trading.instruction import BRACKET_FIELDS, Bracket, Instruction
from trading.models import Order, Proposal
from trading.selectors import PositionView

Json = dict[str, Any]


class NotOffered(ArbionError):
    """This is not offered."""

    code = "not_offered"
    http_status = 422
    title = "Not offered"


class UnitsClaimed(ArbionError):
    """Open orders have claimed what you hold."""

    code = "units_claimed"
    http_status = 422
    title = "Claimed by open orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an action of a proposal is carried out: one of the accounts that were named, or the one spoken about."""

    proposal: Proposal
    account: BrokerAccount
    is_named: bool = False

    @property
    def user(self) -> User:
        """Whose proposal it is."""
        return self.proposal.user

    @property
    def suffix(self) -> str:
        """What tells the keys of the same action in several accounts apart."""
        return f":{self.account.pk}" if self.is_named else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """One order to place; the key makes it the same order however often the proposal is confirmed."""

    instruction: Instruction

    @property
    def key(self) -> str:
        """What names this step among those of its proposal."""
        return self.instruction.client_key

    def body(self) -> Json:
        """What exactly would be done, as JSON values."""
        return self.instruction.body()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelStep:
    """Open orders to cancel."""

    key: str
    orders: tuple[Order, ...]

    def body(self) -> Json:
        """Which orders would go."""
        return {"orders": sorted(str(order.pk) for order in self.orders)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceStep:
    """One open order to change, and what of it."""

    key: str
    order: Order
    change: Change

    def body(self) -> Json:
        """Which order would change, from what to what."""
        changes = {name: [plain(getattr(self.order, name)), plain(new)] for name, new in self.change.given().items()}
        return {"order": str(self.order.pk), "changes": changes}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """One alert to set."""

    key: str
    account: BrokerAccount
    when: Condition

    def body(self) -> Json:
        """What would be watched, and for which account."""
        return {"account": str(self.account.public_id), **self.when.body()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatStep:
    """One repeating order to keep: what is placed each time, and how often."""

    key: str
    account: BrokerAccount
    order: Json
    every: Json
    words: str

    def body(self) -> Json:
        """What would be placed again and again."""
        return {"account": str(self.account.public_id), "order": self.order, "every": self.every}


Step = OrderStep | CancelStep | ReplaceStep | AlertStep | RepeatStep
STRATEGIES_LATER = "Strategies are not started by words here. What you can say: orders, conditions, schedules, alerts."


def steps_of(action: Json, *, index: int, place: Place) -> Iterator[Step]:
    """The steps of one complete action in one account.

    Raises NotOffered, AccountArchived, or InvalidInput where its figures cannot be used.
    """
    kind, proposal = action["type"], place.proposal
    key = f"desk:{proposal.pk}:{index}{place.suffix}"
    if place.account.archived_at is not None:
        raise AccountArchived("This account was closed: nothing trades in it.")
    if kind == "place_order" and action.get("every"):
        yield _repeat(action, key=key, place=place)
    elif kind == "place_order":
        yield OrderStep(instruction=_order(action, key=key, place=place))
    elif kind == "close_position":
        yield from _closings(action, key=key, place=place)
    elif kind == "cancel_orders":
        yield CancelStep(key=key, orders=_to_cancel(action, account=place.account, user=place.user))
    elif kind == "modify_order":
        order, change = change_asked(action, shown=_shown_before(place, index), account=place.account, user=place.user)
        yield ReplaceStep(key=key, order=order, change=change)
    elif kind == "create_alert":
        yield AlertStep(key=key, account=place.account, when=Condition.of(action["when"]))
    else:
        raise NotOffered(STRATEGIES_LATER)


def _order(action: Json, *, key: str, place: Place) -> Instruction:
    order = action["order"]
    instrument, side = instrument_to_trade(order["symbol"]), Side(order["side"])
    effect = _effect(order, side, may_be_short=place.account.margin)
    if option := order.get("option"):
        instrument = _contract(instrument, option)
    bracket = action.get("bracket")
    return Instruction(
        user=place.user,
        account=place.account,
        source=Source.DESK,
        client_key=key,
        symbol=instrument.symbol,
        side=side,
        order_type=OrderType(order["order_type"]),
        time_in_force=TimeInForce(order["time_in_force"]),
        quantity=_decimal(order["quantity"]),
        notional=_decimal(order["notional"]),
        percent_of_position=_decimal(order["percent_of_position"]),
        percent_of_cash=_decimal(order["percent_of_cash"]),
        limit_price=_decimal(order["limit_price"]),
        stop_price=_decimal(order["stop_price"]),
        trail_amount=_decimal(order["trail_amount"]),
        trail_percent=_decimal(order["trail_percent"]),
        effect=effect,
        bracket=Bracket(**{name: _decimal(bracket.get(name)) for name in BRACKET_FIELDS}) if bracket else None,
        when=Condition.of(action["when"]) if action.get("when") else None,
        words=place.proposal.text,
    )


def _repeat(action: Json, *, key: str, place: Place) -> RepeatStep:
    if action.get("when"):
        raise NotOffered("An order cannot both repeat and wait for a condition: say one of the two.")
    order = action["order"] | ({"bracket": action["bracket"]} if action.get("bracket") else {})
    return RepeatStep(key=key, account=place.account, order=order, every=action["every"], words=place.proposal.text)


def _effect(order: Json, side: Side, *, may_be_short: bool) -> PositionEffect | None:
    """What was said of an option; of anything else a sale is of what is held: words never open a short position."""
    if option := order.get("option"):
        return PositionEffect(option["effect"]) if option.get("effect") else None
    return PositionEffect.CLOSE if side is Side.SELL and may_be_short else None


def _contract(underlying: Instrument, option: Json) -> Instrument:
    return contract_on(
        underlying,
        right=OptionRight(option["right"]),
        strike=Decimal(option["strike"]),
        expires_on=date.fromisoformat(option["expiration"]),
    )


def _closings(action: Json, *, key: str, place: Place) -> Iterator[Step]:
    held = selectors.positions(place.account)
    is_whole = _decimal(action["percent"]) == HUNDRED
    for position in held_by_name(held, action["symbol"]) if action["symbol"] else in_closing_order(held):
        symbol = position.instrument.symbol
        if is_whole:
            _refuse_where_orders_close_it(position, user=place.user)
        yield OrderStep(
            instruction=Instruction(
                user=place.user,
                account=place.account,
                source=Source.DESK,
                client_key=f"{key}:{symbol}",
                symbol=symbol,
                side=Side.SELL if position.quantity > ZERO else Side.BUY,
                order_type=OrderType.MARKET,
                time_in_force=TimeInForce.DAY,
                percent_of_position=_decimal(action["percent"]),
                words=place.proposal.text,
            )
        )


def _refuse_where_orders_close_it(position: PositionView, *, user: User) -> None:
    """What open orders have claimed cannot be sold besides; a whole position is closed whole or not at all."""
    rows = selectors.open_orders(user).filter(account=position.account, instrument=position.instrument)
    claiming = rows.filter(effect=PositionEffect.CLOSE).exclude(waiting_for=Waiting.CONDITION)
    if claiming.exists():
        name = called(position.instrument)
        raise UnitsClaimed(f"Open orders are to close your {name} already: cancel them first, then close the rest.")


def held_by_name(held: tuple[PositionView, ...], symbol: str) -> list[PositionView]:
    """The position of this symbol; where there is none, those in options on it."""
    own = [position for position in held if position.instrument.symbol == symbol]
    if own:
        return own
    return in_closing_order(tuple(position for position in held if underlying_of(position.instrument) == symbol))


def in_closing_order(held: tuple[PositionView, ...]) -> list[PositionView]:
    """What is owed before what is held, and options before what covers them."""
    return sorted(
        held, key=lambda position: (position.quantity > ZERO, position.instrument.asset_class != AssetClass.OPTION)
    )


def _to_cancel(action: Json, *, account: BrokerAccount, user: User) -> tuple[Order, ...]:
    rows = selectors.open_orders(user).filter(account=account)
    if action["order_id"]:
        rows = rows.filter(pk=action["order_id"])
    return tuple(order for order in rows if not action["symbol"] or is_about(order.instrument, action["symbol"]))


def _shown_before(place: Place, index: int) -> str | None:
    """The id of the order whose change the person saw; None while the preview is made."""
    shown = place.proposal.previews[index] if place.proposal.previews else []
    return next((str(entry["order"]["id"]) for entry in shown if entry["kind"] == "replace"), None)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
