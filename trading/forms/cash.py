"""The forms of the cash page: moving practice money, how the account is treated, and starting it anew."""

from __future__ import annotations

from typing import Any

from django import forms

from arbion.domain.enums import FillModel, LotMethod
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount
from trading.forms.fields import RefusingForm, number
from trading.instruction import CLIENT_KEY_LENGTH_MAX
from trading.models import JournalCode

MODELS = {
    FillModel.IDEAL: "At the quote, whole, at once and without fees: for learning how orders work.",
    FillModel.REALISTIC: "Depth, slippage, some delay and a common broker's fees: for practising a strategy.",
    FillModel.HARSH: "Thin depth, wide spreads, slow and dear: for finding out whether a strategy survives.",
}
METHODS = [(method.value, method.label) for method in LotMethod if method is not LotMethod.CHOSEN]
CODES = [("", "Everything"), *JournalCode.choices]


class MoveForm(RefusingForm):
    """An amount of practice money to put in or to take out."""

    shown_as = {"client_key": "client_order_id", "client_id": "client_order_id"}

    client_order_id = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX, widget=forms.HiddenInput)
    amount = number("Amount", required=True, why="Say how much money.")

    @classmethod
    def fresh(cls) -> MoveForm:
        """An empty form with a key of its own, so that sending it twice moves once."""
        return cls(initial={"client_order_id": str(new_id())})


class SettingsForm(RefusingForm):
    """How the account is called and how the exchange treats it."""

    name = forms.CharField(label="Name", max_length=60, strip=True, error_messages={"required": "Give it a name."})
    fill_model = forms.ChoiceField(
        label="How the exchange treats it",
        choices=[(model.value, model.value.capitalize()) for model in FillModel],
        widget=forms.RadioSelect,
    )
    margin = forms.BooleanField(label="May sell short", required=False)
    lot_method = forms.ChoiceField(label="Which lots a sale closes first", choices=METHODS)

    @classmethod
    def of(cls, account: BrokerAccount) -> SettingsForm:
        """The form as the account stands."""
        names = ("name", "fill_model", "margin", "lot_method")
        return cls(initial={name: getattr(account, name) for name in names})

    def models(self) -> list[dict[str, Any]]:
        """Each model with its sentence, and whether it is chosen."""
        chosen = str(self["fill_model"].value())
        return [
            {"value": model.value, "label": model.value.capitalize(), "text": text, "chosen": chosen == model.value}
            for model, text in MODELS.items()
        ]


class ResetForm(RefusingForm):
    """The word that one means it."""

    client_order_id = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX, widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label="I want to start anew", error_messages={"required": "Tick this to say that you mean it."}
    )

    @classmethod
    def fresh(cls) -> ResetForm:
        """An empty form with a key of its own."""
        return cls(initial={"client_order_id": str(new_id())})


class LedgerFilter(forms.Form):
    """Which lines of the ledger one wants to see."""

    code = forms.ChoiceField(label="What", choices=CODES, required=False)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
