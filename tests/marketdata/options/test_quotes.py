"""Recorded quotes of contracts: the chain's own, refreshed in one pass when the underlying has a newer price."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketdata import candles, quotes
from marketdata.models import Instrument, OptionContract, Quote
from marketdata.options.chain import chain
from marketdata.options.contracts import ensure
from marketdata.options.quotes import refresh
from tests.marketdata.options.conftest import give_price

pytestmark = pytest.mark.django_db

THIRD_FRIDAY = date(2026, 12, 18)
CALL, PUT = "AAPL261218C00240000", "AAPL261218P00220000"


def tick(clock, last: str, *, seconds: float = 2) -> list:
    clock.advance(seconds=seconds)
    give_price("AAPL", last, clock)
    found = refresh(clock.now())
    quotes.record(found, clock=clock)
    return list(found)


def test_the_recorded_quote_is_the_one_of_the_chain(apple, clock):
    for row in chain(apple, THIRD_FRIDAY, clock.now()).rows[::5]:
        ensure(row.call.symbol, clock=clock)
        ensure(row.put.symbol, clock=clock)
    for last in ("231.37", "190.02", "260"):
        assert len(tick(clock, last)) == OptionContract.objects.count() > 10
        shown = {
            side.symbol: side for row in chain(apple, THIRD_FRIDAY, clock.now()).rows for side in (row.call, row.put)
        }
        for quote in Quote.objects.filter(instrument__asset_class="option").select_related("instrument"):
            side = shown[quote.instrument.symbol]
            assert (quote.bid, quote.ask, quote.last, quote.volume) == (side.bid, side.ask, side.last, side.volume)
            assert quote.at == clock.now()


def test_without_a_newer_price_nothing_is_written(apple, clock):
    ensure(CALL, clock=clock)
    clock.advance(seconds=60)
    assert len(refresh(clock.now())) == 0
    assert len(tick(clock, "230")) == 1
    assert len(refresh(clock.now())) == 0


def test_an_installation_without_contracts_asks_little(apple, clock):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert list(refresh(clock.now())) == []
    assert len(asked) <= 4


def test_the_number_of_queries_does_not_grow_with_the_contracts(apple, clock):
    ensure(CALL, clock=clock)
    give_price("AAPL", "231", clock)
    with CaptureQueriesContext(connection) as few:
        refresh(clock.now() + timedelta(seconds=1))
    for row in chain(apple, THIRD_FRIDAY, clock.now()).rows[:20]:
        ensure(row.put.symbol, clock=clock)
    with CaptureQueriesContext(connection) as many:
        refresh(clock.now() + timedelta(seconds=1))
    assert len(many) == len(few)


def test_expired_settled_and_halted_contracts_keep_their_last_quote(apple, clock):
    made = ensure(CALL, clock=clock)
    Instrument.objects.filter(pk=made.pk).update(is_halted=True)
    assert tick(clock, "231") == []
    Instrument.objects.filter(pk=made.pk).update(is_halted=False)
    OptionContract.objects.filter(pk=made.pk).update(settled_at=clock.now())
    assert tick(clock, "232") == []
    OptionContract.objects.filter(pk=made.pk).update(settled_at=None)
    assert len(tick(clock, "233")) == 1
    assert tick(clock, "234", seconds=18 * 86_400) == []


def test_the_previous_close_is_yesterdays_worth_all_day_long(apple, clock):
    ensure(CALL, clock=clock)
    first = tick(clock, "231")[0].previous_close
    assert tick(clock, "225", seconds=3600)[0].previous_close == first
    assert tick(clock, "225", seconds=86_400)[0].previous_close < first


def test_after_a_split_the_row_counts_and_not_the_symbol(apple, clock):
    made = ensure(PUT, clock=clock)
    OptionContract.objects.filter(pk=made.pk).update(strike=Decimal(55))
    Instrument.objects.filter(pk=made.pk).update(multiplier=400)
    clock.advance(seconds=2)
    give_price("AAPL", "57.5", clock, previous_close="57")
    quote = refresh(clock.now())[0]
    assert Decimal("0.1") < quote.last < 2
    assert Decimal("0.1") < quote.previous_close < 2


def test_candles_are_those_of_the_recorded_quotes(apple, clock):
    made = ensure(CALL, clock=clock)
    for last in ("231", "233", "232"):
        tick(clock, last, seconds=60)
    found = candles.candles(made, "1m", end=clock.now(), limit=10)
    assert len(found) == 4
    closes = [candle.close for candle in found]
    assert closes[0] < closes[1] < closes[3] < closes[2]


def test_outside_the_session_a_quote_makes_no_candle(apple, clock, settings):
    settings.MARKET_ALWAYS_OPEN = False
    clock.advance(seconds=12 * 3600)
    give_price("AAPL", "230", clock)
    made = ensure(CALL, clock=clock)
    assert Quote.objects.get(pk=made.pk).minute is None
