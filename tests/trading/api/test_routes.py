"""Every REST address: what nobody, another person and a key that only reads get there."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from accounts.notifications import notify
from marketdata.conditions import Condition, Operator
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from tests.trading.api.conftest import Program, program_of
from trading import alerts, schedules
from trading.execution.halt import halt
from trading.execution.protection.attach import attach

# Addresses for people who are not signed in yet.
OPEN = {"auth/token/"}
# By the web session only, for any key.
BY_SESSION = {
    "tokens/", "tokens/{id}/", "notifications/subscriptions/", "credentials/openai/", "codex/tasks/{id}/apply/",
}  # fmt: skip
# Closed to everybody but superadmins.
OVERSEEN = {"codex/tasks/", "codex/tasks/{id}/", "codex/tasks/{id}/dismiss/"}
# Every method that changes something, and what a person may do it with.
WRITES = {
    ("accounts/{id}/", "patch"),
    ("accounts/{id}/reset/", "post"),
    ("cash/deposit/", "post"),
    ("cash/withdraw/", "post"),
    ("positions/{symbol}/exercise/", "post"),
    ("orders/", "post"),
    ("orders/groups/", "post"),
    ("orders/{id}/cancel/", "post"),
    ("orders/{id}/replace/", "post"),
    ("desk/execute/", "post"),
    ("notifications/preferences/", "put"),
    ("notifications/read/", "post"),
    ("notifications/{id}/read/", "post"),
    ("risk/halt/", "post"),
    ("risk/resume/", "post"),
    ("risk/limits/{symbol}/", "put"),
    ("risk/limits/{symbol}/", "patch"),
    ("risk/limits/{symbol}/", "delete"),
    ("risk/stops/", "post"),
    ("risk/stops/{id}/", "patch"),
    ("risk/stops/{id}/", "delete"),
    ("orders/{id}/condition/", "patch"),
    ("alerts/", "post"),
    ("alerts/{id}/", "patch"),
    ("alerts/{id}/", "delete"),
    ("schedules/", "post"),
    ("schedules/{id}/", "patch"),
    ("schedules/{id}/pause/", "post"),
    ("schedules/{id}/resume/", "post"),
    ("schedules/{id}/end/", "post"),
    ("codex/tasks/", "post"),
    ("codex/tasks/{id}/dismiss/", "post"),
}
ASKS = {("orders/preview/", "post"), ("schedules/preview/", "post"), ("desk/interpret/", "post")}


def api_paths() -> dict[str, type]:
    """Every path below /api/v1/ with a name for each part, and its view's class."""
    found: dict[str, type] = {}

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for pattern in patterns:
            here = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, here)
            elif here.startswith("api/v1/") and hasattr(pattern.callback, "cls"):
                found[named(here.removeprefix("api/v1/"))] = pattern.callback.cls

    walk(get_resolver().url_patterns, "")
    return found


def named(path: str) -> str:
    """The path with `{id}` or `{symbol}` where a value goes."""
    parts = ["{symbol}" if "<str:" in part else "{id}" if "<" in part else part for part in path.split("/")]
    return "/".join(parts)


def filled(path: str, key: object) -> str:
    """The path with values in it."""
    return path.replace("{id}", str(key)).replace("{symbol}", "AAPL")


def methods(view: type) -> list[str]:
    """What the view answers to."""
    return [name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)]


def ask(program: Program, method: str, path: str):
    """One request with an empty body."""
    if method == "get":
        return program.get(path)
    return program.client.generic(
        method.upper(), f"/api/v1/{path}", b"{}", content_type="application/json", headers=program.headers
    )


def every_request() -> list[tuple[str, str]]:
    """Each path with each of its methods."""
    return [(path, method) for path, view in sorted(api_paths().items()) for method in methods(view)]


def test_the_contract_has_an_address_for_everything():
    assert {
        "auth/token/", "me/", "accounts/", "accounts/{id}/", "instruments/", "instruments/{symbol}/", "quotes/",
        "instruments/{symbol}/candles/", "instruments/{symbol}/indicators/", "orders/preview/", "orders/",
        "orders/{id}/", "orders/{id}/cancel/", "orders/{id}/replace/", "orders/{id}/events/", "orders/groups/",
        "fills/", "positions/", "positions/{symbol}/lots/", "positions/{symbol}/exercise/", "portfolio/",
        "portfolio/history/", "accounts/{id}/reset/", "cash/deposit/", "cash/withdraw/", "cash/movements/",
        "ledger/", "desk/interpret/", "desk/execute/", "desk/history/", "risk/halt/", "risk/resume/", "risk/halts/",
        "risk/stops/", "risk/stops/{id}/", "schedules/", "schedules/{id}/", "schedules/{id}/runs/",
    } <= api_paths().keys()  # fmt: skip


def test_every_change_is_known_to_these_tests():
    changing = {(path, method) for path, method in every_request() if method != "get"}
    session = {(path, method) for path, method in changing if path in BY_SESSION | OPEN}
    assert changing - session == WRITES | ASKS


def test_nobody_gets_in(world, counted):
    before = counted()
    nobody = Program()
    for path, method in every_request():
        answer = ask(nobody, method, filled(path, uuid.uuid4()))
        if path in OPEN:
            continue
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json"), (path, method)
        assert answer.json()["code"] == "not_authenticated"
        assert answer["WWW-Authenticate"].startswith("Token")
    assert counted() == before


