"""Running at once: off until it is chosen with the password, then only for small orders that leave nothing in doubt."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from arbion.domain.enums import RunMode
from arbion.domain.errors import ArbionError, InvalidInput
from tests.trading.desk.conftest import say
from trading.desk import at_once
from trading.models import DeskChoice, Order, Proposal

PASSWORD = "a long enough pass phrase 7"


@pytest.fixture
def quick(named):
    """Alice, whose orders up to 1,000 dollars run at once."""
    named.alice.set_password(PASSWORD)
    named.alice.save()
    at_once.choose(named.alice, named.account, most=Decimal(1000), password=PASSWORD, clock=named.clock)
    return named


def test_it_is_off_until_it_is_chosen(named):
    say(named, "buy 1 apple")
    assert Order.objects.count() == 0


def test_a_small_order_runs_at_once_and_says_so(quick):
    proposal = say(quick, "buy 4 apple")
    assert proposal.at_once
    assert proposal.executed_at
    assert Order.objects.get().filled_quantity == Decimal(4)
    assert AuditEntry.objects.filter(action="desk.ran_at_once", actor=quick.alice).count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "buy 6 apple",  # worth more
        "buy 1 apple and 6 microsoft",  # one of them is
        "buy apple",  # a question
        "buy 1 aple",  # a name that is not sure
        "buy 1 apple when it drops to 150",
        "alert me when apple reaches 250",
        "buy $50 of bitcoin every monday",
        "sell 1 microsoft",  # refused by the desk
        "don't buy 1 apple",
    ],
)
def test_everything_else_is_shown_first(quick, text):
    proposal = say(quick, text)
    assert not proposal.at_once
    assert proposal.executed_at is None
    assert Order.objects.count() == 0


def test_a_live_account_never_runs_at_once(quick):
    quick.account.mode = RunMode.LIVE
    quick.account.save()
    say(quick, "buy 1 apple")
    assert Order.objects.count() == 0
    with pytest.raises(InvalidInput):
        at_once.choose(quick.alice, quick.account, most=Decimal(5), password=PASSWORD, clock=quick.clock)


@pytest.mark.parametrize(
    ("most", "password"), [("1000", "wrong"), ("1000", ""), ("0", PASSWORD), ("10001", PASSWORD), ("-5", PASSWORD)]
)
def test_choosing_needs_the_password_and_a_bound(named, most, password):
    named.alice.set_password(PASSWORD)
    named.alice.save()
    with pytest.raises(ArbionError):
        at_once.choose(named.alice, named.account, most=Decimal(most), password=password, clock=named.clock)
    assert DeskChoice.objects.count() == 0


def test_it_is_switched_off_without_a_password(quick):
    at_once.choose(quick.alice, quick.account, most=None, clock=quick.clock)
    say(quick, "buy 1 apple")
    assert Order.objects.count() == 0
    assert not Proposal.objects.filter(at_once=True).exists()
    assert AuditEntry.objects.filter(action="desk.at_once_chosen").count() == 2
