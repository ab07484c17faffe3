"""The REST floor: what is read strictly, and how every refusal looks."""

from __future__ import annotations

import json
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.test import RequestFactory
from rest_framework import exceptions, serializers
from rest_framework.request import Request

from accounts.models import AuditEntry
from arbion.domain.errors import Conflict, FieldError, InvalidInput, RateLimited, Unavailable
from arbion.lib import api
from arbion.lib.openapi import add_problems


# Strict JSON ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"{}", {}),
        (b'{"a": [1, true, null, "x"]}', {"a": [1, True, None, "x"]}),
        ('{"n": "é€😀"}'.encode(), {"n": "é€😀"}),
        (b'{"n": "\\ud83d\\ude00"}', {"n": "😀"}),
        (b'{"n": 0.1}', {"n": Decimal("0.1")}),
        (b'{"n": 1e3}', {"n": Decimal(1000)}),
    ],
)
def test_json_that_is_read(text: bytes, value: object) -> None:
    assert api.read_json(text) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} x',
        b'{"a": 1, "a": 2}',
        b'{"o": {"a": 1, "a": 1}}',
        b'{"n": NaN}',
        b'{"n": Infinity}',
        b'{"n": -Infinity}',
        b'{"n": 01}',
        b'{"n": .5}',
        b'{"n": +1}',
        b'\xff\xfe{"a": 1}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xe9"}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\\u0000"}',
        b'{"a": "line\nbreak"}',
        b"[" * 21 + b"]" * 21,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"n": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_json_that_is_refused(text: bytes) -> None:
    with pytest.raises(api.InvalidJSON) as refused:
        api.read_json(text)
    assert refused.value.http_status == 400
    assert refused.value.code == "invalid_json"


def test_depth_at_the_edge() -> None:
    assert api.read_json(b"[" * 20 + b"]" * 20)


def test_the_size_limit(settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert api.StrictJSONParser().parse(BytesIO(b'"12345678"')) == "12345678"
    with pytest.raises(api.BodyTooLarge) as refused:
        api.StrictJSONParser().parse(BytesIO(b'"123456789"'))
    assert refused.value.http_status == 413


# Decimals ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("12.50", "12.50"),
        ("-0.00000001", "-0.00000001"),
        (7, "7"),
        (api.WrittenDecimal("0.0000001"), "0.0000001"),
        (Decimal("0.0000001"), "0.0000001"),
        ("0.100000000000", "0.1"),
        ("8999999999." + "9" * 8, "8999999999.99999999"),
    ],
)
def test_decimals_that_are_read(data: object, value: str) -> None:
    assert api.DecimalText().run_validation(data) == Decimal(value)


@pytest.mark.parametrize(
    "data",
    [
        *[
            "",
            " 1",
            "1 ",
            "1e9",
            "1E-2",
            "NaN",
            "inf",
            "-Infinity",
            "0x10",
            "1_000",
            "1,000",
            ".5",
            "5.",
            "--1",
            "+1",
            "1" * 21,
        ],
        *["\u0661\u0662", "\uff11\uff12", "\u00bd"],
        *[True, False, 1.5, [1], {"a": 1}, api.WrittenDecimal("1e5"), api.WrittenDecimal("1.5E-3")],
    ],
    ids=repr,
)
def test_decimals_that_are_refused(data: object) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        api.DecimalText().run_validation(data)
    assert refused.value.get_codes() == ["invalid_number"]


@pytest.mark.parametrize(
    ("facts", "data", "code"),
    [
        ({"places": 2}, "0.001", "too_many_decimals"),
        ({"positive": True}, "0", "not_positive"),
        ({"positive": True}, "-1", "not_positive"),
        ({}, "9000000000.00000001", "number_too_large"),
        ({"maximum": Decimal(5)}, "6", "number_too_large"),
        ({"minimum": Decimal(5)}, "4", "number_too_small"),
        ({"places": 20, "maximum": Decimal(5)}, "9" * 20 + "." + "9" * 20, "number_too_large"),
        ({"places": 19, "maximum": None}, "9" * 20 + "." + "9" * 20, "too_many_decimals"),
    ],
)
def test_decimals_beyond_their_bounds(facts: dict, data: str, code: str) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        api.DecimalText(**facts).run_validation(data)
    assert refused.value.get_codes() == [code]


