"""What the room's own pages share: who may see them, and their frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.api.authentication import signed_in

View = Callable[..., HttpResponse]


def seen_with(permission: str) -> Callable[[View], View]:
    """Show a page to those whose role has this permission; refuse it to all others."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not signed_in(request).has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def show(request: HttpRequest, template: str, title: str, *, status: int = 200, **facts: Any) -> HttpResponse:
    """One page in the room's frame."""
    context = {**admin.site.each_context(request), "title": title, **facts}
    return render(request, f"admin/room/{template}.html", context, status=status)
