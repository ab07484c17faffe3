"""A stop as a form: its kind with that kind's figures alone, and whether it closes the position or a part of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from arbion.domain.errors import ArbionError
from arbion.domain.numbers import plain
from arbion.lib.ids import new_id
from riskdesk.stops import StopKind
from trading.forms.fields import PERCENT, PRICE, RefusingForm, number, segments
from trading.models import Stop

CLIENT_KEY_LENGTH_MAX = 80
WHOLE, PART = "whole", "part"
NO_MOMENT = "Write a date and a time, such as 2026-12-24 15:45."
_MOMENT = "%Y-%m-%dT%H:%M"
# Which figures each kind takes; of a target only the one that is chosen.
FIGURES: dict[StopKind, tuple[str, ...]] = {
    StopKind.FIXED: ("price",),
    StopKind.PERCENT: ("percent",),
    StopKind.TRAIL_AMOUNT: ("amount",),
    StopKind.TRAIL_PERCENT: ("percent",),
    StopKind.BREAK_EVEN: ("percent", "price"),
    StopKind.TAKE_PROFIT: ("price", "percent"),
    StopKind.TIME: ("closes_at",),
}


class MarketMomentField(forms.DateTimeField):
    """A date with hours and minutes by the market's own clock."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    input_formats = (_MOMENT, "%Y-%m-%d %H:%M")

    def to_python(self, value: Any) -> datetime | None:
        """The moment with its zone, or None where nothing was typed."""
        found = super().to_python(value)
        return None if found is None else found.replace(tzinfo=ZoneInfo(settings.MARKET_TIMEZONE))


class StopForm(RefusingForm):
    """One stop of one position. Figures that do not belong to its kind are forgotten, not refused."""

    client_key = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX, required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="Kind of stop", choices=StopKind.choices)
    target_in = segments("Target as", [(PRICE, "Price"), (PERCENT, "%")])
    price = number("Price")
    percent = number("Percent", hint="0")
    amount = number("Amount")
    closes_at = MarketMomentField(
        label="Close at",
        required=False,
        error_messages={"invalid": "Write a date and a time, such as 2026-12-24 15:45."},
    )
    size_in = segments("Closes", [(WHOLE, "All of it"), (PART, "A part")])
    quantity = number("Size of the part", hint="0")

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, auto_id="stop_%s", **more)

    @classmethod
    def fresh(cls, kind: str = "") -> StopForm:
        """An empty form with a key of its own, so that sending it twice is one stop."""
        asked = kind if kind in StopKind.values else StopKind.FIXED.value
        return cls(initial={"client_key": str(new_id()), "kind": asked, "target_in": PRICE, "size_in": WHOLE})

    @classmethod
    def of(cls, stop: Stop) -> StopForm:
        """The form of a stop that stands, filled in with what it was asked to be."""
        figures = {name: getattr(stop, name) for name in ("price", "percent", "amount", "quantity")}
        closes_at = stop.closes_at and stop.closes_at.astimezone(ZoneInfo(settings.MARKET_TIMEZONE)).strftime(_MOMENT)
        return cls(
            initial={
                "kind": stop.kind,
                "target_in": PERCENT if stop.percent is not None else PRICE,
                "size_in": WHOLE if stop.quantity is None else PART,
                "closes_at": closes_at,
                **{name: "" if value is None else plain(value) for name, value in figures.items()},
            }
        )

    def asked(self) -> dict[str, Any]:
        """What the verbs want to know: kind, quantity and figures; empty where the form was refused."""
        if not self.is_valid():
            return {}
        said = self.cleaned_data
        kind = StopKind(said["kind"])
        is_part = said["size_in"] == PART
        if is_part and said["quantity"] is None:
            self.add_error("quantity", forms.ValidationError("Say how much of the position.", code="required"))
            return {}
        names = FIGURES[kind]
        if kind is StopKind.TAKE_PROFIT:
            names = ("percent",) if said["target_in"] == PERCENT else ("price",)
        figures = {name: said[name] for name in names if said[name] is not None}
        return {"kind": kind, "quantity": said["quantity"] if is_part else None, **figures}

    def cleared(self) -> list[str]:
        """The figures of the kind that were left empty: a form shows them all, so an empty one is taken away."""
        return [name for name in FIGURES[StopKind(self.cleaned_data["kind"])] if self.cleaned_data[name] is None]

    def show_refusal(self, refusal: ArbionError) -> None:
        """Put what was refused beside the field that is shown for it."""
        in_percent = self.cleaned_data.get("kind") == StopKind.TAKE_PROFIT and (
            self.cleaned_data.get("target_in") == PERCENT
        )
        self.show(refusal, names={"price": "percent"} if in_percent else None)
