"""The common answer of every interpreter: typed actions, or a question, or nothing."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

Side = Literal["buy", "sell"]
Spans = dict[str, str]
# How sure the reader is, from 0 to 1; counts no money.
Sureness = float
NOTHING, LITTLE, SOME, HALF, GOOD, HIGH, BEST, CERTAIN = 0.0, 0.3, 0.4, 0.5, 0.8, 0.9, 0.97, 1.0


def overall(names: Sureness) -> Sureness:
    """How sure a fully read sentence is whose least sure name is this sure."""
    return round(BEST * names, 2)


def plain(value: Decimal | None) -> str | None:
    """A decimal as people write it: no exponent, the trailing zeros as said."""
    return None if value is None else format(value, "f")


def _decimal(text: str | None) -> Decimal | None:
    """A decimal back from the contract's text."""
    return None if text is None else Decimal(text)


def _decimals(data: dict[str, Any], *names: str) -> dict[str, Decimal | None]:
    return {name: _decimal(data.get(name)) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLeg:
    """Which option of the underlying."""

    right: str | None = None
    strike: Decimal | None = None
    expiration: str | None = None
    effect: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's form."""
        return {
            "right": self.right,
            "strike": plain(self.strike),
            "expiration": self.expiration,
            "effect": self.effect,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "OptionLeg":
        """Back from the contract's form."""
        return cls(**{**data, "strike": _decimal(data.get("strike"))})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """What an order says, before anything is known of prices or holdings."""

    symbol: str | None
    asset_class: str | None
    side: str | None
    quantity: Decimal | None = None
    notional: Decimal | None = None
    percent_of_position: Decimal | None = None
    percent_of_cash: Decimal | None = None
    order_type: str = "market"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    time_in_force: str = "day"
    option: OptionLeg | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's form."""
        return {
            "symbol": self.symbol,
            "asset_class": self.asset_class,
            "side": self.side,
            "quantity": plain(self.quantity),
            "notional": plain(self.notional),
            "percent_of_position": plain(self.percent_of_position),
            "percent_of_cash": plain(self.percent_of_cash),
            "order_type": self.order_type,
            "limit_price": plain(self.limit_price),
            "stop_price": plain(self.stop_price),
            "trail_amount": plain(self.trail_amount),
            "trail_percent": plain(self.trail_percent),
            "time_in_force": self.time_in_force,
            "option": self.option.to_dict() if self.option else None,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "OrderTerms":
        """Back from the contract's form."""
        figures = _decimals(
            data, "quantity", "notional", "percent_of_position", "percent_of_cash", "limit_price", "stop_price",
            "trail_amount", "trail_percent",
        )  # fmt: skip
        option = OptionLeg.from_dict(data["option"]) if data.get("option") else None
        return cls(**{**data, **figures, "option": option})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must become true first."""

    symbol: str | None
    metric: str
    operator: str
    value: Decimal
    reference: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's form."""
        return {
            "symbol": self.symbol,
            "metric": self.metric,
            "operator": self.operator,
            "value": plain(self.value),
            "reference": self.reference,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Condition":
        """Back from the contract's form."""
        return cls(**{**data, "value": Decimal(data["value"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """The exits that belong to an entry."""

    stop_loss_price: Decimal | None = None
    stop_loss_percent: Decimal | None = None
    take_profit_price: Decimal | None = None
    take_profit_percent: Decimal | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's form."""
        return {
            "stop_loss_price": plain(self.stop_loss_price),
            "stop_loss_percent": plain(self.stop_loss_percent),
            "take_profit_price": plain(self.take_profit_price),
            "take_profit_percent": plain(self.take_profit_percent),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Bracket":
        """Back from the contract's form."""
        return cls(**_decimals(data, *data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often an order repeats."""

    interval: str
    weekday: str | None = None
    day_of_month: int | None = None
    time: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's form."""
        return {
            "interval": self.interval,
            "weekday": self.weekday,
            "day_of_month": self.day_of_month,
            "time": self.time,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The base of all actions: what is missing, and which words made which field."""

    missing: tuple[str, ...] = ()
    spans: Spans = field(default_factory=dict)
    # The accounts that the desk heard named, by public id: the reader itself knows of none, and names none.
    accounts: tuple[str, ...] = ()

    TRADES = True

    def body(self) -> dict[str, Any]:
        """The fields of this kind of action."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The contract's form, with the words that made each field."""
        named = {"accounts": list(self.accounts)} if self.accounts else {}
        return {**self.body(), "missing": list(self.missing), "spans": dict(self.spans), **named}

    def held(self, reason: str) -> "Action":
        """The same action, not complete until ``reason`` is settled."""
        return self if reason in self.missing else replace(self, missing=(*self.missing, reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder(Action):
    """Place one order."""

    order: OrderTerms
    when: Condition | None = None
    bracket: Bracket | None = None
    every: Schedule | None = None

    def body(self) -> dict[str, Any]:
        """The fields of an order to place."""
        return {
            "type": "place_order",
            "order": self.order.to_dict(),
            "when": self.when.to_dict() if self.when else None,
            "bracket": self.bracket.to_dict() if self.bracket else None,
            "every": self.every.to_dict() if self.every else None,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "PlaceOrder":
        """Back from the contract's form, as an interpretation keeps it."""
        return cls(
            order=OrderTerms.from_dict(data["order"]),
            when=Condition.from_dict(data["when"]) if data.get("when") else None,
            bracket=Bracket.from_dict(data["bracket"]) if data.get("bracket") else None,
            every=Schedule(**data["every"]) if data.get("every") else None,
            missing=tuple(data.get("missing", ())),
            spans=dict(data.get("spans", {})),
            accounts=tuple(data.get("accounts", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrders(Action):
    """Cancel open orders: of one symbol, one order, or all."""

    symbol: str | None = None
    order_id: str | None = None

    def body(self) -> dict[str, Any]:
        """The fields of a cancel."""
        return {"type": "cancel_orders", "symbol": self.symbol, "order_id": self.order_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyOrder(Action):
    """Change one open order."""

    symbol: str | None = None
    order_id: str | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    quantity: Decimal | None = None

    def body(self) -> dict[str, Any]:
        """The fields of a change."""
        return {
            "type": "modify_order",
            "symbol": self.symbol,
            "order_id": self.order_id,
            "limit_price": plain(self.limit_price),
            "stop_price": plain(self.stop_price),
            "quantity": plain(self.quantity),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePosition(Action):
    """Close a position, or everything."""

    symbol: str | None = None
    percent: Decimal = Decimal(100)

    def body(self) -> dict[str, Any]:
        """The fields of a close."""
        return {"type": "close_position", "symbol": self.symbol, "percent": plain(self.percent)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAlert(Action):
    """Tell the person when something becomes true."""

    when: Condition

    TRADES = False

    def body(self) -> dict[str, Any]:
        """The fields of an alert."""
        return {"type": "create_alert", "when": self.when.to_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Action):
    """Answer a question from our own data."""

    topic: str
    symbol: str | None = None

    TRADES = False

    def body(self) -> dict[str, Any]:
        """The fields of a query."""
        return {"type": "query", "topic": self.topic, "symbol": self.symbol}


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyCommand(Action):
    """Start, pause, resume or stop a strategy."""

    command: str
    strategy: str | None = None
    symbol: str | None = None
    capital: Decimal | None = None

    def body(self) -> dict[str, Any]:
        """The fields of a strategy command."""
        return {
            "type": "strategy",
            "command": self.command,
            "strategy": self.strategy,
            "symbol": self.symbol,
            "capital": plain(self.capital),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What was just said and what is held, so that "half of it" and "cancel that" mean something."""

    held: tuple[str, ...] = ()
    last_symbol: str | None = None
    last_order_id: str | None = None
    last_order: PlaceOrder | None = None
    # What was proposed last, whatever became of it, and what was asked last: "same for Microsoft", "and Tesla?".
    recent_order: PlaceOrder | None = None
    last_query: Query | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """What one sentence means."""

    actions: tuple[Action, ...] = ()
    question: str | None = None
    confidence: Sureness = NOTHING
    explanation: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON."""
        return {
            "actions": [action.to_dict() for action in self.actions],
            "question": self.question,
            "confidence": self.confidence,
            "explanation": self.explanation,
        }

    @property
    def is_complete(self) -> bool:
        """Whether every action can go on to the preview as it stands."""
        return bool(self.actions) and self.question is None and not any(action.missing for action in self.actions)
