"""By what the ticket's size is found, as a form that is a part of the ticket's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from arbion.domain.numbers import plain
from trading.execution.sizing import Method, Sized, Wish
from trading.forms.fields import PERCENT, PRICE, UNITS, RefusingForm, number
from trading.forms.ticket import BRACKET, TicketForm


class SizingForm(RefusingForm):
    """One way to a size with its figures; those of another way are forgotten."""

    shown_as = {
        "method": "sizing_by",
        "average_true_range": "sizing_by",
        "risk_percent": "sizing_risk",
        "fraction": "sizing_risk",
        "cap": "sizing_risk",
        "stop": "sizing_stop",
        "multiple": "sizing_multiple",
        "positions": "sizing_positions",
    }

    sizing_by = forms.ChoiceField(label="Size by", choices=Method.choices, required=False)
    sizing_risk = number("Risk", hint="1")
    sizing_stop = number("Stop at")
    sizing_multiple = number("Average true ranges", hint="2")
    sizing_positions = forms.IntegerField(
        label="Positions",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "Write a whole number such as 10."},
    )
    sizing_attach = forms.BooleanField(label="Attach the stop to the order", required=False)

    @classmethod
    def fresh(cls) -> SizingForm:
        """With the usual figures."""
        return cls(
            initial={
                "sizing_by": Method.FIXED,
                "sizing_risk": "1",
                "sizing_multiple": "2",
                "sizing_positions": "10",
                "sizing_attach": True,
            }
        )

    @classmethod
    def kept(cls, data: Any) -> SizingForm:
        """As it was filled in, without a judgement: it was not what one sent the ticket for."""
        if "sizing_by" not in data:
            return cls.fresh()
        return cls(initial={name: data.get(name, "") for name in cls.base_fields})

    def wish(self, ticket: TicketForm) -> Wish | None:
        """What is asked for; the stop is the ticket's own where none is said. None where it was refused."""
        if not self.is_valid():
            return None
        said, drawn = self.cleaned_data, ticket.cleaned_data
        own = drawn["stop_loss"] if self._takes_stop_of(ticket) else None
        in_percent = drawn.get("stop_loss_in") == PERCENT
        return Wish(
            method=Method(said["sizing_by"] or Method.FIXED),
            risk_percent=said["sizing_risk"],
            stop=said["sizing_stop"] if own is None or in_percent else own,
            stop_percent=own if in_percent else None,
            multiple=said["sizing_multiple"],
            positions=said["sizing_positions"],
        )

    def fill(self, ticket: TicketForm, sized: Sized) -> TicketForm:
        """The ticket with the size in it, and with the stop as its stop loss where that is wanted."""
        data: QueryDict = ticket.data.copy()  # type: ignore[attr-defined]
        data["size"], data["size_in"] = plain(sized.size.units), UNITS
        if self.cleaned_data["sizing_attach"] and sized.stop is not None and not self._takes_stop_of(ticket):
            data["attach"], data["stop_loss_in"], data["stop_loss"] = BRACKET, PRICE, plain(sized.stop)
        return TicketForm(data, standing=ticket.standing)

    def _takes_stop_of(self, ticket: TicketForm) -> bool:
        """Whether the stop loss that the ticket has already is the one to reckon with."""
        drawn = ticket.cleaned_data
        has_own = drawn.get("attach") == BRACKET and drawn.get("stop_loss") is not None
        is_by_stop = self.cleaned_data["sizing_by"] != Method.VOLATILITY and self.cleaned_data["sizing_stop"] is None
        return has_own and is_by_stop
