"""The audit log only grows."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit, context
from accounts.models import AuditEntry


def test_what_is_kept(alice) -> None:
    context.enter(address="203.0.113.9", request_id="r")
    try:
        audit.record(actor=alice, action="account.tested", subject="thing:1", data={"a": 1})
    finally:
        context.leave()
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.action, entry.subject, entry.address, entry.data) == (
        alice,
        "account.tested",
        "thing:1",
        "203.0.113.9",
        {"a": 1},
    )
    assert str(entry).endswith("account.tested thing:1")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE accounts_auditentry SET action = 'forged'", "DELETE FROM accounts_auditentry"],
    ids=["update", "delete"],
)
def test_the_database_refuses_change(alice, statement: str) -> None:
    before = list(AuditEntry.objects.values())
    assert before
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(AuditEntry.objects.values()) == before


def test_the_models_refuse_too(alice) -> None:
    entry = AuditEntry.objects.latest("pk")
    entry.action = "forged"
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()
    assert AuditEntry.objects.latest("pk").action == "account.created"
