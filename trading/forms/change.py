"""New terms for a working order, as a form: what one may change of it, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from arbion.domain.numbers import plain
from trading.forms.fields import RefusingForm, number
from trading.models import Order

CHANGEABLE = ("quantity", "limit_price", "stop_price")


class ChangeForm(RefusingForm):
    """The size and the prices of one order; what is left as it is does not change."""

    quantity = number("Size", required=True, hint="0", why="Say how much.")
    stop_price = number("Stop price", required=True, why="Say at which price it is triggered.")
    limit_price = number("Limit price", required=True, why="Say at which price.")

    def __init__(self, *args: Any, order: Order, **more: Any) -> None:
        now = {name: getattr(order, name) for name in CHANGEABLE}
        # A trailing stop's price is the market's business, not ours.
        if order.trail_amount is not None or order.trail_percent is not None:
            now["stop_price"] = None
        initial = {name: plain(value) for name, value in now.items() if value is not None}
        super().__init__(*args, **{**more, "initial": initial})
        self.now = now
        for name in CHANGEABLE:
            if now[name] is None:
                del self.fields[name]

    def changes(self) -> dict[str, Decimal]:
        """What shall change, by field; empty where the form was refused or says nothing new."""
        if not self.is_valid():
            return {}
        found = {name: value for name, value in self.cleaned_data.items() if value != self.now[name]}
        if not found:
            self.add_error(None, forms.ValidationError("Nothing was changed: write another size or price", code="same"))
        return found
