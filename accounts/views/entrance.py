"""The doors: sign in, sign up, new password, demo. allauth's views with our limits in front."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts import limits
from accounts.errors import NoPassword
from accounts.models import User
from accounts.services import demo_user


class SignInView(allauth.LoginView):
    """Sign in by e-mail address and password."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the attempt, then check the pair."""
        limits.check_sign_in(request, request.POST.get("login", ""))
        response: HttpResponse = super().post(request, *args, **kwargs)
        if isinstance(request.user, User):
            limits.remember_device(request, response, request.user)
        return response


class SignUpView(allauth.SignupView):
    """Sign up by e-mail address and password."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the attempt, then make the person."""
        limits.check_sign_up(request)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if isinstance(request.user, User):
            limits.remember_device(request, response, request.user)
        return response


class ForgottenPasswordView(allauth.PasswordResetView):
    """Ask for a mail with a link to a new password; the answer is the same for every address."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the request, then send the mail."""
        limits.check_reset(request, request.POST.get("email", ""))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


class ResetPasswordView(allauth.PasswordResetFromKeyView):
    """Choose a new password by the link from a mail."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the attempt, then keep the password."""
        limits.check_new_password(request, f"link:{kwargs.get('uidb36', '')}")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


class ChangePasswordView(allauth.PasswordChangeView):
    """Change one's password; every session ends."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse an account that has no password."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise NoPassword
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the attempt, then check the old one: who finds an open session shall not guess it here."""
        limits.check_new_password(request, f"person:{request.user.pk}")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


@require_POST
def enter_demo(request: HttpRequest) -> HttpResponse:
    """Sign in to the practice account by one button; only where this installation serves one person's machine."""
    if not settings.EMBEDDED:
        raise Http404
    user = demo_user()
    if not user.is_active:
        return redirect("account_inactive")
    get_adapter(request).login(request, user)
    return redirect(settings.LOGIN_REDIRECT_URL)
