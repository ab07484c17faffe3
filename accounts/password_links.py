"""A link to a new password, sent on an operator's word; in embedded mode, where no mail goes out, it is also shown."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm, default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpRequest

from accounts import audit
from accounts.errors import NoPassword, NotYours, PersonSwitchedOff
from accounts.models import User
from accounts.services import may_manage, subject_of


def send(request: HttpRequest, *, user: User, actor: User) -> str:
    """Mail the person a link to choose a new password; the answer is the link in embedded mode, else nothing.

    Raises NotYours, PersonSwitchedOff, and NoPassword for an account that is entered without one.
    """
    if not may_manage(actor, user):
        raise NotYours
    if not user.is_active:
        raise PersonSwitchedOff
    if user.is_demo:
        raise NoPassword
    form = ResetPasswordForm({"email": user.email})
    if form.is_valid():
        form.save(request)
    facts = {"shown": bool(settings.EMBEDDED)}
    audit.record(actor=actor, action="account.password_reset_sent", subject=subject_of(user), data=facts)
    if not settings.EMBEDDED:
        return ""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return str(get_adapter(request).get_reset_password_from_key_url(key))
