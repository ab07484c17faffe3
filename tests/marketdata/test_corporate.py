"""Dividends and splits as the market feels them: planned or refused, and taken into every price once."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from arbion.domain.enums import AssetClass, Interval
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import FrozenClock
from marketdata import corporate, quotes
from marketdata.candles import candles
from marketdata.models import Candle, CorporateAction, Instrument, Quote, Tape
from marketdata.simulator.market import LiveMarket

NOW = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
TOMORROW, TODAY = date(2026, 3, 19), date(2026, 3, 18)
CLOCK = FrozenClock(NOW)


@pytest.fixture
def share(db: None) -> Instrument:
    """A share that trades at 99.90."""
    share = Instrument.objects.create(
        symbol="AAPL",
        name="Apple",
        asset_class=AssetClass.EQUITY,
        exchange="NASDAQ",
        price_increment=Decimal("0.01"),
        size_increment=Decimal(1),
        base_price=Decimal(90),
        anchored_at=NOW - timedelta(days=3),
    )
    last = Decimal("99.90")
    Quote.objects.create(
        instrument=share, bid=Decimal("99.85"), ask=Decimal("99.95"), last=last, previous_close=Decimal("98.01"),
        volume=1001, at=NOW, source="test", minute=NOW, minute_open=Decimal("99.50"), minute_high=Decimal("100.01"),
        minute_low=Decimal("99.40"), minute_volume=7,
    )  # fmt: skip
    return share


def refusal(plan: object) -> tuple[str, str]:
    """Field and code of what is refused; nothing is planned."""
    before = list(CorporateAction.objects.values())
    with pytest.raises(InvalidInput) as error:
        plan()  # type: ignore[operator]
    assert list(CorporateAction.objects.values()) == before
    (field,) = error.value.errors
    assert field.detail.endswith(".")
    return field.field, field.code


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", "not_positive"), ("-1", "not_positive"), ("NaN", "not_positive"), ("0.00000000001", "not_positive"),
     ("99.90", "too_large"), ("1e12", "too_large")],
)  # fmt: skip
def test_a_dividend_is_an_amount_below_the_price(share: Instrument, amount: str, code: str) -> None:
    assert refusal(
        lambda: corporate.schedule_dividend(share, amount=Decimal(amount), ex_date=TOMORROW, clock=CLOCK)
    ) == ("amount", code)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (0, 1, ("new_units", "out_of_range")),
        (101, 1, ("new_units", "out_of_range")),
        (1, 0, ("old_units", "out_of_range")),
        (1, 101, ("old_units", "out_of_range")),
        (3, 3, ("new_units", "no_change")),
    ],
)
def test_a_split_is_a_ratio(share: Instrument, new: int, old: int, expected: tuple[str, str]) -> None:
    assert (
        refusal(lambda: corporate.schedule_split(share, new_units=new, old_units=old, ex_date=TOMORROW, clock=CLOCK))
        == expected
    )


def test_a_split_keeps_the_price_countable(share: Instrument) -> None:
    Quote.objects.update(bid=Decimal("0.50"), last=Decimal("0.50"))
    assert refusal(
        lambda: corporate.schedule_split(share, new_units=100, old_units=1, ex_date=TOMORROW, clock=CLOCK)
    ) == ("new_units", "price_out_of_range")


def test_the_day_is_a_trading_day_after_today(share: Instrument, settings: Settings) -> None:
    def plan(day: date) -> tuple[str, str]:
        return refusal(lambda: corporate.schedule_dividend(share, amount=Decimal(1), ex_date=day, clock=CLOCK))

    assert plan(TODAY) == plan(TODAY - timedelta(days=1)) == ("ex_date", "not_in_future")
    settings.MARKET_ALWAYS_OPEN = False
    assert plan(date(2026, 3, 21)) == ("ex_date", "no_trading_day")


def test_a_plan_is_made_once_and_can_be_called_off(share: Instrument) -> None:
    def plan() -> CorporateAction:
        return corporate.schedule_split(share, new_units=10, old_units=4, ex_date=TOMORROW, clock=CLOCK)

    action = plan()
    assert (action.new_units, action.old_units, corporate.ratio_of(action)) == (5, 2, Decimal("2.5"))
    assert refusal(plan) == ("ex_date", "already_planned")
    corporate.cancel(action)
    assert refusal(lambda: corporate.cancel(action)) == ("status", "already_begun")
    assert corporate.unfinished(NOW + timedelta(days=1)) == []
    assert plan().status == "scheduled"


def test_only_shares_and_funds_without_a_tape(share: Instrument) -> None:
    def plan() -> tuple[str, str]:
        return refusal(lambda: corporate.schedule_dividend(share, amount=Decimal(1), ex_date=TOMORROW, clock=CLOCK))

    action = corporate.schedule_split(share, new_units=2, old_units=1, ex_date=TOMORROW, clock=CLOCK)
    tape = Tape.objects.create(instrument=share, name="x", interval=Interval.D1, bars_count=1, loaded_at=NOW)
    assert plan() == ("instrument", "follows_tape")
    assert corporate.unfinished(NOW + timedelta(days=1)) == []
    tape.delete()
    assert corporate.unfinished(NOW + timedelta(days=1)) == [action]
    share.asset_class = AssetClass.CRYPTO
    assert plan() == ("instrument", "not_a_share")


def test_a_dividend_falls_from_the_quote_alone(share: Instrument) -> None:
    action = corporate.schedule_dividend(share, amount=Decimal("1.005"), ex_date=TOMORROW, clock=CLOCK)

    assert corporate.begin(action)
    assert not corporate.begin(action)
    quote = Quote.objects.get()
    assert (quote.bid, quote.ask, quote.last) == (Decimal("98.85"), Decimal("98.95"), Decimal("98.90"))
    assert (quote.previous_close, quote.minute_low) == (Decimal("98.01"), Decimal("98.90"))
    share.refresh_from_db()
    assert (share.base_price, share.is_halted) == (90, True)
    assert share.halt_reason == "The dividend of 2026-03-19 is being carried out."
    corporate.finish(action, now=NOW)
    share.refresh_from_db()
    assert (share.is_halted, share.halt_reason) == (False, "")


def test_a_split_moves_quote_base_price_and_every_candle_once(share: Instrument) -> None:
    for interval in Interval:
        Candle.objects.create(
            instrument=share, interval=interval, opens_at=NOW - timedelta(days=2), open=Decimal(100),
            high=Decimal("100.01"), low=Decimal("99.99"), close=Decimal(90_000_000), volume=Decimal("10.5"),
        )  # fmt: skip
    other = Instrument.objects.create(
        symbol="MSFT", name="x", asset_class="equity", exchange="x", price_increment=1, size_increment=1, base_price=9
    )
    Candle.objects.create(
        instrument=other, interval=Interval.M1, opens_at=NOW, open=9, high=9, low=9, close=9, volume=9
    )
    action = corporate.schedule_split(share, new_units=3, old_units=1, ex_date=TOMORROW, clock=CLOCK)
    corporate.begin(action)
    corporate.begin(action)

    for row in Candle.objects.filter(instrument=share):
        assert (row.open, row.high, row.low) == (
            Decimal("33.3333333333"),
            Decimal("33.3366666667"),
            Decimal("33.33"),
        )
        assert (row.close, row.volume) == (30_000_000, Decimal("31.5"))
    assert Candle.objects.get(instrument=other).close == 9
    quote = Quote.objects.get()
    assert (quote.bid, quote.ask, quote.last) == (Decimal("33.28"), Decimal("33.32"), Decimal("33.30"))
    assert (quote.previous_close, quote.minute_open) == (Decimal("32.67"), Decimal("33.17"))
    assert (quote.minute_high, quote.minute_low) == (Decimal("33.34"), Decimal("33.13"))
    assert (quote.volume, quote.minute_volume) == (3003, 21)
    share.refresh_from_db()
    assert share.base_price == 30


def test_the_moving_market_goes_on_from_the_new_price(share: Instrument) -> None:
    Instrument.objects.update(volatility=0.0)
    market = LiveMarket(1)
    quotes.record(market.tick(NOW + timedelta(seconds=2)), clock=FrozenClock(NOW + timedelta(seconds=2)))
    action = corporate.schedule_split(share, new_units=3, old_units=1, ex_date=TOMORROW, clock=CLOCK)
    corporate.begin(action)
    assert len(market.tick(NOW + timedelta(seconds=4))) == 0
    corporate.finish(action, now=NOW)

    (report,) = market.tick(NOW + timedelta(seconds=6))
    assert report.last == Decimal("33.30")
    share.refresh_from_db()
    past = candles(share, Interval.H1, end=NOW - timedelta(days=3, hours=1), limit=2)
    assert [row.close for row in past] == [30, 30]


@given(st.integers(1, 10**18 // 100), st.integers(1, 100), st.integers(1, 100))
def test_the_arithmetic_of_candles_rounds_to_the_nearest_and_stays_within_64_bits(
    value: int, times: int, parts: int
) -> None:
    text = corporate._fraction("v", times=times, parts=parts)
    statement = f'SELECT {text} FROM (SELECT ? AS "v")'  # noqa: S608  numbers of our own
    (found,) = sqlite3.connect(":memory:").execute(statement, [value]).fetchone()

    assert abs(found * parts - value * times) * 2 <= parts
    assert value // parts * times < 2**63
