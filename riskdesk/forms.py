"""The forms that set a limit: a person's own on the desk's page, anybody's in the operators' room."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import read_decimal
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from riskdesk.limits import Scope, remove_limit, set_limit
from riskdesk.models import LimitName, RiskLimit

HINT = "Only where the limit is to allow more than now."


def password_field() -> forms.CharField:
    """The password of who asks; what is typed is passed on as it is."""
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label="Your password", required=False, strip=False, help_text=HINT, widget=widget)


class LimitForm(forms.Form):
    """One limit of a person, or of one of the person's accounts. An empty value takes the limit away."""

    name = forms.ChoiceField(label="Limit", choices=LimitName.choices)
    value = forms.CharField(
        label="Value",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    password = password_field()

    def clean_value(self) -> Decimal | None:
        """The figure, or None where nothing was typed."""
        text = str(self.cleaned_data["value"]).strip()
        if not text:
            return None
        try:
            return read_decimal(text)
        except ValueError:
            raise ValidationError("Write a number such as 10 or 0.5.", code="invalid_number") from None

    def save(self, *, actor: User, account: BrokerAccount | None = None, clock: Clock = SYSTEM) -> bool:
        """Set or take away the limit of the account, or of the actor; False where it was refused, with the reason.

        Call it on a form that is valid.
        """
        said = self.cleaned_data
        scope = Scope(account=account) if account is not None else Scope(user=actor)
        asked: dict[str, Any] = {"scope": scope, "name": said["name"], "actor": actor, "password": said["password"]}
        try:
            if said["value"] is None:
                remove_limit(**asked, clock=clock)
            else:
                set_limit(**asked, value=said["value"], clock=clock)
        except ArbionError as refusal:
            show(self, refusal)
            return False
        return True


class RiskLimitForm(forms.ModelForm[RiskLimit]):
    """The same for operators: any scope. What passes its checks has been set when it is saved."""

    actor: User | None = None

    password = password_field()

    class Meta:
        model = RiskLimit
        fields = ("name", "user", "account", "strategy", "value")

    def _post_clean(self) -> None:
        """Where Django would ask the model, set the limit by the desk's own verb: all its rules hold here too."""
        if self.errors or self.actor is None:
            return
        said, row = self.cleaned_data, self.instance
        try:
            scope = Scope(
                user=said.get("user", row.user),
                account=said.get("account", row.account),
                strategy=said.get("strategy", row.strategy),
            )
            self.instance = set_limit(
                scope=scope,
                name=said.get("name", row.name),
                value=said["value"],
                actor=self.actor,
                password=said.get("password"),
            )
        except ArbionError as refusal:
            show(self, refusal)


def show(form: forms.BaseForm, refusal: ArbionError) -> None:
    """Put each refused field's reason beside it, and what has no field here above the form."""
    for error in refusal.errors:
        form.add_error(error.field if error.field in form.fields else None, ValidationError(error.detail, error.code))
    if not refusal.errors:
        form.add_error(None, ValidationError(refusal.detail, refusal.code))
