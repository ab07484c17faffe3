"""Saying once more who one is: the password again, just before something that a lost session must not do."""

from __future__ import annotations

from django.http import HttpRequest

from accounts import limits
from accounts.models import User


def prove_password(request: HttpRequest, *, user: User, password: str) -> bool:
    """Whether this is the person's password; each try counts like one to sign in. Raises RateLimited."""
    if not password:
        return False
    limits.check_new_password(request, f"person:{user.pk}")
    return user.has_usable_password() and user.check_password(password)
