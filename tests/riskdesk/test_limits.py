"""Limits at four scopes: the tightest wins, everybody has some, and allowing more takes a password."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import NoPassword
from accounts.models import AuditEntry, Notification, User
from arbion.domain.enums import Role
from arbion.domain.errors import ArbionError, InvalidInput, NotFound, RateLimited
from arbion.lib.clock import SYSTEM
from brokers.accounts import create_simulated_account
from riskdesk.limits import DEFAULTS, OFF, Scope, effective_limits, loosens, remove_limit, set_limit
from riskdesk.models import RiskLimit
from riskdesk.models.limit import LimitName
from riskdesk.terms import TERMS

pytestmark = pytest.mark.django_db
PASSWORD = "an old and long one"
D = Decimal


@pytest.fixture
def account():
    user = User.objects.create_user("alice@example.com", PASSWORD)
    return create_simulated_account(user=user, amount=Decimal(1000))


@pytest.fixture
def sue():
    return User.objects.create_user("sue@example.com", PASSWORD, role=Role.SUPERADMIN)


def limit(value: int, name: str = LimitName.ORDER_VALUE_USD, **scope: object) -> RiskLimit:
    return RiskLimit.objects.create(name=name, value=Decimal(value), **scope)


def test_who_has_set_nothing_has_the_defaults(account):
    limits = effective_limits(account)
    assert {name: getattr(limits, name) for name in LimitName.values} == DEFAULTS
    assert limits.order_value_usd == 50_000
    assert limits.order_units is OFF


def test_every_limit_has_terms_that_its_default_keeps():
    assert list(TERMS) == list(LimitName)
    for terms in TERMS.values():
        assert terms.default is OFF or terms.check(terms.default) == terms.default


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((500, 400, 300, 200), 200),
        ((200, 400, 300, 250), 200),
        ((500, 100, 300, 200), 100),
        ((500, 400, 150, 200), 150),
    ],
)
def test_the_tightest_scope_wins(account, values, expected):
    house, person, own, of_strategy = values
    limit(house)
    limit(person, user=account.user)
    limit(own, account=account)
    limit(of_strategy, account=account, strategy="momentum")
    assert effective_limits(account, "momentum").order_value_usd == expected
    assert effective_limits(account).order_value_usd == min(house, person, own)
    assert effective_limits(account, "another").order_value_usd == min(house, person, own)


def test_of_a_requirement_the_largest_is_the_tightest(account):
    limit(2, LimitName.DUPLICATE_SECONDS, user=account.user)
    limit(5, LimitName.DUPLICATE_SECONDS, account=account)
    assert effective_limits(account).duplicate_seconds == 5


def test_anothers_limits_do_not_count(account):
    bob = User.objects.create_user("bob@example.com")
    limit(1, user=bob)
    limit(2, account=create_simulated_account(user=bob, amount=Decimal(1)))
    assert effective_limits(account).order_value_usd == DEFAULTS[LimitName.ORDER_VALUE_USD]


def test_one_limit_a_scope_and_none_below_zero(account):
    limit(5, user=account.user)
    for scope, value in (
        ({"user": account.user}, 6), ({}, -1), ({"user": account.user, "account": account}, 7), ({"strategy": "x"}, 8),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            limit(value, **scope)
    limit(6, user=account.user, strategy="x")
    assert RiskLimit.objects.count() == 2


# Setting them --------------------------------------------------------------------------------------------------------


def put(account, value: int | str, *, name: str = "order_value_usd", password: str | None = None, **scope: object):
    where = Scope(**scope) if scope else Scope(account=account)
    return set_limit(scope=where, name=name, value=D(value), actor=account.user, password=password)


def refused(error: type[ArbionError], code: str, field: str = "", **asked: object) -> None:
    """The wish is refused for that reason, nothing is changed and nothing is noted."""
    before = list(RiskLimit.objects.order_by("pk").values()), AuditEntry.objects.count()
    with pytest.raises(error) as caught:
        put(**asked)
    found = [(one.field, one.code) for one in caught.value.errors] or [("", caught.value.code)]
    assert found == [(field, code)]
    assert (list(RiskLimit.objects.order_by("pk").values()), AuditEntry.objects.count()) == before


def test_a_tighter_limit_needs_no_password_and_is_noted(account):
    put(account, 1000)
    put(account, 900)
    assert effective_limits(account).order_value_usd == 900
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.actor) == ("risk.limit_set", account.user)
    assert last.subject == f"order_value_usd of account {account.pk}"
    assert last.data == {"value": "900", "before": "1000", "loosens": False}
    assert RiskLimit.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "first", "tighter", "looser"),
    [("order_value_usd", 1000, 900, 1001), ("duplicate_seconds", 5, 6, 4), ("entry_needs_stop", 1, 1, 0)],
)
def test_allowing_more_takes_the_password_whichever_way_that_is(account, name, first, tighter, looser):
    put(account, first, name=name)
    put(account, tighter, name=name)
    wish = {"account": account, "name": name, "value": looser}
    refused(InvalidInput, "password_required", "password", **wish)
    refused(InvalidInput, "wrong_password", "password", **wish, password="another")
    put(**wish, password=PASSWORD)
    assert getattr(effective_limits(account), name) == looser
    told = Notification.objects.get()
    assert (told.user, told.kind, told.title) == (account.user, "limit", "A limit of yours allows more")
    assert f"now {looser}." in told.body
    assert AuditEntry.objects.latest("pk").data == {"value": str(looser), "before": str(tighter), "loosens": True}


def test_more_than_the_default_or_than_another_scope_allows_takes_it_too(account):
    refused(InvalidInput, "password_required", "password", account=account, value=50_001)
    put(account, 100, user=account.user)
    refused(InvalidInput, "password_required", "password", account=account, value=101)
    put(account, 100)


def test_guesses_are_counted(account):
    for _ in range(5):
        refused(InvalidInput, "wrong_password", "password", account=account, value=60_000, password="a guess")
    refused(RateLimited, "rate_limited", account=account, value=60_000, password=PASSWORD)


def test_who_has_no_password_cannot_allow_more(account):
    account.user.set_unusable_password()
    account.user.save()
    refused(NoPassword, "no_password", account=account, value=60_000, password="")
    put(account, 10)


def test_nobody_allows_more_than_the_house(account, sue):
    set_limit(scope=Scope(), name="order_value_usd", value=D(500), actor=sue)
    refused(InvalidInput, "beyond_house", "value", account=account, value=501, password=PASSWORD)
    with pytest.raises(InvalidInput):
        set_limit(scope=Scope(account=account), name="order_value_usd", value=D(501), actor=sue, password=PASSWORD)
    put(account, 500)
    set_limit(scope=Scope(), name="duplicate_seconds", value=D(3), actor=sue)
    refused(InvalidInput, "beyond_house", "value", account=account, name="duplicate_seconds", value=2)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("order_value_usd", "NaN", "invalid_number"), ("order_value_usd", "Infinity", "invalid_number"),
        ("order_value_usd", "-1", "too_small"), ("order_value_usd", "9000000001", "too_large"),
        ("order_value_usd", "0.000000001", "too_fine"), ("leverage", "1.234", "too_fine"),
        ("trades_per_day", "1.5", "not_whole"), ("duplicate_seconds", "61", "too_large"),
        ("losing_streak", "0", "too_small"), ("entry_needs_stop", "2", "too_large"),
        ("drawdown_percent", "101", "too_large"),
    ],
)  # fmt: skip
def test_what_a_limit_cannot_be_is_refused(account, name, value, code):
    refused(InvalidInput, code, "value", account=account, name=name, value=value, password=PASSWORD)


def test_what_no_limit_is_called_is_refused(account):
    refused(InvalidInput, "unknown_limit", "name", account=account, name="happiness", value=1)


def test_a_limit_is_of_one_scope():
    with pytest.raises(InvalidInput):
        Scope(strategy="momentum")
    with pytest.raises(InvalidInput):
        Scope(user=User(), strategy="x" * 41)


def test_only_ones_own_limits_can_be_set(account, sue):
    bob = User.objects.create_user("bob@example.com", PASSWORD)
    theirs = create_simulated_account(user=bob, amount=Decimal(1))
    for scope in (Scope(user=bob), Scope(account=theirs), Scope()):
        with pytest.raises(NotFound):
            set_limit(scope=scope, name="order_value_usd", value=D(1), actor=account.user)
        with pytest.raises(NotFound):
            remove_limit(scope=scope, name="order_value_usd", actor=account.user)
    assert (RiskLimit.objects.count(), AuditEntry.objects.count()) == (0, 0)
    set_limit(scope=Scope(account=theirs), name="order_value_usd", value=D(1), actor=sue)
    bob.is_active = False
    bob.save()
    with pytest.raises(NotFound):
        set_limit(scope=Scope(account=theirs), name="order_value_usd", value=D(0), actor=bob)


def test_taking_a_limit_away_takes_the_password_where_more_is_allowed_then(account):
    put(account, 100)
    put(account, 100, user=account.user)
    own = {"scope": Scope(account=account), "name": "order_value_usd", "actor": account.user}
    remove_limit(**own)
    assert AuditEntry.objects.latest("pk").data == {"value": None, "before": "100", "loosens": False}
    persons = own | {"scope": Scope(user=account.user)}
    for password in (None, "another"):
        with pytest.raises(InvalidInput):
            remove_limit(**persons, password=password)
    assert effective_limits(account).order_value_usd == 100
    remove_limit(**persons, password=PASSWORD)
    assert effective_limits(account).order_value_usd == 50_000
    assert AuditEntry.objects.latest("pk").action == "risk.limit_removed"
    with pytest.raises(NotFound):
        remove_limit(**persons)


def test_what_somebody_else_loosened_the_ground_for_meanwhile_is_asked_again(account, monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr("riskdesk.limits.loosens", lambda **_: next(answers))
    refused(InvalidInput, "password_required", "password", account=account, value=60_000)


def test_a_strategy_has_limits_of_its_own(account):
    where = Scope(account=account, strategy="momentum")
    set_limit(scope=where, name="trades_per_day", value=D(5), actor=account.user, clock=SYSTEM)
    assert effective_limits(account, "momentum").trades_per_day == 5
    assert effective_limits(account).trades_per_day is OFF
    assert loosens(scope=where, name="trades_per_day", value=None)
    assert AuditEntry.objects.latest("pk").subject == f"trades_per_day of account {account.pk}, strategy momentum"
