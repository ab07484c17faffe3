"""The way back from looking as somebody."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import viewing


@login_required
@never_cache
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Be oneself again, and go back to the person's page."""
    over = viewing.leave(request)
    if over is None:
        return redirect("/")
    messages.success(request, f"You are yourself again: the look as {over.person.email} has ended.")
    return redirect("admin:accounts_user_change", over.person_id)
