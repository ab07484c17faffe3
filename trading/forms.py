"""The order ticket as a form: what a person types, turned into an instruction or refused beside the field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import User
from arbion.domain.enums import AssetClass, OrderType, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import read_decimal
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.instruction import CLIENT_KEY_LENGTH_MAX, Instruction

UNITS, MONEY = "units", "money"
# Fields of an instruction that the ticket shows under another name.
SHOWN_AS = {"quantity": "size", "notional": "size", "percent_of_position": "size", "percent_of_cash": "size"}


class PlainDecimalField(forms.Field):
    """A plain decimal: ASCII digits, a point, no exponent; refused in words."""

    def to_python(self, value: Any) -> Decimal | None:
        """The Decimal, or None where nothing was typed."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return read_decimal(text)
        except ValueError:
            raise forms.ValidationError("Write a number such as 10 or 0.5.", code="invalid_number") from None


class TicketForm(forms.Form):
    """One order for one symbol."""

    client_order_id = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX, widget=forms.HiddenInput)
    side = forms.ChoiceField(choices=Side.choices)
    order_type = forms.ChoiceField(choices=OrderType.choices)
    size_in = forms.ChoiceField(choices=[(UNITS, "Units"), (MONEY, "Money")])
    size = PlainDecimalField(
        label="Size",
        error_messages={"required": "Say how much: a size, or an amount of money."},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "0"}),
    )
    limit_price = PlainDecimalField(
        label="Limit price",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00"}),
    )
    time_in_force = forms.ChoiceField(label="Time in force", choices=TimeInForce.choices)

    @classmethod
    def fresh(cls, instrument: Instrument, *, side: str = Side.BUY) -> TicketForm:
        """An empty ticket with a key of its own, so that sending it twice is one order."""
        is_coin = instrument.asset_class == AssetClass.CRYPTO
        return cls(
            initial={
                "client_order_id": str(new_id()),
                "side": side if side in Side.values else Side.BUY,
                "order_type": OrderType.MARKET,
                "size_in": UNITS,
                "time_in_force": TimeInForce.GTC if is_coin else TimeInForce.DAY,
            }
        )

    def clean(self) -> dict[str, Any]:
        """A limit order needs its price; a market order forgets one that was typed before."""
        values = super().clean() or {}
        if values.get("order_type") == OrderType.MARKET:
            values["limit_price"] = None
        elif values.get("limit_price") is None and "limit_price" not in self.errors:
            self.add_error("limit_price", forms.ValidationError("A limit order needs a limit price.", code="required"))
        return values

    def instruction(self, *, user: User, account: BrokerAccount, instrument: Instrument) -> Instruction | None:
        """What the ticket says, or None where it cannot be used; the reason then stands beside its field."""
        if not self.is_valid():
            return None
        values = self.cleaned_data
        size: Decimal = values["size"]
        try:
            return Instruction(
                user=user,
                account=account,
                source=Source.TICKET,
                client_key=values["client_order_id"],
                symbol=instrument.symbol,
                side=Side(values["side"]),
                order_type=OrderType(values["order_type"]),
                time_in_force=TimeInForce(values["time_in_force"]),
                quantity=size if values["size_in"] == UNITS else None,
                notional=size if values["size_in"] == MONEY else None,
                limit_price=values["limit_price"],
            )
        except InvalidInput as refusal:
            self.show(refusal)
            return None

    def show(self, refusal: InvalidInput) -> None:
        """Put each refused field's reason beside it; what has no field here stands above the form."""
        for error in refusal.errors:
            field = SHOWN_AS.get(error.field, error.field)
            reason = forms.ValidationError(error.detail, code=error.code)
            self.add_error(field if field in self.fields else None, reason)
        if not refusal.errors:
            self.add_error(None, forms.ValidationError(refusal.detail, code=refusal.code))
