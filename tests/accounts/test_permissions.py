"""What a read key, a trade key and a session may do at a door that trades."""

from __future__ import annotations

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts import tokens
from accounts.api.permissions import IsSignedIn, MayOversee, MayTrade

METHODS = ["get", "head", "options", "post", "put", "patch", "delete"]
SAFE = {"get", "head", "options"}


def door(permission: type) -> object:
    def answer(_: APIView, request: Request) -> Response:
        return Response({"method": request.method})

    handlers = {method: answer for method in METHODS if method != "options"}
    return type("Door", (APIView,), {"permission_classes": [permission], **handlers}).as_view()


def ask(permission: type, method: str, user=None, scope: str | None = None) -> Response:
    request = getattr(APIRequestFactory(), method)("/")
    if user is not None:
        token = tokens.issue(user=user, name="x", scope=scope, actor=user)[0] if scope else None
        force_authenticate(request, user=user, token=token)
    return door(permission)(request)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("permission", [IsSignedIn, MayTrade, MayOversee])
def test_nobody_passes(db, permission: type, method: str) -> None:
    assert ask(permission, method).status_code == 401


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scope", [None, "read", "trade"])
def test_trading_needs_the_scope(alice, method: str, scope: str | None) -> None:
    response = ask(MayTrade, method, alice, scope)
    if scope == "read" and method not in SAFE:
        assert response.status_code == 403
        assert response.data["code"] == "insufficient_scope"
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["alice", "ada", "sue"])
def test_overseeing_is_for_superadmins(request, name: str, method: str) -> None:
    response = ask(MayOversee, method, request.getfixturevalue(name))
    assert response.status_code == (200 if name == "sue" else 403)


def test_a_switched_off_person_passes_nowhere(alice) -> None:
    alice.is_active = False
    for permission in (IsSignedIn, MayTrade, MayOversee):
        assert ask(permission, "get", alice).status_code == 403
