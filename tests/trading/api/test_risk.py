"""REST: the halt, its receipt, lifting it, and who may."""

from __future__ import annotations

import pytest

from accounts.models import User
from riskdesk import halts
from riskdesk.models import Halt, HaltCode
from tests.trading.api.conftest import problem, program_of
from trading.models import HaltReceipt, Order, Position

REASON = {"reason": "I need to think"}


@pytest.fixture
def boss(world):
    """A superadmin with a key that trades and a password."""
    return program_of(User.objects.create_user("boss@example.com", "a long pass phrase 9", role="superadmin"))


def test_a_halt_answers_with_its_receipt(world, alice):
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    answer = alice.post("risk/halt/", REASON)
    body = answer.json()
    assert (answer.status_code, body["state"], body["scope"], body["in_force"]) == (200, "done", "user", True)
    assert body["orders"] == {"asked": 1, "confirmed": 1, "left": 0}
    line = body["lines"][0]
    assert (line["account"], line["venue_orders"], line["left"]) == (str(world.account.public_id), 0, [])
    assert body["venue_zero_at"] == body["blocked_at"]
    assert alice.get(f"risk/halts/{body['id']}/").json() == body
    assert [row["id"] for row in alice.get("risk/halts/").json()["in_force"]] == [body["id"]]


def test_new_risk_is_refused_and_exits_go_through(world, alice, buy):
    world.place("buy", "AAPL", quantity="5")
    alice.post("risk/halt/", REASON)
    problem(alice.post("orders/", buy), 422, "risk_denied")
    assert alice.post("orders/", buy | {"side": "sell", "quantity": "5"}).status_code == 201
    assert not Position.objects.exclude(quantity=0).exists()


def test_flatten_closes_what_is_held(world, alice):
    world.place("buy", "AAPL", quantity="5")
    body = alice.post(
        "risk/halt/", REASON | {"flatten": True, "scope": "account", "account": str(world.account.public_id)}
    )
    assert (body.status_code, body.json()["positions"]["confirmed"]) == (200, 1)
    assert not Position.objects.exclude(quantity=0).exists()


def test_asking_twice_is_one_halt(world, alice):
    assert alice.post("risk/halt/", REASON).json()["id"] == alice.post("risk/halt/", REASON).json()["id"]
    assert Halt.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x", "scope": "moon"}, "scope"),
        ({"reason": "x", "scope": "account"}, "account"),
        ({"reason": "x", "account": "c0ffee00-0000-4000-8000-000000000000"}, "account"),
        ({"reason": "x", "scope": "account", "account": "c0ffee00-0000-4000-8000-000000000000"}, "account"),
        ({"reason": "x", "flatten": "yes"}, "flatten"),
        ({"reason": "x", "code": "daily_loss"}, "code"),
    ],
)
def test_a_body_that_cannot_be_used_moves_nothing(world, alice, counted, body, field):
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    before = counted()
    answer = problem(alice.post("risk/halt/", body), 400, "invalid")
    assert [error["field"] for error in answer["errors"]] == [field]
    assert (counted(), Order.objects.get().status) == (before, "accepted")


def test_a_key_that_only_reads_halts_and_lifts_nothing(world, counted):
    before = counted()
    program = program_of(world.alice, scope="read")
    problem(program.post("risk/halt/", REASON), 403, "insufficient_scope")
    problem(program.post("risk/resume/", REASON | {"scope": "mine"}), 403, "insufficient_scope")
    assert program.get("risk/halts/").status_code == 200
    assert counted() == before


def test_only_a_superadmin_halts_the_house(world, alice, boss, counted):
    before = counted()
    problem(alice.post("risk/halt/", REASON | {"scope": "house"}), 403, "forbidden")
    admin = program_of(User.objects.create_user("ada@example.com", role="admin"))
    problem(admin.post("risk/halt/", REASON | {"scope": "house"}), 403, "forbidden")
    assert counted() == before
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    assert boss.post("risk/halt/", REASON | {"scope": "house"}).json()["orders"]["confirmed"] == 1


