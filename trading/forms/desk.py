"""The form of the desk's settings."""

from __future__ import annotations

from django import forms

from trading.forms.fields import RefusingForm, number


class AtOnceForm(RefusingForm):
    """Up to which value an order runs without a confirmation; left empty, every order is confirmed."""

    most = number("Up to, an order (USD)", hint="Every order is confirmed")
    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
