"""The profile page: who I am here, my API tokens, my sessions."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import tokens
from accounts.api.authentication import signed_in
from accounts.forms import TokenForm
from accounts.services import sign_out_everywhere
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM

TOKENS_SHOWN_MAX = 100


@login_required
@never_cache
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """My page."""
    return _page(request, TokenForm())


@login_required
@never_cache
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show its key, this once: the answer is the page itself, so that the key is stored nowhere."""
    person = signed_in(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        token, key = tokens.issue(user=person, actor=person, **form.cleaned_data)
    except InvalidInput as error:
        for problem in error.errors:
            form.add_error(problem.field, problem.detail)
        return _page(request, form, status=400)
    return _page(request, TokenForm(), key=key, made=token.name)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask once, then make the token useless."""
    person = signed_in(request)
    token = tokens.get_token(person, public_id)
    if request.method != "POST":
        return render(request, "accounts/token_revoke.html", {"token": token})
    tokens.revoke(token, actor=person)
    messages.success(request, f"The token “{token.name}” no longer opens anything.")
    return redirect("accounts_profile")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Ask once, then end every session of mine, this one too."""
    person = signed_in(request)
    if request.method != "POST":
        return render(request, "accounts/sessions_end.html")
    sign_out_everywhere(user=person, actor=person)
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return redirect("account_login")


def _page(request: HttpRequest, form: TokenForm, *, key: str = "", made: str = "", status: int = 200) -> HttpResponse:
    now = SYSTEM.now()
    rows = [
        {"token": token, "is_usable": token.is_usable(now), "is_expired": token.expires_at <= now}
        for token in tokens.tokens_of(signed_in(request))[:TOKENS_SHOWN_MAX]
    ]
    facts = {"form": form, "rows": rows, "key": key, "made": made, "section": "profile"}
    return render(request, "accounts/profile.html", facts, status=status)
