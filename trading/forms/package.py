"""The ticket of several legs as a form: how many packages, at which net price, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import User
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount
from trading.forms.fields import RefusingForm, number, segments
from trading.instruction import CLIENT_KEY_LENGTH_MAX, Instruction, InstructionLeg

PAY, RECEIVE = "pay", "receive"
_TIMES = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)


def read_leg(text: str) -> InstructionLeg:
    """A leg written `buy:1:AAPL261218C00200000`. Raises InvalidInput naming the legs."""
    side, _, rest = text.partition(":")
    ratio, _, symbol = rest.partition(":")
    if side not in Side.values or not (ratio.isascii() and ratio.isdigit() and len(ratio) <= 3) or not symbol:
        raise InvalidInput.of("legs", "invalid", "A leg is written side:ratio:symbol, such as buy:1:AAPL.")
    return InstructionLeg(symbol=symbol.upper(), side=Side(side), ratio=int(ratio))


def leg_text(leg: InstructionLeg) -> str:
    """The leg as an address and a hidden field carry it."""
    return f"{leg.side.value}:{leg.ratio}:{leg.symbol}"


class PackageForm(RefusingForm):
    """Some packages of the legs that were chosen on the chain. The net price is of one share's worth of a package."""

    shown_as = {"quantity": "size"}

    client_order_id = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX, widget=forms.HiddenInput)
    order_type = segments(
        "Order type", [(kind.value, str(kind.label)) for kind in (OrderType.LIMIT, OrderType.MARKET)], required=True
    )
    size = number("Packages", required=True, hint="1", why="Say how many packages.")
    net = segments("Net price", [(PAY, "Pay"), (RECEIVE, "Receive")])
    limit_price = number("Net limit price")
    time_in_force = forms.ChoiceField(
        label="Time in force", choices=[(time.value, str(time.label)) for time in _TIMES], initial=TimeInForce.DAY
    )

    def __init__(self, *args: Any, legs: Sequence[InstructionLeg], **more: Any) -> None:
        super().__init__(*args, **more)
        self.legs = tuple(legs)

    @classmethod
    def fresh(cls, legs: Sequence[InstructionLeg], *, net: Decimal | None) -> PackageForm:
        """A ticket for one package at the net price that the market shows now, with a key of its own."""
        shown = {} if net is None else {"limit_price": str(abs(net)), "net": RECEIVE if net < 0 else PAY}
        initial = {"client_order_id": str(new_id()), "order_type": OrderType.LIMIT, "size": "1", "net": PAY, **shown}
        return cls(legs=legs, initial=initial)

    def instruction(self, *, user: User, account: BrokerAccount, underlying: str) -> Instruction | None:
        """What the ticket says, or None where it cannot be used; the reason then stands beside its field."""
        if not self.is_valid():
            return None
        values = self.cleaned_data
        try:
            return Instruction(
                user=user,
                account=account,
                source=Source.TICKET,
                client_key=values["client_order_id"],
                symbol=underlying,
                side=self.legs[0].side if self.legs else Side.BUY,
                order_type=OrderType(values["order_type"]),
                time_in_force=TimeInForce(values["time_in_force"]),
                quantity=values["size"],
                limit_price=self._limit(),
                legs=self._legs(),
            )
        except InvalidInput as refusal:
            self.show(refusal)
            return None

    def _limit(self) -> Decimal | None:
        """The net price with its sign: positive is paid, negative received."""
        values = self.cleaned_data
        price: Decimal | None = values["limit_price"]
        if price is None or values["order_type"] != OrderType.LIMIT:
            return None
        if price < 0:
            raise InvalidInput.of("limit_price", "sign", "Write the price without a sign, and choose pay or receive.")
        return -price if values["net"] == RECEIVE else price

    def _legs(self) -> tuple[InstructionLeg, ...]:
        if len(self.legs) < 2:
            raise InvalidInput.of("legs", "count", "Choose two to four legs on the option chain.")
        return self.legs
