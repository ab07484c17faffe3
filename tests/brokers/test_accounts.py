"""Broker accounts: opened once with their cash, and seen by their own person only."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from arbion.domain.enums import RunMode, Venue
from arbion.domain.errors import NotFound
from arbion.lib.clock import FrozenClock
from brokers.accounts import account_of, accounts_of, create_simulated_account
from brokers.models import BrokerAccount, VenueCash
from tests.brokers.factories import NOON, cash_of

AMOUNT = Decimal(100000)


@pytest.fixture
def person(db: None) -> User:
    """Somebody."""
    return User.objects.create_user("one@example.com")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody else."""
    return User.objects.create_user("two@example.com")


def test_opens_a_row_and_its_cash(person: User, clock: FrozenClock) -> None:
    account = create_simulated_account(user=person, amount=AMOUNT, clock=clock)

    assert (account.user, account.name, account.currency) == (person, "Practice", "USD")
    assert (account.venue, account.mode, account.created_at) == (Venue.SIMULATED, RunMode.PAPER, NOON)
    assert cash_of(account.reference) == AMOUNT


def test_the_default_is_opened_once(person: User, clock: FrozenClock) -> None:
    first = create_simulated_account(user=person, amount=AMOUNT, clock=clock)
    VenueCash.objects.update(amount=Decimal(7))

    assert create_simulated_account(user=person, amount=AMOUNT, clock=clock) == first

    assert BrokerAccount.objects.count() == 1
    assert cash_of(first.reference) == 7


def test_another_name_opens_another_account(person: User, clock: FrozenClock) -> None:
    first = create_simulated_account(user=person, amount=AMOUNT, clock=clock)
    second = create_simulated_account(user=person, name="Second", amount=Decimal(5), clock=clock)

    assert list(accounts_of(person)) == [first, second]
    assert (cash_of(first.reference), cash_of(second.reference)) == (AMOUNT, Decimal(5))


def test_everybody_has_an_account_of_their_own(person: User, stranger: User, clock: FrozenClock) -> None:
    mine = create_simulated_account(user=person, amount=AMOUNT, clock=clock)
    theirs = create_simulated_account(user=stranger, amount=AMOUNT, clock=clock)

    assert (list(accounts_of(person)), list(accounts_of(stranger))) == ([mine], [theirs])


def test_ones_own_account_is_found_by_its_id(person: User, clock: FrozenClock) -> None:
    account = create_simulated_account(user=person, amount=AMOUNT, clock=clock)

    assert account_of(person, account.public_id) == account
    assert account_of(person, str(account.public_id)) == account


@pytest.mark.parametrize("wanted", ["", "nonsense", "1", str(uuid.UUID(int=7)), uuid.UUID(int=7)])
def test_what_is_no_account_is_not_found(person: User, clock: FrozenClock, wanted: str) -> None:
    create_simulated_account(user=person, amount=AMOUNT, clock=clock)

    with pytest.raises(NotFound):
        account_of(person, wanted)


def test_anothers_account_is_not_found(person: User, stranger: User, clock: FrozenClock) -> None:
    account = create_simulated_account(user=person, amount=AMOUNT, clock=clock)

    with pytest.raises(NotFound) as refusal:
        account_of(stranger, account.public_id)

    assert refusal.value.http_status == 404


@pytest.mark.parametrize("amount", ["-0.00000001", "-100"])
def test_no_account_opens_in_debt(person: User, clock: FrozenClock, amount: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        create_simulated_account(user=person, amount=Decimal(amount), clock=clock)

    assert not BrokerAccount.objects.exists()
    assert not VenueCash.objects.exists()
