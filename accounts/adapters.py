"""Where allauth asks the house: addresses, redirects, mails, and what is written in the audit log."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import audit
from accounts.context import client_address
from accounts.models import User
from accounts.services import is_reserved, subject_of
from arbion.domain.errors import Unavailable

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Our answers to allauth's questions."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is switched off.",
        "email_password_mismatch": "This e-mail address and password do not open an account.",
        "email_taken": "This address already has an account: sign in, or ask for a new password.",
        "enter_current_password": "This is not your current password.",
        "invalid_password_reset": "This link has been used or is too old.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that our own limits use."""
        return client_address(request) or "unknown"

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages only: programs have the REST interface."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this site: no host, not even our own name, no trick with slashes or controls."""
        if not url or not url.startswith("/") or not url.isprintable() or "\\" in url:
            return False
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Changing the password ends every session, so that the next step is to sign in."""
        return reverse("account_login")

    def clean_email(self, email: str) -> str:
        """Refuse addresses that no mail server has: one of them is the demo account's."""
        if is_reserved(email):
            raise ValidationError("No mail server can have this address.", code="invalid")
        return email

    # Mails -----------------------------------------------------------------------------------------------------------
    def format_email_subject(self, subject: str) -> str:
        """The subject under our name."""
        return f"{settings.SITE_NAME}: {subject}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in a reset mail, on the address from the settings: never one that the request named."""
        uid, _, rest = key.partition("-")
        return _public(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": rest}))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The link in a confirmation mail, on the address from the settings."""
        return _public(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """A reset link, but none for an account that is entered without a password."""
        if not user.is_demo:
            super().send_password_reset_mail(user, email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail, with links on the address from the settings; a mail server that is down is said plainly."""
        links = {
            "site_name": settings.SITE_NAME,
            "sign_up_url": _public(reverse("account_signup")),
            "forgotten_url": _public(reverse("account_reset_password")),
        }
        try:
            self.render_mail(template_prefix, email, {**context, **links, "email": email}).send()
        except (SMTPException, OSError) as error:
            logger.exception("mail could not be sent")
            raise Unavailable("The mail could not be sent: try again in a few minutes.", retry_after=120) from error

    # What is remembered ----------------------------------------------------------------------------------------------
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep a new person, and note it."""
        user = super().save_user(request, user, form, commit)
        audit.record(actor=user, action="account.created", subject=subject_of(user), data={"role": user.role})
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin a session, and note it."""
        super().login(request, user)
        audit.record(actor=user, action="account.signed_in", subject=subject_of(user), data={"door": "web"})

    def logout(self, request: HttpRequest) -> None:
        """End a session, and note it."""
        user = request.user if isinstance(request.user, User) else None
        if user is not None:
            audit.record(actor=user, action="account.signed_out", subject=subject_of(user))
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a wrong pair."""
        note_failure(email=str(credentials.get("email", "")), door="web")

    def set_password(self, user: User, password: str) -> None:
        """Keep a new password, which ends the sessions that the old one opened, and note it."""
        super().set_password(user, password)
        audit.record(actor=user, action="account.password_changed", subject=subject_of(user))


def note_failure(*, email: str, door: str) -> None:
    """Note a failed attempt. An unknown address is not kept: people type their password there by mistake."""
    user = User.objects.filter(email=email.strip().lower()).first()
    subject = subject_of(user) if user else "person:unknown"
    audit.record(actor=None, action="account.sign_in_failed", subject=subject, data={"door": door})


def _public(path: str) -> str:
    address: str = settings.PUBLIC_URL
    return address.rstrip("/") + path
