"""The REST floor: strict JSON in, problem details out, lists newest first, decimals as text."""

from __future__ import annotations

import json
import logging
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from arbion.domain.errors import ArbionError, FieldError, InvalidInput
from arbion.domain.numbers import EXACT, plain, read_decimal
from arbion.lib.ids import new_id

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
PROBLEM_TYPE = "application/problem+json"
JSON_DEPTH_MAX = 20
PAGE_LENGTH_MAX = 200


# Problems ------------------------------------------------------------------------------------------------------------
def problem_body(
    *,
    status: int,
    code: str,
    detail: str,
    title: str = "",
    errors: Sequence[FieldError | Mapping[str, str]] = (),
    **facts: object,
) -> dict[str, Any]:
    """The body of a problem (RFC 9457); what a reader may act on is `code` and `errors`. Facts join it, by name."""
    return {
        **facts,
        "type": f"urn:arbion:problem:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [asdict(error) if isinstance(error, FieldError) else dict(error) for error in errors],
    }


def problem_response(*, headers: Mapping[str, str] | None = None, **body: Any) -> HttpResponse:
    """A problem as a plain Django response, for middleware and for addresses that no API view answers."""
    content = JSONRenderer().render(problem_body(**body))
    return HttpResponse(content, status=body["status"], content_type=PROBLEM_TYPE, headers=dict(headers or {}))


def problem_of(error: ArbionError) -> tuple[dict[str, Any], dict[str, str]]:
    """A refusal of ours as a problem's body and headers; its facts cannot replace a field of the frame."""
    frame = problem_body(
        status=error.http_status, code=error.code, title=error.title, detail=error.detail, errors=error.errors
    )
    retry_after = error.extra.get("retry_after")
    return {**error.extra, **frame}, {} if retry_after is None else {"Retry-After": str(retry_after)}


def problem_details(exc: Exception, context: Mapping[str, Any]) -> Response:
    """The exception handler of every API view: each error leaves as a problem, an unexpected one without detail."""
    headers: dict[str, str] = {}
    if isinstance(exc, ArbionError):
        body, headers = problem_of(exc)
    elif isinstance(exc, exceptions.APIException):
        body, headers = _of_framework(exc)
    else:
        body = _of_django(exc) or _of_accident(exc, context)
    return Response(body, status=body["status"], headers=headers, content_type=PROBLEM_TYPE)


def _of_framework(exc: exceptions.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exc, exceptions.ValidationError):
        errors = list(_field_errors(exc.get_full_details()))
        detail = errors[0].detail if len(errors) == 1 else "Some fields cannot be used."
        return problem_body(status=400, code="invalid", title="Invalid input", detail=detail, errors=errors), headers
    code = exc.get_codes()
    if isinstance(exc, exceptions.Throttled):
        wait = str(max(1, round(getattr(exc, "wait", None) or 1)))
        body = problem_body(status=429, code="rate_limited", detail="Too many requests.", retry_after=int(wait))
        return body, headers | {"Retry-After": wait}
    return problem_body(status=exc.status_code, code=_CODES.get(str(code), str(code)), detail=str(exc.detail)), headers


_CODES = {"permission_denied": "forbidden", "parse_error": "invalid_json"}


def _of_django(exc: Exception) -> dict[str, Any] | None:
    if isinstance(exc, Http404):
        return problem_body(status=404, code="not_found", detail="There is no such thing, or it is not yours.")
    if isinstance(exc, DjangoPermissionDenied):
        return problem_body(status=403, code="forbidden", detail="Your role or your token does not allow this.")
    if isinstance(exc, RequestDataTooBig):
        return problem_body(status=413, code="body_too_large", detail=_TOO_LARGE)
    if isinstance(exc, SuspiciousOperation | BadRequest):
        return problem_body(status=400, code="bad_request", detail="The request cannot be understood.")
    return None


def _of_accident(exc: Exception, context: Mapping[str, Any]) -> dict[str, Any]:
    request = context.get("request")
    reference = getattr(request, "request_id", "") or str(new_id())
    logger.error("unexpected error, reference %s", reference, exc_info=exc)
    return accident_body(reference)