@pytest.mark.parametrize(
    ("value", "text"), [("1E+3", "1000"), ("0.10", "0.1"), ("-0.00000001", "-0.00000001"), ("7", "7")]
)
def test_decimals_that_are_written(value: str, text: str) -> None:
    assert api.DecimalText().to_representation(Decimal(value)) == text


# Problems ------------------------------------------------------------------------------------------------------------
def answer(exc: Exception) -> tuple[int, dict, dict]:
    response = api.problem_details(exc, {"request": None})
    return response.status_code, response.data, {**response.headers, "Content-Type": response.content_type}


def problem(status: int, code: str, title: str, detail: str, errors: list | None = None) -> dict:
    return {
        "type": f"urn:arbion:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
    }


NOT_YOURS = "There is no such thing, or it is not yours."


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (Http404("secret detail"), problem(404, "not_found", "Not Found", NOT_YOURS)),
        (
            PermissionDenied("secret detail"),
            problem(403, "forbidden", "Forbidden", "Your role or your token does not allow this."),
        ),
        (
            RequestDataTooBig("x"),
            problem(413, "body_too_large", "Request Entity Too Large", "The body is larger than this server accepts."),
        ),
        (
            SuspiciousOperation("secret detail"),
            problem(400, "bad_request", "Bad Request", "The request cannot be understood."),
        ),
        (
            exceptions.NotAuthenticated(),
            problem(401, "not_authenticated", "Unauthorized", "Authentication credentials were not provided."),
        ),
        (
            exceptions.MethodNotAllowed("PUT"),
            problem(405, "method_not_allowed", "Method Not Allowed", 'Method "PUT" not allowed.'),
        ),
        (
            exceptions.UnsupportedMediaType("text/xml"),
            problem(
                415, "unsupported_media_type", "Unsupported Media Type", 'Unsupported media type "text/xml" in request.'
            ),
        ),
        (Conflict("Too late.", order="7"), problem(409, "conflict", "Conflict", "Too late.") | {"order": "7"}),
        (
            InvalidInput.of("symbol", "unknown_symbol", "There is no XYZ."),
            problem(
                400,
                "invalid",
                "Invalid input",
                "There is no XYZ.",
                [{"field": "symbol", "code": "unknown_symbol", "detail": "There is no XYZ."}],
            ),
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_is_a_problem(exc: Exception, expected: dict) -> None:
    status, body, headers = answer(exc)
    assert body == expected
    assert status == expected["status"]
    assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("exc", "seconds"),
    [(RateLimited(retry_after=17), 17), (Unavailable(retry_after=5), 5), (exceptions.Throttled(16.6), 17)],
)
def test_what_passes_with_time_says_when(exc: Exception, seconds: int) -> None:
    _, body, headers = answer(exc)
    assert headers["Retry-After"] == str(seconds)
    assert body["retry_after"] == seconds


def test_extra_facts_cannot_replace_the_frame() -> None:
    body = answer(Conflict("x", status=200, type="evil", fact=1))[1]
    assert (body["status"], body["type"], body["fact"]) == (409, "urn:arbion:problem:conflict", 1)


def test_fields_at_fault_are_named_by_path() -> None:
    class Leg(serializers.Serializer):
        symbol = serializers.CharField()

    class Body(serializers.Serializer):
        side = serializers.ChoiceField(choices=["buy"])
        legs = Leg(many=True)
        tags = serializers.ListField(child=serializers.IntegerField())

        def validate_side(self, value: str) -> str:
            return value

    form = Body(data={"side": "x", "legs": [{"symbol": "A"}, {}], "tags": [1, "b"]})
    with pytest.raises(serializers.ValidationError) as refused:
        form.is_valid(raise_exception=True)
    status, body, _ = answer(refused.value)
    assert status == 400
    assert {(error["field"], error["code"]) for error in body["errors"]} == {
        ("side", "invalid_choice"),
        ("legs.1.symbol", "required"),
        ("tags.1", "invalid"),
    }
    assert body["detail"] == "Some fields cannot be used."


def test_an_error_of_the_whole_body_names_no_field() -> None:
    body = answer(serializers.ValidationError({"non_field_errors": ["Both or none."]}))[1]
    assert body["errors"] == [{"field": "", "code": "invalid", "detail": "Both or none."}]
    assert answer(serializers.ValidationError("Simply no."))[1]["errors"][0]["field"] == ""


