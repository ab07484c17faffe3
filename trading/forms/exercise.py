"""The wish to exercise option contracts, as a form."""

from __future__ import annotations

from django import forms

from arbion.lib.ids import new_id
from trading.forms.fields import RefusingForm, number
from trading.instruction import CLIENT_KEY_LENGTH_MAX


class ExerciseForm(RefusingForm):
    """How many contracts shall be exercised now."""

    shown_as = {"client_key": "client_order_id"}

    client_order_id = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX, widget=forms.HiddenInput)
    quantity = number("Contracts", required=True, hint="1", why="Say how many contracts.")

    @classmethod
    def fresh(cls) -> ExerciseForm:
        """An empty form with a key of its own, so that sending it twice exercises once."""
        return cls(initial={"client_order_id": str(new_id()), "quantity": "1"}, auto_id="exercise_%s")

    @property
    def is_guarded(self) -> bool:
        """Whether it was refused because a stop has the contracts."""
        return self.has_error("quantity", "guarded_by_stop")
