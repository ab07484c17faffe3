"""Which figures are a cause for a halt, and which are not yet."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from riskdesk.models import HaltCode
from riskdesk.watch import Figures, causes

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("figures", "codes"),
    [
        ({}, []),
        ({"day_profit": Decimal(-100), "daily_loss_max": Decimal(100)}, []),
        ({"day_profit": Decimal("-100.01"), "daily_loss_max": Decimal(100)}, [HaltCode.DAILY_LOSS]),
        ({"day_profit": Decimal(500), "daily_loss_max": Decimal(100)}, []),
        ({"day_profit": None, "daily_loss_max": Decimal(100)}, []),
        ({"day_profit": Decimal(-100)}, []),
        ({"equity": Decimal(80), "peak_equity": Decimal(100), "drawdown_percent_max": Decimal(20)}, []),
        (
            {"equity": Decimal("79.99"), "peak_equity": Decimal(100), "drawdown_percent_max": Decimal(20)},
            [HaltCode.DRAWDOWN],
        ),
        ({"equity": Decimal(0), "peak_equity": Decimal(0), "drawdown_percent_max": Decimal(20)}, []),
        ({"equity": Decimal(1), "peak_equity": Decimal(100)}, []),
        ({"price_age": 5 * MINUTE}, []),
        ({"price_age": 6 * MINUTE}, [HaltCode.STALE_DATA]),
        ({"difference_age": 5 * MINUTE}, []),
        ({"difference_age": 6 * MINUTE}, [HaltCode.RECONCILIATION]),
        ({"rejections_in_a_row": 4}, []),
        ({"rejections_in_a_row": 5}, [HaltCode.REJECTIONS]),
        ({"rejections_in_a_row": 5, "price_age": 9 * MINUTE}, [HaltCode.STALE_DATA, HaltCode.REJECTIONS]),
    ],
)
def test_a_cause_is_named_only_past_its_bound(figures, codes):
    assert [cause.code for cause in causes(Figures(**figures))] == codes


def test_the_reason_says_the_figures():
    figures = Figures(day_profit=Decimal("-1234.5"), daily_loss_max=Decimal(1000))
    assert causes(figures)[0].reason == "the loss of the day, 1,234.50, is over the limit of 1,000.00"
