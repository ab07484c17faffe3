"""How an account is treated, changed on both sides at once, and starting it anew."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import User
from arbion.domain.enums import FillModel, LotMethod
from arbion.domain.errors import InvalidInput, NotFound
from brokers.accounts import AccountArchived, account_of, accounts_of, archived_accounts_of, configure
from brokers.errors import VenueRejected
from brokers.models import BrokerAccount, VenueCash, VenueHolding
from tests.trading.conftest import World
from trading.books.check import verify_books
from trading.books.opening import ensure_simulated_account
from trading.execution.reset import reset_account
from trading.models import Journal, LedgerAccount, Order


def sides(account: BrokerAccount) -> tuple[object, ...]:
    row, cash = BrokerAccount.objects.get(pk=account.pk), VenueCash.objects.get(reference=account.reference)
    return (row.name, row.fill_model, row.margin, row.lot_method, cash.fill_model, cash.allows_short)


def test_both_sides_change_together(world: World) -> None:
    configure(
        world.account,
        actor=world.alice,
        name=" Main ",
        fill_model=FillModel.HARSH,
        margin=True,
        lot_method=LotMethod.HIFO,
    )
    assert sides(world.account) == ("Main", "harsh", True, "hifo", "harsh", True)
    configure(world.account, fill_model=FillModel.IDEAL)
    assert sides(world.account) == ("Main", "ideal", True, "hifo", "ideal", True)


def test_what_is_refused_changes_neither_side(world: World) -> None:
    configure(world.account, margin=True)
    VenueHolding.objects.create(reference=world.account.reference, symbol="AAPL", quantity=-1, may_be_owed=True)
    before = sides(world.account)
    with pytest.raises(VenueRejected) as refusal:
        configure(world.account, margin=False, lot_method=LotMethod.LIFO, fill_model=FillModel.HARSH)
    assert refusal.value.reject_code == "short_open"
    with pytest.raises(InvalidInput, match="name"):
        configure(world.account, name="  ", margin=True)
    with pytest.raises(NotFound):
        configure(world.account, actor=User.objects.create_user("bob@example.com"), name="Mine")
    assert sides(world.account) == before


def test_a_reset_archives_the_account_and_opens_one_that_is_treated_alike(world: World) -> None:
    configure(world.account, name="Mine", fill_model=FillModel.REALISTIC, margin=True, lot_method=LotMethod.LIFO)
    world.clock.advance(seconds=2)
    for symbol in ("AAPL", "MSFT"):
        world.quote(symbol, "200")
    world.place("buy", "MSFT", quantity=10, limit_price="150", tif="gtc")
    old = BrokerAccount.objects.get(pk=world.account.pk)
    fresh = reset_account(old, actor=world.alice, clock=world.clock)
    assert fresh.pk != old.pk
    assert sides(fresh) == ("Mine", "realistic", True, "lifo", "realistic", True)
    assert LedgerAccount.objects.get(account=fresh, kind="cash").balance == Decimal(100_000)
    assert [order.status for order in Order.objects.filter(account=old)] == ["canceled"]
    assert VenueCash.objects.get(reference=old.reference).closed_at is not None
    assert list(accounts_of(world.alice)) == [fresh]
    assert list(archived_accounts_of(world.alice)) == [old] == [account_of(world.alice, old.public_id)]
    assert ensure_simulated_account(world.alice, clock=world.clock) == fresh
    assert Journal.objects.filter(account=old).count() == 1
    assert verify_books(old) == [] == verify_books(fresh)


def test_resetting_twice_opens_one_account_and_a_third_time_another(world: World) -> None:
    fresh = reset_account(world.account, actor=world.alice, clock=world.clock)
    assert reset_account(world.account, actor=world.alice, clock=world.clock) == fresh
    third = reset_account(fresh, actor=world.alice, clock=world.clock)
    assert len({world.account.pk, fresh.pk, third.pk}) == 3
    assert list(accounts_of(world.alice)) == [third]
    assert len(set(BrokerAccount.objects.values_list("reference", flat=True))) == 3


def test_nobody_elses_account_is_reset_and_history_is_not_changed(world: World) -> None:
    with pytest.raises(NotFound):
        reset_account(world.account, actor=User.objects.create_user("bob@example.com"), clock=world.clock)
    assert BrokerAccount.objects.get().archived_at is None
    reset_account(world.account, actor=world.alice, clock=world.clock)
    with pytest.raises(AccountArchived):
        configure(world.account, margin=True)
    placed = world.place("buy", "AAPL", quantity=1).order
    assert placed.status == "denied"
