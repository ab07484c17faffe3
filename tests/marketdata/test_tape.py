"""Replaying real history: reading files, walking bars, ending, stopping."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from arbion.domain.enums import Interval
from marketdata import candles, quotes, tape
from marketdata.errors import InvalidTape
from marketdata.models import Tape, TapeBar
from marketdata.simulator.market import LiveMarket
from tests.marketdata.factories import NOON, make_instrument

pytestmark = pytest.mark.django_db
DAILY = Path(__file__).parents[3] / "shared/data/daily/AAPL.csv"
MINUTE = Path(__file__).parents[3] / "shared/data/minute"
HEADER = "date,open,high,low,close,volume\n"
ROWS = "2020-01-01,10,14,8,12,1000\n2020-01-02,12,13,6,7,2000\n2020-01-03,7,9,7,9,400\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "three.csv"
    path.write_text(HEADER + ROWS)
    return path


def load(instrument, path, **replay):
    return tape.load_tape(instrument=instrument, path=path, replay=tape.Replay(**replay))


def follow(market, count, begins=NOON):
    found = []
    for number in range(count):
        [report] = [r for r in market.tick(begins + number * timedelta(seconds=2)) if r.symbol == "AAPL"]
        quotes.record([report])
        found.append(report)
    return found


def test_a_bar_is_walked_over_its_nearer_extreme_first_and_then_the_price_stands_still(file):
    apple = make_instrument("AAPL")
    load(apple, file)
    reports = follow(LiveMarket(7), 14)
    assert [int(r.last) for r in reports] == [10, 8, 14, 12, 12, 13, 6, 7, 7, 7, 9, 9, 9, 9]
    assert [int(r.previous_close) for r in reports][::4] == [10, 12, 7, 7]
    assert [int(r.volume) for r in reports][:8] == [250, 500, 750, 1000, 500, 1000, 1500, 2000]
    assert [r.source for r in reports] == ["tape"] * 11 + ["tape ended"] * 3
    assert all(r.bid < r.ask for r in reports)
    assert Tape.objects.get().position == 3


def test_speed_and_the_first_day_are_obeyed_and_a_restart_goes_on(file):
    apple = make_instrument("AAPL")
    loaded = load(apple, file, speed=1.0, begins_on=date(2020, 1, 2))
    assert loaded.position == 1
    assert [int(r.last) for r in follow(LiveMarket(7), 1)] == [7]
    assert [int(r.last) for r in follow(LiveMarket(7), 2, NOON + timedelta(minutes=1))] == [9, 9]


def test_candles_are_the_bars_before_the_position_and_the_one_on_the_way(file):
    apple = make_instrument("AAPL", anchored_at=NOON)
    load(apple, file)
    follow(LiveMarket(7), 6)
    end = NOON + timedelta(days=1)
    found = candles.candles(apple, Interval.D1, end=end, limit=10)
    assert [(c.time, c.open, c.high, c.low, c.close, c.volume) for c in found] == [
        (datetime(2020, 1, 1, tzinfo=UTC), 10, 14, 8, 12, 1000),
        (datetime(2020, 1, 2, tzinfo=UTC), 12, 13, 12, 13, 1000),
    ]
    assert candles.candles(apple, Interval.D1, end=end, limit=10, start=end) == []


def test_widths_finer_than_the_tape_show_only_what_was_seen_live(file):
    apple = make_instrument("AAPL", anchored_at=NOON)
    loaded = load(apple, file)
    Tape.objects.filter(pk=loaded.pk).update(loaded_at=NOON)
    follow(LiveMarket(7), 2)
    [minute] = candles.candles(apple, Interval.M1, end=NOON + timedelta(seconds=30), limit=10)
    assert (minute.time, minute.open, minute.close) == (NOON, 10, 8)


def test_after_stopping_the_simulation_goes_on_from_the_price_reached(file):
    apple = make_instrument("AAPL")
    load(apple, file)
    market = LiveMarket(7)
    follow(market, 4)
    assert tape.stop_tape(instrument=apple) is True
    assert tape.stop_tape(instrument=apple) is False
    [report] = follow(market, 1, NOON + timedelta(minutes=1))
    assert report.source == "simulated"
    assert abs(report.last - 12) < Decimal("0.2")


def test_loading_again_starts_over(file):
    apple = make_instrument("AAPL")
    load(apple, file)
    market = LiveMarket(7)
    follow(market, 5)
    load(apple, file, speed=0.5)
    assert Tape.objects.count() == 1
    assert [int(r.last) for r in follow(market, 2, NOON + timedelta(minutes=1))] == [8, 12]


BAD = {
    "wrong_header": ("when,open,high,low,close,volume\n", "line 1"),
    "empty": (HEADER, "file"),
    "not_a_number": (HEADER + "2020-01-01,1,2,1,NaN,5\n", "line 2"),
    "exponent": (HEADER + "2020-01-01,1,2,1,1e0,5\n", "line 2"),
    "not_positive": (HEADER + "2020-01-01,0,2,0,1,5\n", "line 2"),
    "not_a_range": (HEADER + "2020-01-01,1,1.5,1,2,5\n", "line 2"),
    "negative_volume": (HEADER + "2020-01-01,1,2,1,2,-5\n", "line 2"),
    "too_large": (HEADER + "2020-01-01,1,99000000,1,2,5\n", "line 2"),
    "too_many_decimals": (HEADER + "2020-01-01,1,2,1,1.00000000001,5\n", "line 2"),
    "too_few_columns": (HEADER + "2020-01-01,1,2,1,2\n", "line 2"),
    "not_a_time": (HEADER + "2020-02-30,1,2,1,2,5\n", "line 2"),
    "not_in_order": (HEADER + "2020-01-02,1,2,1,2,5\n2020-01-02,1,2,1,2,5\n", "line 3"),
    "zone": ("local_time,open,high,low,close,volume\n2020-01-02T10:00:00Z,1,2,1,2,5\n", "line 2"),
}
CODES = {"exponent": "not_a_number", "zone": "not_a_time"}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_by_line_and_changes_nothing(case, file, tmp_path):
    apple = make_instrument("AAPL")
    load(apple, file)
    before = list(Tape.objects.values()), list(TapeBar.objects.values())
    text, field = BAD[case]
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InvalidTape) as refusal:
        load(apple, path)
    assert [(e.field, e.code) for e in refusal.value.errors] == [(field, CODES.get(case, case))]
    assert (list(Tape.objects.values()), list(TapeBar.objects.values())) == before


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00"])
def test_a_file_that_is_no_text_is_refused(content, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidTape):
        load(make_instrument("AAPL"), path)
    assert not Tape.objects.exists()


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf"), 1001])
def test_an_impossible_speed_is_refused(speed):
    with pytest.raises(InvalidTape):
        tape.Replay(speed=speed)


def test_the_command_loads_stops_and_refuses(file, tmp_path):
    make_instrument("AAPL")
    out = io.StringIO()
    call_command("load_tape", str(file), symbol="aapl", json=True, stdout=out)
    assert json.loads(out.getvalue())["bars"] == 3
    out = io.StringIO()
    call_command("load_tape", symbol="AAPL", stop=True, stdout=out)
    assert out.getvalue() == "AAPL is simulated again.\n"
    bad = tmp_path / "bad.csv"
    bad.write_text(HEADER + "x,1,2,1,2,5\n")
    with pytest.raises(CommandError, match="Line 2"):
        call_command("load_tape", str(bad), symbol="AAPL")
    with pytest.raises(CommandError, match="no instrument"):
        call_command("load_tape", str(file), symbol="NOPE")
    with pytest.raises(CommandError, match="Name a file"):
        call_command("load_tape", symbol="AAPL")
    with pytest.raises(CommandError, match="ends before"):
        call_command("load_tape", str(file), symbol="AAPL", begins_on=date(2021, 1, 1))


@pytest.mark.skipif(not DAILY.exists(), reason="the shared market data is not here")
def test_real_daily_history_plays():
    apple = make_instrument("AAPL")
    loaded = load(apple, DAILY, speed=1.0, begins_on=date(2015, 1, 5))
    assert (loaded.bars_count, loaded.interval) == (5849, "1d")
    [report] = follow(LiveMarket(7), 1)
    bar = TapeBar.objects.get(number=loaded.position)
    assert (report.last, bar.opens_at) == (bar.close, datetime(2015, 1, 5, tzinfo=UTC))
    assert report.previous_close == TapeBar.objects.get(number=loaded.position - 1).close
    assert len(candles.candles(apple, Interval.D1, end=NOON, limit=500)) == 500


@pytest.mark.skipif(not MINUTE.exists(), reason="the shared market data is not here")
def test_real_minutes_are_in_the_time_of_their_market():
    spy, coin = make_instrument("SPY", asset_class="etf"), make_instrument("BTC-USD", asset_class="crypto")
    first = load(spy, MINUTE / "SPY.csv").bars.order_by("number").first()
    assert first.opens_at == datetime(2013, 10, 4, 8, 6, tzinfo=UTC)  # 04:06 in New York
    first = load(coin, MINUTE / "BTC-USD.csv").bars.order_by("number").first()
    assert first.opens_at == datetime(2016, 10, 7, 0, 0, tzinfo=UTC)
