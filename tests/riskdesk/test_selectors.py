"""What the desk tells of limits: whose value holds, and how much of it is used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from brokers.accounts import create_simulated_account
from riskdesk.limits import OFF
from riskdesk.models import RiskDecision, RiskLimit
from riskdesk.selectors import Usage, limits_with_usage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
D = Decimal


@pytest.fixture
def account():
    return create_simulated_account(user=User.objects.create_user("alice@example.com"), amount=D(1000))


def lines(account, **given):
    return {line.name.value: line for line in limits_with_usage(account, NOON, **given)}


def test_use_is_told_in_the_limits_own_unit(account):
    usage = Usage(
        at=NOON, equity=D(50_000), gross_value=D(75_000), instrument_value=D(20_000), sector_value=D(25_000),
        equity_value=D(30_000), option_value=D(5_000), crypto_value=D(40_000), day_loss=D(2_500),
        drawdown_percent=D(5), trades_today=4, orders_last_minute=3, losses_in_a_row=2,
    )  # fmt: skip
    found = lines(account, usage=usage)
    assert {name: line.used for name, line in found.items() if line.used is not None} == {
        "position_value_usd": 20_000, "instrument_percent": 40, "sector_percent": 50, "equity_percent": 60,
        "option_percent": 10, "crypto_percent": 80, "leverage": D("1.5"), "daily_loss_usd": 2_500,
        "drawdown_percent": 5, "trades_per_day": 4, "orders_per_minute": 3, "losing_streak": 2,
    }  # fmt: skip
    assert found["daily_loss_usd"].used_percent == 25
    assert found["sector_percent"].used_percent is None
    assert found["leverage"].used_at == NOON


def test_of_an_account_without_worth_no_share_is_told(account):
    usage = Usage(at=NOON, equity=D(0), gross_value=D(1), crypto_value=D(1))
    found = lines(account, usage=usage)
    assert (found["leverage"].used, found["crypto_percent"].used) == (None, None)


def test_whose_value_holds(account):
    assert (lines(account)["leverage"].scope, lines(account)["leverage"].value) == ("default", 2)
    RiskLimit.objects.create(name="leverage", value=1)
    assert lines(account)["leverage"].scope == "house"
    RiskLimit.objects.create(name="leverage", value=D("0.5"), account=account, strategy="momentum")
    assert lines(account)["leverage"].scope == "house"
    assert lines(account, strategy="momentum")["leverage"].scope == "strategy"
    assert lines(account)["trades_per_day"].value is OFF
    assert lines(account)["trades_per_day"].is_off


def test_without_a_figure_the_last_verdict_of_the_day_speaks(account):
    for hours_ago, equity in ((1, "90"), (2, "50"), (30, "10")):
        RiskDecision.objects.create(
            account=account, approved=True, checks=[], decided_at=NOON - timedelta(hours=hours_ago),
            snapshot={"equity": equity, "equity_at_day_start": "100"},
        )  # fmt: skip
    line = lines(account)["daily_loss_usd"]
    assert (line.used, line.used_at) == (10, NOON - timedelta(hours=1))
    earlier = {line.name.value: line for line in limits_with_usage(account, NOON - timedelta(hours=8))}
    assert earlier["daily_loss_usd"].used is None
