"""The door of every page of trading: signed in, refusals in plain words, parts of a page told from whole pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from arbion.domain.errors import ArbionError, NotFound
from arbion.lib.api import problem_of, problem_response

FRAGMENT_HEADER = "X-Fragment"


class PersonRequest(HttpRequest):
    """A request behind the door: somebody is signed in."""

    user: User


View = Callable[..., HttpResponseBase]


def door(view: View) -> View:
    """Only for people who are signed in; what is refused becomes a problem for a script, a sentence for a person."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            if wants_fragment(request):
                return _problem(error)
            raise Http404(error.detail) from None
        except ArbionError as error:
            if wants_fragment(request):
                return _problem(error)
            messages.error(request, error.detail)
            return redirect(_back(request))

    return login_required(guarded)


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a script asks for a part of a page."""
    return FRAGMENT_HEADER in request.headers


def _problem(error: ArbionError) -> HttpResponse:
    body, headers = problem_of(error)
    return problem_response(headers=headers, **body)


def _back(request: HttpRequest) -> str:
    """The page that the person came from, when it is ours and not this very address; else the desk."""
    origin = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(origin, {request.get_host()}, require_https=request.is_secure())
    return origin if is_ours and request.method == "POST" else "/desk/"