def accident_body(reference: str) -> dict[str, Any]:
    """What the caller learns of an unexpected error: a reference to give to the operator, nothing else."""
    return problem_body(
        status=500,
        code="internal_error",
        detail="Something went wrong on our side. Give this reference to your operator.",
        reference=reference,
    )


def _field_errors(details: Any, path: str = "") -> Iterator[FieldError]:
    if isinstance(details, Mapping) and set(details) == {"message", "code"} and isinstance(details["code"], str):
        yield FieldError(path, details["code"], str(details["message"]))
    elif isinstance(details, Mapping):
        for name, value in details.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from _field_errors(value, ".".join(part for part in (path, here) if part))
    else:
        several = any(isinstance(item, Mapping) and set(item) != {"message", "code"} for item in details)
        for index, item in enumerate(details):
            yield from _field_errors(item, f"{path}.{index}".lstrip(".") if several else path)


# Strict JSON ---------------------------------------------------------------------------------------------------------
_TOO_LARGE = "The body is larger than this server accepts."


class InvalidJSON(InvalidInput):
    """The body is not the JSON that this server accepts."""

    code = "invalid_json"
    title = "Invalid JSON"


class BodyTooLarge(ArbionError):
    """The body is larger than this server accepts."""

    code = "body_too_large"
    http_status = 413
    title = "Body too large"


class WrittenDecimal(Decimal):
    """A JSON number with a fraction or an exponent, exact, that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> WrittenDecimal:
        number = super().__new__(cls, text)
        number.text = text
        return number


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 within the size and depth limits, without repeated keys, NaN, Infinity or unstorable characters."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The body's value; numbers with a fraction come out as exact decimals, never floats."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise BodyTooLarge(limit=limit)
        return read_json(content)


def read_json(content: bytes) -> Any:
    """The value behind strict JSON; anything doubtful raises InvalidJSON."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=WrittenDecimal,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise InvalidJSON("The body is not UTF-8.") from error
    except RecursionError as error:
        raise InvalidJSON(_TOO_DEEP) from error
    except ValueError as error:
        reason = f" ({error.msg}, line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidJSON(f"The body is not valid JSON{reason}.") from error
    _refuse_oddities(value)
    return value


_TOO_DEEP = f"The JSON is nested deeper than {JSON_DEPTH_MAX} levels."


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise InvalidJSON("The JSON repeats a key.")
    return value


def _refuse_constant(word: str) -> Any:
    raise InvalidJSON(f"{word} is not a number.")


def _refuse_oddities(value: Any) -> None:
    pending = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if depth > JSON_DEPTH_MAX and isinstance(item, dict | list):
            raise InvalidJSON(_TOO_DEEP)
        if isinstance(item, str):
            if "\0" in item or any("\ud800" <= letter <= "\udfff" for letter in item):
                raise InvalidJSON("The JSON holds characters that are not text.")
        elif isinstance(item, dict):
            pending.extend((part, depth + 1) for pair in item.items() for part in pair)
        elif isinstance(item, list):
            pending.extend((part, depth + 1) for part in item)


