"""The controls of a replay, while the market follows it."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, User
from accounts.services import create_person
from arbion.domain.enums import Interval, Role
from arbion.domain.errors import Conflict, Forbidden, NotFound
from arbion.lib.clock import FrozenClock
from marketdata import quotes, replay_control, tape
from marketdata.errors import InvalidTape
from marketdata.models import Instrument, Tape
from marketdata.simulator import replay
from marketdata.simulator.market import LiveMarket
from tests.marketdata.factories import NOON, make_instrument

pytestmark = pytest.mark.django_db
CLOCK = FrozenClock(NOON)


@pytest.fixture
def apple(tmp_path: Path) -> Instrument:
    """AAPL on a tape of ten days that close at 11, 12, … 20, one bar a tick."""
    replay.bars.cache_clear()  # a table that was rolled back gives its keys again
    path = tmp_path / "AAPL.csv"
    rows = [f"2020-01-{day:02},{day + 9},{day + 10},{day + 9},{day + 10},100" for day in range(1, 11)]
    path.write_text("\n".join(["date,open,high,low,close,volume", *rows]))
    apple = make_instrument("AAPL")
    tape.load_tape(instrument=apple, path=path, replay=tape.Replay(speed=1.0), clock=CLOCK)
    return apple


@pytest.fixture
def market() -> LiveMarket:
    return LiveMarket(7)


def tick(market: LiveMarket, number: int) -> int:
    batch = market.tick(NOON + timedelta(seconds=2 * number))
    quotes.record(batch)
    return int(batch[0].last)


def test_pause_stands_still_and_resume_goes_on(apple, market) -> None:
    assert [tick(market, number) for number in range(2)] == [11, 12]
    found = replay_control.pause(apple)
    assert (found.position, found.paused, found.at) == (2.0, True, datetime(2020, 1, 2, tzinfo=UTC))
    assert [tick(market, number) for number in range(2, 5)] == [12, 12, 12]
    assert quotes.latest(["AAPL"])["AAPL"].at == NOON + timedelta(seconds=8)
    replay_control.resume(apple)
    assert tick(market, 5) == 13


def test_steps_go_to_the_end_of_a_bar(apple, market) -> None:
    replay_control.set_speed(apple, 0.25)
    tick(market, 0)
    with pytest.raises(Conflict, match="Pause"):
        replay_control.step(apple)
    replay_control.pause(apple)
    assert replay_control.step(apple).position == 1.0
    assert tick(market, 1) == 11
    assert replay_control.step(apple, 3).position == 4.0
    assert tick(market, 2) == 14
    assert replay_control.step(apple, 10).ended is True
    assert tick(market, 3) == 20


def test_seeking_forwards_and_back(apple, market) -> None:
    tick(market, 0)
    assert replay_control.seek(apple, date(2020, 1, 7)).position == 6.0
    assert tick(market, 1) == 17
    assert replay_control.seek(apple, 2).position == 2.0
    assert [tick(market, 2), tick(market, 3)] == [13, 14]
    assert Tape.objects.get().position == 4.0
    replay_control.seek(apple, 0)
    assert tick(market, 4) == 11


def test_a_restart_and_a_move_at_the_same_moment_lose_nothing(apple, market) -> None:
    tick(market, 0)
    player = market.market.players[market.market.place["AAPL"]]
    player.advance()
    replay_control.seek(apple, 5)
    player.keep()  # it comes second: the seek stands
    assert Tape.objects.get().position == 5.0
    assert tick(market, 1) == 16
    assert tick(LiveMarket(7), 2) == 17


def test_stop_returns_to_the_simulation_and_resume_to_the_tape(apple, market) -> None:
    tick(market, 0)
    replay_control.stop(apple)
    assert market.tick(NOON + timedelta(seconds=2))[0].source == "simulated"
    with pytest.raises(Conflict) as refused:
        replay_control.pause(apple)
    assert refused.value.code == "no_tape"
    replay_control.resume(apple)
    assert tick(market, 2) == 12


def test_a_tape_waits_while_its_market_is_closed(apple, settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    market = LiveMarket(7)
    saturday = datetime(2026, 3, 7, 16, 0, tzinfo=UTC)
    for number in range(5):
        market.tick(saturday + timedelta(minutes=number))
    assert Tape.objects.get().position == 0
    market.tick(datetime(2026, 3, 9, 12, 0, tzinfo=UTC))  # before the session
    assert Tape.objects.get().position == 1


@pytest.mark.parametrize(
    ("verb", "given", "field", "code"),
    [
        (replay_control.step, 0, "bars", "out_of_range"),
        (replay_control.step, 11, "bars", "out_of_range"),
        (replay_control.seek, -1, "to", "out_of_range"),
        (replay_control.seek, 10, "to", "out_of_range"),
        (replay_control.seek, date(2020, 1, 11), "to", "after_the_end"),
        (replay_control.set_speed, 0, "speed", "out_of_range"),
        (replay_control.set_speed, float("nan"), "speed", "out_of_range"),
        (replay_control.set_speed, 1001, "speed", "out_of_range"),
    ],
)
def test_refusals_move_nothing(apple, verb, given, field, code) -> None:
    replay_control.pause(apple)
    before = list(Tape.objects.values())
    with pytest.raises(InvalidTape) as refused:
        verb(apple, given)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
    assert list(Tape.objects.values()) == before


def test_a_person_is_audited_and_needs_the_right(apple) -> None:
    ada: User = create_person(email="ada@example.com", password="correct horse battery", role=Role.ADMIN)
    alice = create_person(email="alice@example.com", password="correct horse battery")
    replay_control.pause(apple)
    assert not AuditEntry.objects.filter(action__startswith="replay.").exists()
    replay_control.seek(apple, 3, by=ada, clock=CLOCK)
    replay_control.set_speed(apple, 2, by=ada, clock=CLOCK)
    found = AuditEntry.objects.filter(action__startswith="replay.").order_by("pk")
    assert [(row.action, row.subject, row.data) for row in found] == [
        ("replay.sought", "AAPL", {"position": 3.0}),
        ("replay.speed", "AAPL", {"speed": 2.0}),
    ]
    before = list(Tape.objects.values())
    for verb in (replay_control.pause, replay_control.stop, replay_control.step):
        with pytest.raises(Forbidden):
            verb(apple, by=alice)
    assert list(Tape.objects.values()) == before


def test_backtests_read_the_same_history(apple) -> None:
    whole = tape.history_of(apple)
    assert (whole.symbol, whole.interval, len(whole.bars)) == ("AAPL", Interval.D1, 10)
    assert whole.bars.close.tolist() == [close * 10**10 for close in range(11, 21)]
    part = tape.history_of(apple, begins=date(2020, 1, 3), ends=date(2020, 1, 5)).bars
    assert part.close.tolist() == [close * 10**10 for close in (13, 14, 15)]
    with pytest.raises(NotFound):
        tape.history_of(make_instrument("MSFT"))


def test_the_command(apple) -> None:
    def said(*words: str) -> str:
        out = io.StringIO()
        call_command("replay", *words, stdout=out)
        return out.getvalue().strip()

    assert said("aapl") == "AAPL follows AAPL.csv: it plays 1 bars a tick, at bar 0 of 10, 2020-01-01 00:00 UTC."
    assert "is paused" in said("AAPL", "pause")
    assert json.loads(said("AAPL", "step", "2", "--json"))["position"] == 2.0
    assert json.loads(said("AAPL", "seek", "2020-01-04", "--json")) == {
        "symbol": "AAPL", "file": "AAPL.csv", "interval": "1d", "bars": 10, "position": 3.0,
        "at": "2020-01-03T00:00:00Z", "speed": 1.0, "playing": True, "paused": True, "ended": False,
    }  # fmt: skip
    assert json.loads(said("AAPL", "seek", "7", "--json"))["position"] == 7.0
    assert "plays 3 bars" in said("AAPL", "speed", "3") + said("AAPL", "resume")
    assert said("AAPL", "stop").startswith("AAPL is simulated")
    for words in (("AAPL", "seek"), ("AAPL", "seek", "x"), ("AAPL", "speed", "fast"), ("NOPE",), ("AAPL", "pause")):
        with pytest.raises(CommandError):
            said(*words)