def test_an_accident_says_only_its_reference(caplog) -> None:
    status, body, _ = answer(RuntimeError("secret detail of the database"))
    reference = body.pop("reference")
    assert status == 500
    assert body == problem(
        500,
        "internal_error",
        "Internal Server Error",
        "Something went wrong on our side. Give this reference to your operator.",
    )
    assert reference in caplog.text
    assert "secret detail" in caplog.text


def test_an_accident_uses_the_requests_own_id() -> None:
    request = RequestFactory().get("/")
    request.request_id = "r-1"
    response = api.problem_details(RuntimeError("x"), {"request": Request(request)})
    assert response.data["reference"] == "r-1"


# Addresses and lists -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/me", "/api/", "/api/v2/me/", "/api/v1/tokens/7/"])
def test_unknown_addresses_are_problems(client, db, method: str, path: str) -> None:
    response = getattr(client, method)(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "not_found"


def page(query: dict) -> tuple[list, api.NewestFirst]:
    paginator = api.NewestFirst()
    request = Request(RequestFactory().get("/", query))
    return paginator.paginate_queryset(AuditEntry.objects.all(), request), paginator


@pytest.fixture
def rows(db) -> list[int]:
    from accounts import audit

    for number in range(7):
        audit.record(actor=None, action=f"test.{number}")
    return list(AuditEntry.objects.order_by("-pk").values_list("pk", flat=True))


def test_pages_are_newest_first_and_whole(rows) -> None:
    seen, query = [], {"limit": "3"}
    for _ in range(3):
        found, paginator = page(query)
        seen += [row.pk for row in found]
        link = paginator.get_next_link()
        if link:
            query["cursor"] = link.split("cursor=")[1].split("&")[0].replace("%3D", "=")
    assert link is None
    assert seen == rows


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5", "1e2", "٣", " 3", "9" * 5000])
def test_limits_that_are_refused(rows, limit: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page({"limit": limit})
    assert refused.value.errors == (FieldError("limit", "invalid_limit", "A whole number from 1 to 200."),)


@pytest.mark.parametrize("cursor", ["", "x", "é", "cD1hYmM=", "cD0lMDA=", "===", "cD0xLjU=", "cQ==", "\0"])
def test_cursors_that_are_not_ours(rows, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page({"cursor": cursor})
    assert refused.value.errors[0].code == "invalid_cursor"


# Description ---------------------------------------------------------------------------------------------------------
def test_every_operation_may_answer_with_a_problem() -> None:
    described = add_problems({"paths": {"/a/": {"get": {"responses": {"200": {}}}, "parameters": []}}})
    assert described["components"]["schemas"]["Problem"]["required"] == [
        "type", "title", "status", "detail", "code", "errors",
    ]  # fmt: skip
    content = described["paths"]["/a/"]["get"]["responses"]["default"]["content"]
    assert list(content) == ["application/problem+json"]


# What Django refuses before a view is reached ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "kind"), [("/api/v1/me/", "application/problem+json"), ("/", "text/html; charset=utf-8")]
)
def test_a_foreign_host_is_refused_in_the_right_form(client, path: str, kind: str) -> None:
    response = client.get(path, HTTP_HOST="evil.example")
    assert (response.status_code, response.headers["Content-Type"]) == (400, kind)


@pytest.mark.parametrize(
    ("answer_of", "status", "code"),
    [
        (lambda request: api.bad_request(request, SuspiciousOperation("secret")), 400, "bad_request"),
        (lambda request: api.bad_request(request, RequestDataTooBig("secret")), 413, "body_too_large"),
        (lambda request: api.forbidden(request, PermissionDenied("secret")), 403, "forbidden"),
        (api.server_error, 500, "internal_error"),
    ],
)
def test_djangos_own_refusals(answer_of, status: int, code: str) -> None:
    response = answer_of(RequestFactory().get("/api/v1/x/"))
    body = json.loads(response.content)
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert "secret" not in response.content.decode()
    page = answer_of(RequestFactory().get("/desk/"))
    assert page.headers["Content-Type"].startswith("text/html")
    assert "secret" not in page.content.decode()
