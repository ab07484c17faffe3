"""A picture of a small purchase that every rule lets pass; tests change one thing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from arbion.domain.enums import Side
from riskdesk.limits import DEFAULTS, Limits
from riskdesk.snapshot import RiskSnapshot

D = Decimal

GOOD = RiskSnapshot(
    at=datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
    symbol="AAPL",
    side=Side.BUY,
    quantity=D(10),
    limit_price=None,
    price=D(201),
    is_owner=True,
    halts=(),
    limits=Limits(**{str(name): value for name, value in DEFAULTS.items()}),
    instrument_tradable=True,
    instrument_halted=False,
    market_open=True,
    bid=D(199),
    ask=D(201),
    last=D(200),
    quote_age_seconds=D(1),
    quote_age_seconds_max=D(15),
    watch_age_seconds=D(1),
    watch_age_seconds_max=D(20),
    cash=D(10_000),
    cash_held=D(0),
    units=D(0),
    units_held=D(0),
    cost_estimate=D(2010),
    opening_quantity=D(0),
    orders_last_minute=0,
    unknown_orders=0,
    open_discrepancies=0,
    equity=D(10_000),
    equity_at_day_start=D(10_000),
    equity_peak=D(10_000),
    has_live_grant=True,
    is_at_market=True,
    asset_class="equity",
    sector="Technology",
    gross_value=D(0),
    class_value=D(0),
    sector_value=D(0),
    trades_today=0,
    duplicates=0,
    losses_in_a_row=0,
)


def limited(**limits: object) -> Limits:
    """The defaults, but for these."""
    return replace(GOOD.limits, **limits)