def test_a_wrong_or_revoked_key_is_nobody(world):
    for key in ("arb_wrong", "x"):
        answer = Program(key).get("orders/")
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def weekly(world):
    """A repeating order of Alice's."""
    bitcoin = {"symbol": "BTC-USD", "side": "buy", "notional": "100"}
    return schedules.create(
        world.alice, world.account, bitcoin, {"interval": "week"}, words="", client_key="1", clock=world.clock
    )


def dear(world):
    """An alert of Alice's."""
    high = Condition(symbol="AAPL", metric="price", operator=Operator.AT_LEAST, value=Decimal(300))
    return alerts.create(world.alice, world.account, high, client_key="1", clock=world.clock).alert


def test_another_persons_objects_are_as_absent_as_none(world, alice, bob, buy, counted):
    order = alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"}).json()["id"]
    told = notify(world.alice, kind="order", title="Placed", body="", urgency="info", key="1", at=world.clock.now())
    world.place("buy", "AAPL", quantity="1")
    apple = Instrument.objects.get(symbol="AAPL")
    guard = {"kind": StopKind.FIXED, "price": Decimal(150), "client_key": "guard"}
    stop, _ = attach(world.account, user=world.alice, instrument=apple, clock=world.clock, **guard)
    halted = halt(scope="user", user=world.alice, actor=world.alice, reason="a pause", clock=world.clock)
    repeating, alert = weekly(world), dear(world)
    keys = {
        "orders": order, "accounts": world.account.public_id, "risk/halts": halted.pk, "risk/stops": stop.pk,
        "notifications": told.public_id, "schedules": repeating.pk, "alerts": alert.pk,
    }  # fmt: skip
    bob.get("accounts/")
    before = counted()
    for path, method in every_request():
        kind = path.split("/{id}")[0]
        if "{id}" not in path or path in BY_SESSION | OVERSEEN:
            continue
        there, absent = (ask(bob, method, filled(path, key)) for key in (keys[kind], uuid.uuid4()))
        assert (there.status_code, absent.status_code) == (404, 404), (path, method)
        assert there.json() == absent.json()
        assert there.json()["code"] == "not_found"
    assert counted() == before
    assert alice.get(f"risk/halts/{halted.pk}/").json()["in_force"] is True


def test_a_key_that_reads_changes_nothing(world, alice, buy, counted):
    reader = program_of(world.alice, scope="read")
    order = alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"}).json()["id"]
    before = counted()
    for path, method in sorted(WRITES):
        answer = ask(reader, method, filled(path, order))
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope"), path
    assert counted() == before


def test_a_key_that_reads_may_look_and_ask(world, buy):
    reader = program_of(world.alice, scope="read")
    for path in ("accounts/", "orders/", "fills/", "positions/", "portfolio/", "portfolio/history/", "ledger/"):
        assert reader.get(path).status_code == 200, path
    assert reader.post("orders/preview/", buy).status_code == 200
    assert reader.post("desk/interpret/", {"text": "buy 10 AAPL"}).status_code == 200


@pytest.mark.parametrize("role", ["admin", "superadmin"])
def test_no_role_looks_into_another_persons_account(world, alice, buy, role):
    order = alice.post("orders/", buy).json()["id"]
    operator = program_of(User.objects.create_user(f"{role}@example.com", role=role))
    assert operator.get(f"orders/{order}/").status_code == 404
    assert operator.get(f"accounts/{world.account.public_id}/").status_code == 404
    assert operator.post(f"orders/{order}/cancel/").status_code == 404
    assert operator.get("orders/").json()["results"] == []


def test_a_person_who_was_switched_off_is_nobody(world, alice, buy, counted):
    User.objects.filter(pk=world.alice.pk).update(is_active=False)
    before = counted()
    assert alice.post("orders/", buy).status_code == 401
    assert alice.get("orders/").status_code == 401
    assert counted() == before


def test_a_session_needs_its_csrf_token(world, buy, counted):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.get("/api/v1/orders/").status_code == 200
    before = counted()
    for path, method in sorted(WRITES | ASKS):
        answer = browser.generic(
            method.upper(), f"/api/v1/{filled(path, uuid.uuid4())}", b"{}", content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed"), path
    assert counted() == before


def test_reading_changes_nothing(world, alice, buy, counted):
    order = alice.post("orders/", buy).json()["id"]
    halted = halt(scope="user", user=world.alice, actor=world.alice, reason="a pause", clock=world.clock)
    repeating, alert = weekly(world), dear(world)
    before = counted()
    keys = {
        "orders": order, "accounts": world.account.public_id, "risk": halted.pk, "schedules": repeating.pk,
        "alerts": alert.pk,
    }  # fmt: skip
    for path, view in api_paths().items():
        if path in OPEN | BY_SESSION | OVERSEEN or "get" not in methods(view):
            continue
        for method in ("get", "head", "options"):
            sent = getattr(alice.client, method)
            answer = sent(f"/api/v1/{filled(path, keys.get(path.split('/')[0]))}", headers=alice.headers)
            assert answer.status_code in {200, 400}, (path, method)
    assert counted() == before


def test_other_methods_are_refused_as_problems(alice):
    for path in ("orders/", "fills/", "ledger/", "portfolio/"):
        answer = ask(alice, "delete", path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
