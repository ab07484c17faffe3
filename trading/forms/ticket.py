"""The order ticket as a form: one order of any type, with a bracket or a second order beside it where one wants."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import User
from arbion.domain.enums import AUCTION, AssetClass, LotMethod, OrderType, PositionEffect, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import ZERO
from arbion.domain.orders import Terms
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount
from brokers.rules import rules_of
from marketdata import hours
from marketdata.conditions import Condition
from marketdata.models import Instrument
from trading.forms.alert import FALLS, RISES, TICKET_FIGURES, condition_of
from trading.forms.fields import (
    AMOUNT,
    MONEY,
    PERCENT,
    PRICE,
    UNITS,
    Choices,
    KeysField,
    RefusingForm,
    number,
    segments,
)
from trading.instruction import CLIENT_KEY_LENGTH_MAX, Bracket, Instruction

SECOND = ":2"
NOTHING, BRACKET, OCO = "", "bracket", "oco"
_SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")
_LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_STOPPED = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
_SECONDS = (OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT)
_UNIT_WORDS = {AssetClass.CRYPTO: "Coins", AssetClass.OPTION: "Contracts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whose ticket it is: the account, the instrument, what it holds of it (short is negative), and in which lots."""

    account: BrokerAccount
    instrument: Instrument
    held: Decimal = ZERO
    lots: frozenset[int] = frozenset()

    @property
    def asset_class(self) -> AssetClass:
        """What kind of thing it is."""
        return AssetClass(self.instrument.asset_class)

    def would_close(self, side: str) -> bool:
        """Whether an order of this side makes the position smaller."""
        return self.held > ZERO if side == Side.SELL else self.held < ZERO

    @property
    def is_share(self) -> bool:
        """Whether it is something that can be sold short."""
        return self.asset_class in {AssetClass.EQUITY, AssetClass.ETF}

    @property
    def lacks_margin(self) -> bool:
        """Whether a sale could only be a short one, which the account may not make."""
        return self.is_share and self.held <= ZERO and not self.account.margin

    @property
    def entry_class(self) -> str:
        """The class of what is shown only for the side that opens or adds; without a position that is either."""
        return "" if not self.held else "when-buy" if self.held > ZERO else "when-sell"

    def side_words(self) -> Choices:
        """What buying and selling mean here: a sale that would open short says so."""
        buy = "Buy to cover" if self.held < ZERO else "Buy"
        opens_short = self.held <= ZERO and self.is_share and self.account.margin
        return [(Side.BUY, buy), (Side.SELL, "Sell short" if opens_short else "Sell")]

    def times_in_force(self) -> Choices:
        """How long an order may work here: coins have no opening and no closing."""
        offered = rules_of(self.account.venue).times_in_force  # type: ignore[arg-type]
        if self.asset_class is AssetClass.CRYPTO:
            offered -= AUCTION
        return [(value, label) for value, label in TimeInForce.choices if value in offered]

    def size_words(self) -> Choices:
        """What a size can be said in."""
        units = (UNITS, _UNIT_WORDS.get(self.asset_class, "Shares"))
        money = () if self.asset_class is AssetClass.OPTION else ((MONEY, self.instrument.currency),)
        return [units, *money, (PERCENT, "%")]


