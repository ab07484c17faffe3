"""Queries of REST: a door takes the parameters that its description names, each once, and refuses every other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from arbion.domain.errors import FieldError, InvalidInput

# A misspelt query may be long; nobody needs more than the first of its faults.
FAULTS_MAX = 20
NAME_LENGTH_MAX = 80


def names_of(parameters: Iterable[Any]) -> frozenset[str]:
    """The query's names among the parameters of a description: single ones, and serializers of several."""
    names: set[str] = set()
    for one in parameters:
        if not isinstance(one, OpenApiParameter):
            names.update(one().fields)
        elif one.location == OpenApiParameter.QUERY:
            names.add(one.name)
    return frozenset(names)


def takes_only(names: frozenset[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let one method of an API view take these names in its query, and what pages and formats every list."""

    def wrapped(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def checked(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Any:
            refuse_unknown(request, names | _paging(view, request) | {str(api_settings.URL_FORMAT_OVERRIDE)})
            return method(view, request, *args, **kwargs)

        checked.query_names = names  # type: ignore[attr-defined]  # a house rule reads it
        return checked

    return wrapped


def refuse_unknown(request: Request, known: frozenset[str]) -> None:
    """Raise InvalidInput that names each parameter that is not known here, or is given more than once."""
    choice = ", ".join(sorted(known)) or "none"
    faults = []
    for name, values in request.query_params.lists():
        shown = name[:NAME_LENGTH_MAX]
        if name not in known:
            detail = f"This address takes no such parameter. It takes: {choice}."
            faults.append(FieldError(shown, "unknown_parameter", detail))
        elif len(values) > 1:
            faults.append(FieldError(shown, "repeated", "Give this once."))
    if faults:
        detail = faults[0].detail if len(faults) == 1 else "Some parameters cannot be used."
        raise InvalidInput(detail, errors=tuple(faults[:FAULTS_MAX]))


def _paging(view: APIView, request: Request) -> frozenset[str]:
    paginator = getattr(view, "paginator", None) if request.method in {"GET", "HEAD"} else None
    if paginator is None:
        return frozenset()
    names = (getattr(paginator, "cursor_query_param", None), getattr(paginator, "page_size_query_param", None))
    return frozenset(name for name in names if name)
