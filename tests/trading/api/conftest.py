"""A program that speaks to the REST interface as Alice, and one as Bob."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts import tokens
from accounts.models import User

PROBLEM = "application/problem+json"


def problem(answer: Any, status: int, code: str) -> Any:
    """The body of a refusal, once it is seen to be the one that was expected."""
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code), body
    return body


class Program:
    """A REST client with a key of its own."""

    def __init__(self, key: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **query: str) -> Any:
        """GET below /api/v1/."""
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST JSON below /api/v1/; text and bytes go as they are."""
        content = body if isinstance(body, str | bytes) else json.dumps(body or {})
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            f"/api/v1/{path}", content, content_type="application/json", headers=self.headers | sent
        )


def program_of(user: User, *, scope: str = "trade") -> Program:
    """A program with a fresh key of this person."""
    return Program(tokens.issue(user=user, name="test", scope=scope, actor=user)[1])


@pytest.fixture(autouse=True)
def _plenty_of_orders(settings) -> None:
    """No test but the one of the limit meets it."""
    settings.RATE_ORDERS = "1000/m"


@pytest.fixture
def alice(world) -> Program:
    """Alice, with a key that trades."""
    return program_of(world.alice)


@pytest.fixture
def bob(world) -> Program:
    """Somebody else, with a key that trades."""
    return program_of(User.objects.create_user("bob@example.com"))


@pytest.fixture
def buy() -> dict[str, str]:
    """The body of a small order at the market."""
    return {"symbol": "AAPL", "side": "buy", "order_type": "market", "quantity": "10"}
