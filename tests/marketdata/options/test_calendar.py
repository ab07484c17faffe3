"""Which contracts are listed, and when they end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from marketdata.models import Instrument
from marketdata.options.calendar import expirations, expires_at, has_options, is_monthly, strikes, third_friday

NOON = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def listing(symbol: str = "AAPL", **fields: object) -> Instrument:
    values = {"asset_class": "equity", "tradable": True, "rank": 1, "volatility": 0.3}
    return Instrument(symbol=symbol, **(values | fields))


def test_the_dates_of_a_well_known_share():
    assert [str(day) for day in expirations(listing(), NOON)] == [
        "2026-12-04", "2026-12-11", "2026-12-18", "2026-12-24", "2026-12-31", "2027-01-08", "2027-01-15", "2027-01-22",
        "2027-02-19", "2027-03-19", "2027-04-16", "2027-06-17", "2027-09-17", "2028-01-21", "2029-01-19",
    ]  # fmt: skip


def test_what_few_people_know_has_monthly_dates_only():
    found = expirations(listing(rank=900), NOON)
    assert all(is_monthly(day) for day in found)
    assert found[:3] == [date(2026, 12, 18), date(2027, 1, 15), date(2027, 2, 19)]


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (2014, 4, date(2014, 4, 17)),  # Good Friday
        (2026, 6, date(2026, 6, 18)),  # Juneteenth
        (2027, 6, date(2027, 6, 17)),  # Juneteenth, kept on the Friday before its Saturday
        (2026, 12, date(2026, 12, 18)),
    ],
)
def test_a_holiday_moves_the_monthly_date_to_the_day_before(year, month, day):
    assert is_monthly(day)
    assert (third_friday(year, month) - day).days in (0, 1)
    assert is_monthly(third_friday(year, month)) == (third_friday(year, month) == day)


def test_a_date_once_listed_stays_until_it_has_passed():
    share, seen = listing(), set()
    for week in range(0, 160, 2):
        at = datetime.fromtimestamp(NOON.timestamp() + week * 7 * 86_400, UTC)
        found = set(expirations(share, at))
        assert {day for day in seen if expires_at(day) > at} <= found
        seen |= found


def test_a_date_is_gone_with_its_close(settings):
    settings.MARKET_ALWAYS_OPEN = False
    assert expires_at(date(2026, 12, 4)) == datetime(2026, 12, 4, 21, 0, tzinfo=UTC)
    assert expires_at(date(2026, 11, 27)) == datetime(2026, 11, 27, 18, 0, tzinfo=UTC)  # after Thanksgiving
    before, after = datetime(2026, 12, 4, 20, 59, tzinfo=UTC), datetime(2026, 12, 4, 21, 0, tzinfo=UTC)
    assert expirations(listing(), before)[0] == date(2026, 12, 4)
    assert expirations(listing(), after)[0] == date(2026, 12, 11)


def test_where_the_market_never_closes_a_date_ends_at_midnight_in_new_york(settings):
    settings.MARKET_ALWAYS_OPEN = True
    assert expires_at(date(2026, 12, 4)) == datetime(2026, 12, 5, 5, 0, tzinfo=UTC)
    assert expirations(listing(), datetime(2026, 12, 5, 4, 59, tzinfo=UTC))[0] == date(2026, 12, 4)
    assert expirations(listing(), datetime(2026, 12, 5, 5, 0, tzinfo=UTC))[0] == date(2026, 12, 11)


@pytest.mark.parametrize(
    ("fields", "listed"),
    [
        ({}, True),
        ({"asset_class": "etf"}, True),
        ({"symbol": "BRK.B"}, True),
        ({"asset_class": "crypto", "symbol": "BTC-USD"}, False),
        ({"asset_class": "option"}, False),
        ({"tradable": False}, False),
        ({"symbol": "SEVENTY"}, False),
    ],
)
def test_options_are_listed_on_shares_and_funds_that_trade(fields, listed):
    assert has_options(listing(**fields)) is listed
    assert bool(expirations(listing(**fields), NOON)) is listed


@pytest.mark.parametrize(
    ("price", "step"),
    [("4", "0.5"), ("30", "1"), ("100", "2.5"), ("230", "5"), ("600", "10"), ("2000", "25"), ("9000", "100")],
)
def test_the_step_between_strikes_follows_the_price(price, step):
    found = grid(price, rank=900)
    assert {high - low for low, high in pairwise(found)} == {Decimal(step)}
    assert found[0] < Decimal(price) < found[-1]
    assert all(strike % Decimal(step) == 0 for strike in found)


def grid(price: str, *, expires_on: date = date(2026, 12, 18), last: str = "", **fields: object) -> list[Decimal]:
    return strikes(
        listing(**fields),
        previous_close=Decimal(price),
        last=Decimal(last or price),
        expires_on=expires_on,
        today=date(2026, 12, 1),
    )


@pytest.mark.parametrize("price", ["0.2", "1", "7.77", "55", "230", "1234.5", "54321"])
@pytest.mark.parametrize("expires_on", [date(2026, 12, 1), date(2026, 12, 18), date(2029, 1, 19)])
@pytest.mark.parametrize("volatility", [0.0, 0.3, 2.0])
def test_every_price_has_some_strikes_and_never_too_many(price, expires_on, volatility):
    found = grid(price, expires_on=expires_on, volatility=volatility)
    assert 2 <= len(found) <= 71
    assert found == sorted(set(found))
    assert found[0] > 0
    assert found[-1] < 100_000


def test_what_costs_more_than_a_symbol_can_say_has_no_strikes():
    assert grid("700000") == []


def test_a_day_does_not_take_strikes_away_that_its_move_passes():
    before, after = grid("230"), grid("230", last="260")
    assert set(before) <= set(after)
    assert max(after) > max(before)


def test_known_names_have_strikes_closer_together_while_expiry_is_near():
    assert grid("230")[1] - grid("230")[0] == Decimal("2.5")
    far = grid("230", expires_on=date(2027, 6, 17))
    assert far[1] - far[0] == 5
