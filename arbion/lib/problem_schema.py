"""Problem details in the OpenAPI description: one component, and every operation's default answer."""

from __future__ import annotations

from typing import Any

from arbion.lib.api import PROBLEM_TYPE

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


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give the description the component `Problem`, and every operation a default answer that is one."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            if method in _METHODS:
                operation["responses"].setdefault("default", _ANSWER)
    return result
