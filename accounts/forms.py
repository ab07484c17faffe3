"""The forms of people's pages: allauth's, in plain words, and our own."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordKeyForm, SignupForm
from allauth.account.forms import ResetPasswordForm as AllauthResetForm
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import Scope
from accounts.passwords import LENGTH_MAX
from accounts.tokens import DAYS_MAX

PASSWORD_HELP = f"12 to {LENGTH_MAX} characters. A few words in a row are easy to remember and hard to guess."


def _plain(form: forms.Form) -> None:
    """Labels and help of our own; no placeholder that repeats the label."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if not form.is_bound and name == next(iter(form.fields)):
            field.widget.attrs["autofocus"] = True
        if name in LABELS:
            field.label = LABELS[name]
        field.help_text = PASSWORD_HELP if name == "password1" else ""


LABELS = {
    "login": "E-mail address",
    "email": "E-mail address",
    "remember": "Keep me signed in",
    "oldpassword": "Current password",
    "password2": "The new password again",
}


class SignInForm(LoginForm):
    """E-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class SignUpForm(SignupForm):
    """E-mail address and a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)

    def try_save(self, request: HttpRequest) -> Any:
        """Keep the new person. An address that is taken costs the same work, so that the time does not tell."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class NewPasswordForm(ChangePasswordForm):
    """The current password and a new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class ForgottenPasswordForm(AllauthResetForm):
    """The address that the link goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class ResetPasswordForm(ResetPasswordKeyForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self)


class ModelKeyForm(forms.Form):
    """A key for the language model. What was typed is never put into a page."""

    key = forms.CharField(
        max_length=400,
        label="Key",
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="It is sealed at once and never shown again; only its last four characters are.",
    )


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        max_length=60, label="Name", help_text="What will use it, such as “phone” or “backup script”."
    )
    scope = forms.ChoiceField(choices=Scope, initial=Scope.READ, label="Scope")
    days = forms.IntegerField(min_value=1, max_value=DAYS_MAX, label="Valid for days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].initial = settings.API_TOKEN_DAYS
