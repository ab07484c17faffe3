"""What a password may look like, beyond Django's own rules."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.errors import NoPassword
from accounts.models import User
from arbion.domain.errors import FieldError, InvalidInput
from arbion.lib.ratelimit import Limit, check_all

LENGTH_MAX = 128
LENGTH_MIN_BESIDE_NAME = 8


class PasswordShapeValidator:
    """At most 128 characters, and more than the name of the site with a few signs around it."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when the password breaks the rule."""
        if len(password) > LENGTH_MAX:
            raise ValidationError(f"This password is longer than {LENGTH_MAX} characters.", code="password_too_long")
        if "\0" in password:
            raise ValidationError("This password holds a character that is not text.", code="password_not_text")
        name = settings.SITE_NAME.lower()
        beside = password.lower().replace(name, "")
        if name in password.lower() and len(beside) < LENGTH_MIN_BESIDE_NAME:
            raise ValidationError("This password is too close to the name of this site.", code="password_too_similar")

    def get_help_text(self) -> str:
        """The rule in one sentence."""
        return f"Your password can be up to {LENGTH_MAX} characters long."


def check_password_rules(password: str, *, user: User) -> None:
    """Raise InvalidInput on the field `password` when the password breaks a rule."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems = tuple(FieldError("password", e.code or "invalid", " ".join(e.messages)) for e in error.error_list)
        raise InvalidInput(" ".join(e.detail for e in problems), errors=problems) from error


def prove_password(user: User, password: str | None) -> None:
    """Let pass only who knows the person's password now, whatever session or key is open; attempts are counted.

    Raises NoPassword for a person who has none, InvalidInput on `password` (`password_required`, `wrong_password`),
    RateLimited after too many attempts. Asks the store of the limits: not for inside a transaction.
    """
    if not user.has_usable_password():
        raise NoPassword("This account is entered without a password, so it cannot confirm this with one.")
    if not password:
        raise InvalidInput.of("password", "password_required", "Confirm this with your password.")
    check_all([Limit("prove-password", f"person:{user.pk}", settings.RATE_LOGIN_ACCOUNT)])
    if not user.check_password(password):
        raise InvalidInput.of("password", "wrong_password", "This is not your password.")