def test_of_the_houses_receipt_a_person_sees_the_own_accounts_only(world, alice, boss, bob):
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    key = boss.post("risk/halt/", REASON | {"scope": "house"}).json()["id"]
    assert [len(one.get(f"risk/halts/{key}/").json()["lines"]) for one in (boss, alice, bob)] == [1, 1, 0]


def test_anothers_receipt_is_not_there(world, alice, bob):
    key = alice.post("risk/halt/", REASON).json()["id"]
    problem(bob.get(f"risk/halts/{key}/"), 404, "not_found")
    problem(bob.post("risk/resume/", REASON | {"halt": key}), 404, "not_found")
    assert halts.reasons_in_force(world.account) == (REASON["reason"],)


def test_one_lifts_what_one_has_imposed(world, alice):
    key = alice.post("risk/halt/", REASON).json()["id"]
    answer = alice.post("risk/resume/", {"halt": key, "reason": "calm again"})
    assert (answer.status_code, answer.json()["in_force"]) == (200, [])
    recent = answer.json()["recent"][0]
    assert (recent["in_force"], recent["lift_reason"]) == (False, "calm again")
    problem(alice.post("risk/resume/", REASON | {"scope": "mine"}), 404, "not_found")


def test_a_halt_wants_a_reason_to_be_lifted(world, alice):
    key = alice.post("risk/halt/", REASON).json()["id"]
    problem(alice.post("risk/resume/", {"halt": key}), 400, "invalid")
    problem(alice.post("risk/resume/", {"halt": key, "scope": "mine", "reason": "x"}), 400, "invalid")
    assert halts.reasons_in_force(world.account) == (REASON["reason"],)


def test_what_an_operator_imposed_the_person_cannot_lift(world, alice, boss):
    from trading.execution.halt import halt

    operator = User.objects.get(email="boss@example.com")
    made = halt(scope="user", user=world.alice, actor=operator, reason="look at this", clock=world.clock)
    problem(alice.post("risk/resume/", REASON | {"halt": str(made.pk)}), 403, "forbidden")
    assert halts.reasons_in_force(world.account) == ("look at this",)


def test_the_houses_halt_wants_the_password_again(world, boss):
    key = boss.post("risk/halt/", REASON | {"scope": "house"}).json()["id"]
    for wrong in ({}, {"password": "guess"}):
        problem(boss.post("risk/resume/", {"halt": key, "reason": "over", **wrong}), 403, "password_required")
    assert Halt.objects.filter(lifted_at=None).count() == 1
    body = {"halt": key, "reason": "over", "password": "a long pass phrase 9"}
    assert boss.post("risk/resume/", body).json()["in_force"] == []


def test_an_automatic_halt_is_lifted_once_its_cause_is_gone(world, alice):
    from trading.execution.halt import halt
    from trading.models import Discrepancy

    row = Discrepancy.objects.create(account=world.account, asset="USD", ours=1, theirs=2, seen_at=world.clock.now())
    world.clock.advance(seconds=400)
    made = halt(
        scope="account", account=world.account, actor=None, reason="differ", code=HaltCode.RECONCILIATION,
        clock=world.clock,
    )  # fmt: skip
    refusal = problem(alice.post("risk/resume/", {"halt": str(made.pk), "reason": "x"}), 409, "cause_remains")
    assert "differed for 6 minutes" in refusal["detail"]
    Discrepancy.objects.filter(pk=row.pk).update(resolved_at=world.clock.now())
    assert alice.post("risk/resume/", {"halt": str(made.pk), "reason": "x"}).json()["in_force"] == []


def test_a_venue_that_is_silent_answers_202(world, alice, monkeypatch):
    from brokers import registry
    from tests.trading.execution.test_halt import Silent

    world.place("buy", "AAPL", quantity="1", limit_price="150")
    monkeypatch.setattr(registry, "connect", lambda account: Silent(clock=world.clock))
    answer = alice.post("risk/halt/", REASON)
    line = answer.json()["lines"][0]
    assert (answer.status_code, answer.json()["state"], line["done"]) == (202, "working", False)
    assert (line["trouble"], line["left"][0]["symbol"]) == ("The venue does not answer.", "AAPL")
    assert HaltReceipt.objects.get().venue_zero_at is None