class TicketForm(RefusingForm):
    """One order for one symbol. Fields that do not belong to what was chosen are forgotten, not refused."""

    shown_as = (
        dict.fromkeys(_SIZES, "size")
        | dict.fromkeys(("trail_amount", "trail_percent"), "trail")
        | dict.fromkeys(("stop_loss_price", "stop_loss_percent", "bracket"), "stop_loss")
        | dict.fromkeys(("take_profit_price", "take_profit_percent"), "take_profit")
        | dict.fromkeys(("when.value", "when.symbol", "when.metric"), "when_value")
        | {"expires_at": "expires_on", "lots": "lot_method", "chosen_lots": "lot_method"}
    )

    client_order_id = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX - len(SECOND), widget=forms.HiddenInput)
    side = segments("Side", Side.choices, required=True)
    effect = segments("Position", [(value, f"To {value}") for value in PositionEffect.values])
    order_type = segments("Order type", OrderType.choices, required=True)
    size_in = segments("Size in", [(UNITS, "Units"), (MONEY, "Money"), (PERCENT, "%")], required=True)
    size = number("Size", required=True, hint="0", why="Say how much: a size, or an amount of money.")
    stop_price = number("Stop price")
    limit_price = number("Limit price")
    trail_in = segments("Trail in", [(AMOUNT, "Amount"), (PERCENT, "%")])
    trail = number("Trail")
    time_in_force = forms.ChoiceField(label="Time in force", choices=TimeInForce.choices)
    expires_on = forms.DateField(label="Good until", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    extended_hours = forms.BooleanField(label="Also before the open and after the close", required=False)
    attach = segments("Attach", [(NOTHING, "Nothing"), (BRACKET, "Bracket"), (OCO, "Second order")])
    stop_loss_in = segments("Stop loss in", [(PRICE, "Price"), (PERCENT, "%")])
    stop_loss = number("Stop loss")
    take_profit_in = segments("Take profit in", [(PRICE, "Price"), (PERCENT, "%")])
    take_profit = number("Take profit")
    second_type = segments("Type of the second order", [(kind.value, kind.label) for kind in _SECONDS])
    second_stop_price = number("Its stop price")
    second_limit_price = number("Its limit price")
    when = forms.ChoiceField(label="Goes", choices=TICKET_FIGURES, required=False)
    when_way = segments("Which way", [(FALLS, "Falls to"), (RISES, "Rises to")])
    when_value = number("Value to wait for", hint="0")
    lot_method = forms.ChoiceField(label="Lots to close", choices=[("", ""), *LotMethod.choices], required=False)
    lots = KeysField(required=False)

    def __init__(self, *args: Any, standing: Standing, **more: Any) -> None:
        super().__init__(*args, **more)
        self.standing = standing
        choices = {
            "side": standing.side_words(),
            "size_in": standing.size_words(),
            "time_in_force": standing.times_in_force(),
            "lot_method": _lot_methods(standing.account),
        }
        for name, shown in choices.items():
            self.fields[name].choices = list(shown)  # type: ignore[attr-defined]

    @classmethod
    def fresh(cls, standing: Standing, *, side: str = Side.BUY) -> TicketForm:
        """An empty ticket with a key of its own, so that sending it twice is one order."""
        is_coin = standing.asset_class is AssetClass.CRYPTO
        return cls(
            standing=standing,
            initial={
                "client_order_id": str(new_id()),
                "side": side if side in Side.values else Side.BUY,
                "effect": PositionEffect.CLOSE if standing.would_close(side) else PositionEffect.OPEN,
                "order_type": OrderType.MARKET,
                "size_in": UNITS,
                "trail_in": PERCENT,
                "time_in_force": TimeInForce.GTC if is_coin else TimeInForce.DAY,
                "stop_loss_in": PERCENT,
                "take_profit_in": PERCENT,
                "second_type": OrderType.STOP,
                "when_way": FALLS,
            },
        )

    def instruction(self, *, user: User, clock: Clock = SYSTEM) -> Instruction | None:
        """The first order, or None where the ticket cannot be used; the reason then stands beside its field."""
        found = self.instructions(user=user, clock=clock)
        return found[0] if found else None

    def instructions(self, *, user: User, clock: Clock = SYSTEM) -> list[Instruction]:
        """The order, or the two of which one cancels the other; none where the ticket cannot be used."""
        if not self.is_valid() or not self._may_end(clock) or not self._has_lots():
            return []
        try:
            first = Instruction(**self._common(user), **self._terms(), **self._bracket(), when=self._when())
        except InvalidInput as refusal:
            self.show(refusal)
            return []
        if self.cleaned_data["attach"] != OCO:
            return [first]
        try:
            second = Instruction(**self._common(user, mark=SECOND), **self._second_terms())
        except InvalidInput as refusal:
            self.show(refusal, names={name: f"second_{name}" for name in ("limit_price", "stop_price")})
            return []
        return [first, second]

    def entry(self) -> tuple[Side, Terms] | None:
        """The side and how the first order meets the market, whatever its size; None where that cannot be used."""
        self.fields["size"].required = False
        if not self.is_valid():
            return None
        try:
            return Side(self.cleaned_data["side"]), Terms(**self._terms())
        except InvalidInput as refusal:
            self.show(refusal)
            return None

    def _may_end(self, clock: Clock) -> bool:
        """Whether the date of a good-till-date order is still to come."""
        values = self.cleaned_data
        day = values.get("expires_on")
        if values["time_in_force"] == TimeInForce.GTD and day and hours.end_of(day) <= clock.now():
            self.add_error(
                "expires_on", forms.ValidationError("This date is over. Choose today or later.", code="past")
            )
            return False
        return True

    def _has_lots(self) -> bool:
        """Whether the lots that were chosen are open lots of this position."""
        values = self.cleaned_data
        if values["lot_method"] == LotMethod.CHOSEN and not self.standing.lots.issuperset(values["lots"]):
            reason = "One of these is no open lot of this position."
            self.add_error("lot_method", forms.ValidationError(reason, code="unknown_lot"))
            return False
        return True

    def _common(self, user: User, mark: str = "") -> dict[str, Any]:
        """What both orders of a ticket share: whose, where, how much."""
        values, standing = self.cleaned_data, self.standing
        side, is_option = Side(values["side"]), standing.asset_class is AssetClass.OPTION
        method = values["lot_method"] if standing.would_close(side) else ""
        return {
            "user": user,
            "account": standing.account,
            "source": Source.TICKET,
            "client_key": f"{values['client_order_id']}{mark}",
            "symbol": standing.instrument.symbol,
            "side": side,
            "effect": PositionEffect(values["effect"]) if is_option and values["effect"] else None,
            self._size_name(side): values["size"],
            "lot_method": LotMethod(method) if method else None,
            "chosen_lots": values["lots"] if method == LotMethod.CHOSEN else (),
        }

    def _size_name(self, side: Side) -> str:
        """What the size is: units, money, or percent of the cash, or of the position that the order makes smaller."""
        unit = self.cleaned_data["size_in"]
        if unit != PERCENT:
            return "quantity" if unit == UNITS else "notional"
        is_of_position = side is Side.SELL or self.standing.held < ZERO
        return "percent_of_position" if is_of_position else "percent_of_cash"

    def _terms(self) -> dict[str, Any]:
        """How the first order meets the market; prices of another type are forgotten."""
        values = self.cleaned_data
        kind, time_in_force = OrderType(values["order_type"]), TimeInForce(values["time_in_force"])
        trail = values["trail"] if kind is OrderType.TRAILING_STOP else None
        day = values["expires_on"] if time_in_force is TimeInForce.GTD else None
        in_percent = values["trail_in"] == PERCENT
        is_extended = values["extended_hours"] and kind is OrderType.LIMIT and time_in_force not in AUCTION
        return {
            "order_type": kind,
            "time_in_force": time_in_force,
            "limit_price": values["limit_price"] if kind in _LIMITED else None,
            "stop_price": values["stop_price"] if kind in _STOPPED else None,
            "trail_amount": None if in_percent else trail,
            "trail_percent": trail if in_percent else None,
            "expires_at": hours.end_of(day) if day else None,
            "extended_hours": bool(is_extended),
        }

    def _second_terms(self) -> dict[str, Any]:
        """How the second order meets the market; it works as long as the first."""
        values = self.cleaned_data
        kind, terms = OrderType(values["second_type"] or OrderType.STOP), self._terms()
        return {
            "order_type": kind,
            "time_in_force": terms["time_in_force"],
            "expires_at": terms["expires_at"],
            "limit_price": values["second_limit_price"] if kind in _LIMITED else None,
            "stop_price": values["second_stop_price"] if kind in _STOPPED else None,
        }

    def _when(self) -> Condition | None:
        """What the order waits for, where it does. Raises InvalidInput for what cannot be waited for."""
        values = self.cleaned_data
        if not values["when"]:
            return None
        if values["when_value"] is None:
            raise InvalidInput.of("when.value", "required", "Say at which value.")
        symbol = self.standing.instrument.symbol
        return condition_of(values["when"], values["when_way"] or FALLS, values["when_value"], symbol=symbol)

    def _bracket(self) -> dict[str, Any]:
        """The bracket, where one was asked for."""
        values = self.cleaned_data
        if values["attach"] != BRACKET:
            return {}
        figures = {}
        for name in ("stop_loss", "take_profit"):
            unit = PERCENT if values[f"{name}_in"] == PERCENT else PRICE
            figures[f"{name}_{unit}"] = values[name]
        return {"bracket": Bracket(**figures)}


def _lot_methods(account: BrokerAccount) -> Choices:
    """The account's own method first, then each by its name."""
    usual = LotMethod(account.lot_method).label
    return [("", f"As the account says: {usual.lower()}"), *LotMethod.choices]