# Decimals as text ----------------------------------------------------------------------------------------------------
class DecimalText(serializers.Field[Decimal, Any, str, Any]):
    """A decimal that travels as a string; a JSON number is read exactly too. No plus, exponent, NaN, foreign digits."""

    default_error_messages = {
        "invalid_number": "Write a plain decimal number such as 12.50.",
        "too_many_decimals": "At most {places} decimals.",
        "number_too_large": "At most {maximum}.",
        "number_too_small": "At least {minimum}.",
        "not_positive": "Must be more than zero.",
    }

    def __init__(
        self,
        *,
        places: int = 8,
        positive: bool = False,
        minimum: Decimal | None = None,
        maximum: Decimal | None = Decimal(9_000_000_000),
        **kwargs: Any,
    ) -> None:
        self.places, self.positive, self.minimum, self.maximum = places, positive, minimum, maximum
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """The exact number behind a string or a JSON number."""
        if isinstance(data, WrittenDecimal):
            data = data.text
        elif isinstance(data, Decimal):
            data = format(data, "f")
        elif isinstance(data, int) and not isinstance(data, bool):
            data = str(data)
        if not isinstance(data, str) or data.startswith("+"):
            self.fail("invalid_number")
        try:
            value = read_decimal(data)
        except ValueError:
            self.fail("invalid_number")
        self._check_size(value)
        return value

    def _check_size(self, value: Decimal) -> None:
        if self.positive and value <= 0:
            self.fail("not_positive")
        if self.minimum is not None and value < self.minimum:
            self.fail("number_too_small", minimum=plain(self.minimum))
        if self.maximum is not None and value > self.maximum:
            self.fail("number_too_large", maximum=plain(self.maximum))
        if value != value.quantize(Decimal(1).scaleb(-self.places), context=EXACT):
            self.fail("too_many_decimals", places=self.places)

    def to_representation(self, value: Decimal) -> str:
        """Plain text, no exponent, no trailing zeros."""
        return plain(value)


# Lists ---------------------------------------------------------------------------------------------------------------
class NewestFirst(CursorPagination):
    """Pages of a list, newest first, by cursor: `?limit=` up to 200 a page."""

    ordering = "-pk"
    page_size_query_param = "limit"
    max_page_size = PAGE_LENGTH_MAX

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """The page that the cursor names; a cursor that we did not make is refused."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, ValueError, DjangoValidationError, OverflowError) as error:
            raise _not_our_cursor() from error

    def decode_cursor(self, request: Request) -> Any:
        """The place that the cursor names; what only looks like a cursor is refused, not read as the first page."""
        text = request.query_params.get(self.cursor_query_param)
        if text is not None:
            fields = parse_qs(b64decode(text, validate=True).decode("ascii"))
            if not fields or not set(fields) <= {"o", "r", "p"}:
                raise ValueError("not a cursor of ours")
        return super().decode_cursor(request)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A page in the words of OpenAPI 3.1, which has no `nullable`."""
        link = {"type": ["string", "null"], "format": "uri", "description": "Null where there is no such page."}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": dict(link), "results": schema},
        }

    def get_page_size(self, request: Request) -> int | None:
        """The page's length; a limit that is no number between 1 and 200 is refused."""
        text = request.query_params.get(self.page_size_query_param, "")
        if not text:
            return self.page_size
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= PAGE_LENGTH_MAX):
            raise InvalidInput.of("limit", "invalid_limit", f"A whole number from 1 to {PAGE_LENGTH_MAX}.")
        return int(text)


def refuse_cursor(request: Request) -> None:
    """For a list that is always one page: no cursor leads to another one."""
    if request.query_params.get(NewestFirst.cursor_query_param):
        raise _not_our_cursor()


def _not_our_cursor() -> InvalidInput:
    return InvalidInput.of("cursor", "invalid_cursor", "This cursor is not one of ours.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of a request that it refuses itself: a problem in the API, the page elsewhere."""
    if not request.path.startswith(API_PREFIX):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return problem_response(status=413, code="body_too_large", detail=_TOO_LARGE)
    return problem_response(status=400, code="bad_request", detail="The request cannot be understood.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of a refusal outside an API view."""
    if not request.path.startswith(API_PREFIX):
        return defaults.permission_denied(request, exception)
    return problem_response(status=403, code="forbidden", detail="Your role or your token does not allow this.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of an accident outside an API view."""
    if not request.path.startswith(API_PREFIX):
        return defaults.server_error(request)
    return problem_response(**accident_body(getattr(request, "request_id", "")))


@csrf_exempt
def unknown_path(request: HttpRequest, path: str = "") -> HttpResponse:
    """The answer of an API address that does not exist."""
    return problem_response(status=404, code="not_found", detail="There is nothing at this address.")
