"""The simulated market: one tape a seed, restarts that go on, halts, sessions and days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from arbion.domain.enums import Interval
from marketdata import override, quotes
from marketdata.candles import candles
from marketdata.models import Candle, Instrument, Quote
from marketdata.simulator.market import LiveMarket, SimulatedMarket
from tests.marketdata.factories import NOON, make_instrument

pytestmark = pytest.mark.django_db
STEP = timedelta(seconds=2)


def universe() -> list[Instrument]:
    return [
        make_instrument("AAPL"),
        make_instrument("F", base_price=Decimal("11.37"), rank=60),
        make_instrument("BTC-USD", asset_class="crypto", base_price=Decimal(95000), volatility=0.6),
        make_instrument(
            "SHIB-USD", asset_class="crypto", base_price=Decimal("0.00002345"), price_increment=Decimal("0.00000001")
        ),
    ]


def tape(market: SimulatedMarket | LiveMarket, count: int, begins: datetime = NOON) -> list[object]:
    return [list(market.tick(begins + number * STEP)) for number in range(count)]


def test_one_seed_gives_one_tape():
    instruments = universe()
    first = tape(SimulatedMarket(instruments, 7), 50)
    assert tape(SimulatedMarket(instruments[::-1], 7), 50) == first
    assert tape(SimulatedMarket(instruments, 8), 50) != first


def test_a_new_instrument_leaves_the_others_tape_alone():
    instruments = universe()
    first = tape(SimulatedMarket(instruments, 7), 10)
    longer = tape(SimulatedMarket([*instruments, make_instrument("ZM")], 7), 10)
    assert [quotes[:4] for quotes in longer] == first


def test_every_quote_is_one_that_the_recorder_accepts():
    instruments = universe()
    market = SimulatedMarket(instruments, 7)
    for reports in tape(market, 30):
        assert quotes.record(list(reports)) == []
    assert len(quotes.latest(market.symbols)) == 4


def test_a_restarted_market_goes_on_from_its_last_quotes_with_new_chance():
    universe()
    market = LiveMarket(7)
    for number in range(5):
        quotes.record(market.tick(NOON + number * STEP))
    before = quotes.latest(["AAPL"])["AAPL"]
    again = LiveMarket(7)
    [after] = [report for report in again.tick(NOON + 5 * STEP) if report.symbol == "AAPL"]
    assert abs(after.last / before.last - 1) < Decimal("0.002")
    assert after.volume > before.volume
    assert after.previous_close == before.previous_close
    repeated = [r.last for r in LiveMarket(7).tick(NOON)]
    assert repeated != [r.last for r in again.tick(NOON + 6 * STEP)]


def test_new_instruments_start_at_their_base_price_now_and_stay_anchored():
    universe()
    market = LiveMarket(7)
    reports = {report.symbol: report for report in market.tick(NOON + timedelta(seconds=30))}
    assert abs(reports["AAPL"].last - 200) <= Decimal("0.3")
    assert reports["AAPL"].previous_close != 200
    assert set(Instrument.objects.values_list("anchored_at", flat=True)) == {NOON}
    make_instrument("ZM")
    later = market.tick(NOON + timedelta(minutes=5))
    assert len(later) == 5
    assert Instrument.objects.get(symbol="ZM").anchored_at == NOON + timedelta(minutes=5)
    assert Instrument.objects.get(symbol="AAPL").anchored_at == NOON


def test_a_halted_instrument_stands_still_and_then_goes_on():
    universe()
    market = LiveMarket(7)
    quotes.record(market.tick(NOON))
    before = quotes.latest(["AAPL"])["AAPL"]
    Instrument.objects.filter(symbol="AAPL").update(is_halted=True)
    halted = market.tick(NOON + timedelta(minutes=1))
    assert sorted(report.symbol for report in halted) == ["BTC-USD", "F", "SHIB-USD"]
    quotes.record(halted)
    assert quotes.latest(["AAPL"])["AAPL"] == before
    Instrument.objects.filter(symbol="AAPL").update(is_halted=False)
    resumed = {report.symbol: report for report in market.tick(NOON + timedelta(minutes=1, seconds=2))}
    assert abs(resumed["AAPL"].last / before.last - 1) < Decimal("0.002")


def test_shares_stand_still_while_their_exchange_is_closed(settings):
    settings.MARKET_ALWAYS_OPEN = False
    universe()
    market = LiveMarket(7)
    saturday = datetime(2026, 3, 7, 16, 0, tzinfo=UTC)
    first = market.tick(saturday)  # everything has a price from the beginning
    quotes.record(first)
    assert {report.symbol: report.last for report in first}["AAPL"] == 200
    assert sorted(report.symbol for report in market.tick(saturday + STEP)) == ["BTC-USD", "SHIB-USD"]
    assert sorted(report.symbol for report in LiveMarket(7).tick(saturday + 2 * STEP)) == ["BTC-USD", "SHIB-USD"]
    assert len(market.tick(datetime(2026, 3, 9, 16, 0, tzinfo=UTC))) == 4


def test_a_first_price_while_the_exchange_is_closed_makes_no_candle(settings):
    settings.MARKET_ALWAYS_OPEN = False
    universe()
    market = LiveMarket(7)
    saturday, monday = datetime(2026, 3, 7, 16, 0, tzinfo=UTC), datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    quotes.record(market.tick(saturday))
    assert sorted(quotes.latest(["AAPL", "BTC-USD"])) == ["AAPL", "BTC-USD"]
    apple, coin = (Instrument.objects.get(symbol=symbol) for symbol in ("AAPL", "BTC-USD"))

    def newest(instrument, at):
        return candles(instrument, Interval.M1, end=at, limit=1)[-1].time

    assert newest(apple, saturday) < saturday
    assert newest(coin, saturday) == saturday
    quotes.record(market.tick(saturday + timedelta(minutes=1)))
    assert set(Candle.objects.values_list("instrument__symbol", flat=True)) == {"BTC-USD", "SHIB-USD"}
    quotes.record(market.tick(monday))
    assert newest(apple, monday) == monday


def test_the_previous_close_rolls_at_midnight_in_new_york():
    universe()
    market = LiveMarket(7)
    midnight = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    [before] = [r for r in market.tick(midnight - STEP) if r.symbol == "AAPL"]
    [after] = [r for r in market.tick(midnight) if r.symbol == "AAPL"]
    assert after.previous_close == before.last
    assert 0 < after.volume < before.volume
    [later] = [r for r in market.tick(midnight + STEP) if r.symbol == "AAPL"]
    assert later.previous_close == before.last


def test_a_day_that_changed_while_down_rolls_too():
    universe()
    quotes.record(LiveMarket(7).tick(NOON))
    before = quotes.latest(["AAPL"])["AAPL"]
    [after] = [r for r in LiveMarket(7).tick(NOON + timedelta(days=2)) if r.symbol == "AAPL"]
    assert after.previous_close == before.last


def test_options_are_not_simulated_here():
    make_instrument("AAPL260320C00200000", asset_class="option")
    assert len(LiveMarket(7).tick(NOON)) == 0


def test_the_previous_close_is_that_of_the_session_and_not_of_after_hours(settings):
    settings.MARKET_ALWAYS_OPEN = False
    make_instrument("AAPL", volatility=3.0)
    market = LiveMarket(7)
    closes = datetime(2026, 3, 4, 21, 0, tzinfo=UTC)
    for number in range(-3, 0):
        quotes.record(market.tick(closes + number * STEP))
    closing = quotes.latest(["AAPL"])["AAPL"].last
    for number in range(40):
        quotes.record(market.tick(closes + timedelta(minutes=number)))
    assert quotes.latest(["AAPL"])["AAPL"].last != closing
    again = LiveMarket(7)  # a restart in the evening finds it in the last minute's candle
    quotes.record(again.tick(closes + timedelta(minutes=41)))
    evening, morning = closes + timedelta(hours=2), datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    for live in (market, again):
        live.tick(evening)
        [early] = live.tick(morning)
        assert early.previous_close == closing


def test_a_price_that_a_split_changed_is_taken_over():
    universe()
    market = LiveMarket(7)
    quotes.record(market.tick(NOON))
    row = Quote.objects.get(instrument__symbol="AAPL")
    for name in ("bid", "ask", "last", "previous_close"):
        setattr(row, name, getattr(row, name) / 4)
    row.save()
    Instrument.objects.filter(symbol="AAPL").update(
        base_price=50, updated_at=Instrument.objects.latest("updated_at").updated_at + timedelta(seconds=1)
    )
    [after] = [report for report in market.tick(NOON + STEP) if report.symbol == "AAPL"]
    assert abs(after.last - 50) < Decimal("0.5")
    assert after.previous_close == row.previous_close


def test_everybody_is_told_when_the_market_opens_and_closes(settings, monkeypatch):
    settings.MARKET_ALWAYS_OPEN = False
    make_instrument("AAPL")
    told = []
    monkeypatch.setattr(override, "tell", lambda: told.append(1))
    market = LiveMarket(7)
    opens = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)
    for moment in (opens - STEP, opens, opens + STEP, opens + timedelta(hours=6.5)):
        market.tick(moment)
    assert len(told) == 2
