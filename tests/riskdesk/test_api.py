"""The REST door of limits: one's own, with what is used, and the same refusals as everywhere."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts import tokens
from accounts.models import AuditEntry, User
from brokers.accounts import create_simulated_account
from brokers.models import BrokerAccount
from riskdesk.limits import effective_limits
from riskdesk.models import LimitName, RiskLimit
from riskdesk.selectors import Usage

pytestmark = pytest.mark.django_db
PASSWORD = "an old and long one"
LIMITS = "/api/v1/risk/limits/"


def person(name: str) -> User:
    return User.objects.create_user(f"{name}@example.com", PASSWORD)


def key_of(user: User, scope: str = "trade") -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(user=user, name='test', scope=scope, actor=user)[1]}"}


@pytest.fixture
def account() -> BrokerAccount:
    return create_simulated_account(user=person("alice"), amount=Decimal(1000))


@pytest.fixture
def send(account: BrokerAccount) -> Any:
    headers = key_of(account.user)

    def ask(method: str, name: str = "", body: Any = None, *, of: dict[str, str] | None = None) -> Any:
        path = LIMITS + (f"{name}/" if name else "")
        content = "" if body is None else json.dumps(body)
        return Client().generic(method, path, content, content_type="application/json", headers=of or headers)

    return ask


def line(answer: Any, name: str) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    return next(one for one in answer.json()["limits"] if one["name"] == name)


def refusal(answer: Any) -> tuple[int, set[tuple[str, str]]]:
    body = answer.json()
    return answer.status_code, {(one["field"], one["code"]) for one in body["errors"]} or {("", body["code"])}


def test_every_limit_is_listed_with_whose_it_is(send, account):
    RiskLimit.objects.create(name="order_value_usd", value=900)
    RiskLimit.objects.create(name="order_value_usd", value=800, user=account.user)
    RiskLimit.objects.create(name="order_value_usd", value=850, account=account)
    answer = send("GET")
    assert answer.json()["account"] == str(account.public_id)
    assert [one["name"] for one in answer.json()["limits"]] == LimitName.values
    assert line(answer, "order_value_usd") == {
        "name": "order_value_usd", "label": "Largest value of one order, USD", "kind": "usd", "value": "800",
        "scope": "person", "default": "50000", "house": "900", "person": "800", "account": "850", "used": None,
        "used_at": None,
    }  # fmt: skip
    assert (line(answer, "order_units")["value"], line(answer, "order_units")["scope"]) == (None, "default")


def test_what_is_used_is_what_the_books_say_now(send, account, monkeypatch):
    def usage_of(asked: BrokerAccount, *, at: datetime) -> Usage:
        assert asked == account
        return Usage(
            at=at, equity=Decimal(80_000), gross_value=Decimal(60_000), day_loss=Decimal(4_000),
            drawdown_percent=Decimal(20),
        )  # fmt: skip

    monkeypatch.setattr("trading.api.limits.usage_of", usage_of)
    for answer in (send("GET"), send("PUT", "order_units", {"value": "5", "account": str(account.public_id)})):
        used = {name: line(answer, name)["used"] for name in ("daily_loss_usd", "drawdown_percent", "leverage")}
        assert used == {"daily_loss_usd": "4000", "drawdown_percent": "20", "leverage": "0.75"}
        assert line(answer, "leverage")["used_at"]
        assert line(answer, "crypto_percent")["used"] is None


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_person_sets_a_limit_for_all_accounts_or_for_one(send, account, method):
    found = line(send(method, "order_value_usd", {"value": "5000"}), "order_value_usd")
    assert (found["value"], found["scope"], found["person"]) == ("5000", "person", "5000")
    body = {"value": "4000", "account": str(account.public_id)}
    found = line(send(method, "order_value_usd", body), "order_value_usd")
    assert (found["value"], found["scope"], found["account"]) == ("4000", "account", "4000")
    assert effective_limits(account).order_value_usd == 4000
    assert [entry.action for entry in AuditEntry.objects.filter(action__startswith="risk.")] == ["risk.limit_set"] * 2


def test_allowing_more_takes_the_password_also_with_a_key(send, account):
    body = {"value": "60000"}
    assert refusal(send("PUT", "order_value_usd", body)) == (400, {("password", "password_required")})
    wrong = body | {"password": "another"}
    assert refusal(send("PUT", "order_value_usd", wrong)) == (400, {("password", "wrong_password")})
    assert not RiskLimit.objects.exists()
    answer = send("PUT", "order_value_usd", body | {"password": PASSWORD})
    assert line(answer, "order_value_usd")["value"] == "60000"
    assert PASSWORD not in answer.content.decode()
    assert PASSWORD not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_a_limit_is_taken_away(send, account):
    send("PUT", "trades_per_day", {"value": "5"})
    assert refusal(send("DELETE", "trades_per_day", {})) == (400, {("password", "password_required")})
    answer = send("DELETE", "trades_per_day", {"password": PASSWORD})
    assert line(answer, "trades_per_day")["value"] is None
    assert refusal(send("DELETE", "trades_per_day", {})) == (404, {("", "not_found")})


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("happiness", {"value": "1"}, (404, {("", "not_found")})),
        ("leverage", {}, (400, {("value", "required")})),
        ("leverage", {"value": "NaN"}, (400, {("value", "invalid_number")})),
        ("leverage", {"value": "-1"}, (400, {("value", "too_small")})),
        ("leverage", {"value": "1", "accuont": "x"}, (400, {("accuont", "unknown_field")})),
        ("leverage", {"value": "1", "account": "0d3a4c2e-0f0f-4f0f-8f0f-0f0f0f0f0f0f"},
         (400, {("account", "unknown_account")})),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_and_sets_nothing(send, name, body, expected):
    assert refusal(send("PUT", name, body)) == expected
    assert not RiskLimit.objects.exists()


def test_anothers_account_is_as_unknown_as_none(send, account):
    theirs = create_simulated_account(user=person("bob"), amount=Decimal(1))
    body = {"value": "1", "account": str(theirs.public_id)}
    assert refusal(send("PUT", "leverage", body)) == (400, {("account", "unknown_account")})
    assert refusal(Client().get(LIMITS, {"account": str(theirs.public_id)}, headers=key_of(account.user))) == (
        400, {("account", "unknown_account")},
    )  # fmt: skip


def test_a_key_that_reads_sets_nothing_and_nobody_reads_without_one(send, account):
    reading = key_of(account.user, "read")
    assert send("GET", of=reading).status_code == 200
    assert send("PUT", "leverage", {"value": "1"}, of=reading).status_code == 403
    assert send("DELETE", "leverage", {}, of=reading).status_code == 403
    assert Client().get(LIMITS).status_code == 401
    assert not RiskLimit.objects.exists()
