"""The OpenAPI description: problem details as every operation's default answer, and a typed `extend_schema`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from drf_spectacular.utils import extend_schema

from arbion.lib.api import PROBLEM_TYPE
from arbion.lib.query import names_of, takes_only

PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). `code` is stable; `errors` names the fields at fault.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["field", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "additionalProperties": True,
}
_ANSWER = {
    "description": "A problem.",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_View = TypeVar("_View", bound=Callable[..., object])


def described(**facts: Any) -> Callable[[_View], _View]:
    """`extend_schema` for one method of an API view, which takes no query but the `parameters` described here."""
    describe, check = extend_schema(**facts), takes_only(names_of(facts.get("parameters", ())))
    return cast("Callable[[_View], _View]", lambda method: describe(check(method)))


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give the description the component `Problem`, and every operation a default answer that is one."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            if method in _METHODS:
                operation["responses"].setdefault("default", _ANSWER)
    return result
