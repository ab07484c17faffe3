"""The front door: what this is, for those who are not signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """The landing page, or the desk for somebody who is signed in."""
    return redirect("trading:desk") if request.user.is_authenticated else render(request, "landing.html")
