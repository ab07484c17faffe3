"""Halts: who imposed them, whom they bind, and that lifting is once and audited."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import AuditEntry, User
from brokers.accounts import create_simulated_account
from riskdesk import halts

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    alice, bob = (User.objects.create_user(f"{name}@example.com") for name in ("alice", "bob"))
    return [(person, create_simulated_account(user=person, amount=Decimal(1))) for person in (alice, bob)]


def reasons(people) -> list[tuple[str, ...]]:
    return [halts.reasons_in_force(account) for _, account in people]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("house", [("why",), ("why",)]), ("person", [("why",), ()]), ("account", [("why",), ()])],
)
def test_a_halt_binds_its_scope_and_nobody_else(people, scope, expected):
    alice, account = people[0]
    given = {"house": {}, "person": {"user": alice}, "account": {"account": account}}[scope]
    halt = halts.impose(reason="why", actor=None, **given)
    assert reasons(people) == expected
    halts.lift(halt, actor=None)
    assert reasons(people) == [(), ()]


def test_lifting_twice_is_lifting_once_and_both_acts_are_audited(people):
    sue = people[0][0]
    halt = halts.impose(reason="why", actor=sue)
    for _ in range(2):
        halts.lift(halt, actor=sue)
    actions = AuditEntry.objects.filter(action__startswith="risk.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["risk.halt_imposed", "risk.halt_lifted"]


def test_of_several_halts_the_oldest_is_named_first_and_all_must_go(people):
    first = halts.impose(reason="first", actor=None)
    halts.impose(reason="second", actor=None, user=people[0][0])
    assert reasons(people)[0] == ("first", "second")
    halts.lift(first, actor=None)
    assert reasons(people)[0] == ("second",)
