"""The description of the REST interface: OpenAPI 3.1, and the same as a page for people, served from our own files."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from arbion.inside import may_see_interface
from arbion.lib.api import problem_response

_METHODS = ("get", "post", "put", "patch", "delete")
_schema_view = SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[])


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, as YAML or as JSON (`?format=json`)."""
    if not may_see_interface(request):
        return problem_response(status=401, code="not_authenticated", detail="Sign in to read the interface.")
    answer: HttpResponse = _schema_view(request)
    return answer


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The reference page."""
    if not may_see_interface(request):
        return redirect_to_login(request.get_full_path())
    document = SchemaGenerator().get_schema(request=None, public=True)
    return render(request, "api/reference.html", {"info": document["info"], "groups": groups_of(document)})


def groups_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations of an OpenAPI document by their first path segment, ready to be listed."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document.get("paths", {}).items():
        segments = [part for part in path.split("/") if part not in {"", "api", "v1"}]
        for method in _METHODS:
            if method in methods:
                group = groups.setdefault(segments[0] if segments else "", [])
                group.append(_operation(document, path, method, methods[method]))
    return [{"name": name, "operations": operations} for name, operations in groups.items()]


def _operation(document: dict[str, Any], path: str, method: str, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "anchor": found.get("operationId", f"{method}-{path}"),
        "method": method.upper(),
        "path": path,
        "description": found.get("description", ""),
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "required": one.get("required", False),
                "kind": _kind(one.get("schema", {})),
                "description": one.get("description", ""),
            }
            for one in found.get("parameters", [])
        ],
        "body": _fields(document, found.get("requestBody", {})),
        "answers": [
            {"status": status, "description": answer.get("description", ""), "fields": _fields(document, answer)}
            for status, answer in found.get("responses", {}).items()
        ],
    }


def _fields(document: dict[str, Any], holder: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a JSON body; of a list, the fields of one entry."""
    content = holder.get("content", {})
    body: dict[str, Any] = next(
        (content[kind]["schema"] for kind in content if "json" in kind and "schema" in content[kind]), {}
    )
    body = _resolve(document, body)
    if body.get("type") == "array":
        body = _resolve(document, body.get("items", {}))
    required = body.get("required", [])
    return [
        {
            "name": name,
            "required": name in required,
            "kind": _kind(_resolve(document, field)),
            "description": field.get("description", ""),
        }
        for name, field in body.get("properties", {}).items()
    ]


def _resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to its definition."""
    wrapped = node.get("allOf")
    if wrapped and len(wrapped) == 1:
        node = wrapped[0]
    reference_to = node.get("$ref", "")
    if not reference_to:
        return node
    found: Any = document
    for part in reference_to.removeprefix("#/").split("/"):
        found = found.get(part, {})
    return dict(found)


def _kind(node: dict[str, Any]) -> str:
    """A field's type in a few words."""
    if "enum" in node:
        return " | ".join(str(value) for value in node["enum"])
    kinds = node.get("type", "object")
    text = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{text} ({node['format']})" if "format" in node else text
