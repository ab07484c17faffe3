"""Two people act at once: one superadmin always remains."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from accounts import services
from accounts.errors import LastSuperadmin
from accounts.models import AuditEntry, User
from arbion.domain.enums import Role
from tests.accounts.conftest import PASSWORD


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["demote", "switch off", "both"])
def test_two_superadmins_cannot_remove_each_other_at_once(verb: str) -> None:
    people = [
        services.create_person(email=f"s{n}@example.com", password=PASSWORD, role=Role.SUPERADMIN) for n in range(2)
    ]
    refused: list[str] = []
    start = threading.Barrier(2)

    def run(number: int) -> None:
        actor, target = people[number], User.objects.get(pk=people[1 - number].pk)
        start.wait()
        try:
            if verb == "demote" or (verb == "both" and number == 0):
                services.change_role(user=target, role=Role.STANDARD, actor=actor)
            else:
                services.deactivate(user=target, actor=actor)
        except LastSuperadmin as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert services.superadmins().count() == 1
    assert refused == ["last_superadmin"]
    done = AuditEntry.objects.filter(action__in=["account.role_changed", "account.deactivated"])
    assert done.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_address_makes_one_person() -> None:
    made: list[int] = []
    taken: list[str] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        try:
            made.append(services.create_person(email="one@example.com", password=PASSWORD).pk)
        except services.EmailTaken as error:
            taken.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert taken == ["email_taken"] * 7
    assert User.objects.count() == 1
