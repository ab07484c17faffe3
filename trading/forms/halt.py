"""The forms of the halt's page: what to stop, and lifting it."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import Ability, can
from brokers.accounts import accounts_of
from riskdesk.halts import REASON_LENGTH_MAX
from trading.forms.fields import RefusingForm

MINE, HOUSE = "mine", "house"
WHY = {"required": "Say why, in a few words."}


class HaltForm(RefusingForm):
    """What to stop, why, and whether to close what is held."""

    shown_as = {"account": "scope"}

    scope = forms.ChoiceField(label="What to stop", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why", max_length=REASON_LENGTH_MAX, strip=True, error_messages=WHY,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    flatten = forms.BooleanField(label="Also close everything that is held, at the market", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = list(accounts_of(user))
        choices = [(MINE, "All my accounts" if len(accounts) != 1 else "All my trading")]
        if len(accounts) > 1:
            choices += [(str(account.public_id), f"“{account.name}” only") for account in accounts]
        if can(user, Ability.OVERSEE):
            choices.append((HOUSE, "The whole house: everybody's accounts"))
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]


class LiftForm(RefusingForm):
    """Why trading may go on, and for the house the password again."""

    reason = forms.CharField(label="Why it may go on", max_length=REASON_LENGTH_MAX, strip=True, error_messages=WHY)
    password = forms.CharField(
        label="Your password", required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
