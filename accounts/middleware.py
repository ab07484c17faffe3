"""The outermost middleware: a request's id and address, headers that Django has no setting for, refusals of pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import LazyObject

from accounts import context
from accounts.models import User
from accounts.presence import note_seen
from arbion.domain.errors import ArbionError
from arbion.lib.api import API_PREFIX, problem_of, problem_response
from arbion.lib.ids import new_id

HEADERS = {
    # Static files say for themselves how long they keep; anything else is somebody's own.
    "Cache-Control": "no-store, private",
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(self), midi=(), payment=(), usb=()"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RequestContextMiddleware:
    """Wraps every request, the static files and the error pages too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give the request its id and address, and its answer the headers."""
        request.request_id = str(new_id())  # type: ignore[attr-defined]
        context.enter(address=context.client_address(request), request_id=request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            person = _person(request)
            if person is not None:
                note_seen(person)
        finally:
            context.leave()
        response.headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal that a page's view let through becomes a page that says so; elsewhere, a problem."""
        if not isinstance(exception, ArbionError):
            return None
        body, headers = problem_of(exception)
        if request.path.startswith(API_PREFIX):
            return problem_response(headers=headers, **body)
        response = render(request, "accounts/refused.html", {"problem": body}, status=body["status"])
        for name, value in headers.items():
            response.headers[name] = value
        return response


def _person(request: HttpRequest) -> User | None:
    """Who the request turned out to be from, if anything on its way asked; we do not ask the database for it."""
    viewing = request.__dict__.get("viewing")
    if viewing is not None:  # who is looked at was not here
        return viewing.actor  # type: ignore[no-any-return]
    user = request.__dict__.get("user")
    if isinstance(user, LazyObject):
        user = request.__dict__.get("_cached_user")
    return user if isinstance(user, User) else None
