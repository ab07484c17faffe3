"""Limits at three scopes: whoever set them, the tightest wins, and everybody has some."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from brokers.accounts import create_simulated_account
from riskdesk.limits import DEFAULTS, effective_limits
from riskdesk.models import RiskLimit
from riskdesk.models.limit import LimitName

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return create_simulated_account(user=User.objects.create_user("alice@example.com"), amount=Decimal(1000))


def limit(value: int, **scope: object) -> RiskLimit:
    return RiskLimit.objects.create(name=LimitName.ORDER_VALUE_USD, value=Decimal(value), **scope)


def test_who_has_set_nothing_has_the_defaults(account):
    assert effective_limits(account).order_value_usd == DEFAULTS[LimitName.ORDER_VALUE_USD]


@pytest.mark.parametrize(
    ("house", "person", "own", "expected"), [(500, 400, 300, 300), (200, 400, 300, 200), (500, 100, 300, 100)]
)
def test_the_tightest_scope_wins(account, house, person, own, expected):
    limit(house)
    limit(person, user=account.user)
    limit(own, account=account)
    assert effective_limits(account).order_value_usd == expected


def test_anothers_limits_do_not_count(account):
    bob = User.objects.create_user("bob@example.com")
    limit(1, user=bob)
    limit(2, account=create_simulated_account(user=bob, amount=Decimal(1)))
    assert effective_limits(account).order_value_usd == DEFAULTS[LimitName.ORDER_VALUE_USD]


def test_one_limit_a_scope_and_none_below_zero(account):
    limit(5, user=account.user)
    for scope, value in (({"user": account.user}, 6), ({}, -1), ({"user": account.user, "account": account}, 7)):
        with pytest.raises(IntegrityError), transaction.atomic():
            limit(value, **scope)
    assert RiskLimit.objects.count() == 1
