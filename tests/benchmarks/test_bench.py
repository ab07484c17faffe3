"""The bench in a tiny size: it runs, says what it promises, and leaves nothing behind. No figure is judged."""

import json
import os
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from arbion.benchmarks import peers, rooms, sentences, suite, words
from arbion.benchmarks.suite import SQLITE

TIMES = {"count", "p50_ms", "p99_ms"}


def bench(name, **options):
    out = StringIO()
    call_command("bench", name, small=True, seconds=0.2, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def sqlite_alone(monkeypatch):
    monkeypatch.setattr(rooms, "postgres_url", lambda: "")


def measured(name):
    run = json.loads(bench(name, json=True))
    assert set(run) == {"machine", "benches", "could_not", "notes"}
    assert set(run["machine"]) == {"cores", "load", "python", "sqlite", "system"}
    assert run["could_not"] == []
    assert set(run["benches"]) == {name}
    return run["benches"][name]


def check_orders(figures):
    assert set(figures) == {
        "one_thread", "several_threads", "statements", "raw", "one_thread_to_raw", "several_threads_to_raw", "sync_ms",
    }  # fmt: skip
    for threads, part in ((1, "one_thread"), (4, "several_threads")):
        assert set(figures[part]) == {"threads", "orders_per_second"} | TIMES
        assert figures[part]["threads"] == threads
        assert figures[part]["count"] >= threads
    for side in ("buy", "sell"):
        counted = figures["statements"][side]
        assert counted["statements"] == sum(len(asked) for asked in counted["by_step"].values())
        assert {"intent", "verdict: kept", "record", "reserve", "dispatch", "venue", "apply", "booking"} <= set(
            counted["by_step"]
        )
        assert "other" not in counted["by_step"]
        assert "INSERT trading_order" in counted["by_step"]["record"]
        assert "INSERT trading_fill" in counted["by_step"]["booking"]
        assert counted["commits"] >= 1


def test_orders_on_sqlite_beside_the_same_writes(sqlite_alone):
    found = measured("orders")
    assert set(found) == {SQLITE}
    check_orders(found[SQLITE])
    raw = found[SQLITE]["raw"]["one_client"]
    assert set(raw) == {"orders_per_second", "statements"} | TIMES
    writes = [
        one
        for asked in found[SQLITE]["statements"]["buy"]["by_step"].values()
        for one in asked
        if one.startswith(("INSERT", "UPDATE"))
    ]
    # Rows that the house inserts or updates together are one statement each for the peer.
    assert raw["statements"] >= len(writes)


@pytest.mark.postgres
def test_orders_on_postgres_leave_no_database_behind(monkeypatch):
    url = rooms.postgres_url()
    if not url:
        pytest.skip("no PostgreSQL answers")
    made = []
    database = rooms.sandbox.database

    @contextmanager
    def noted(url):
        with database(url) as name:
            made.append(name.rpartition("/")[2])
            yield name

    monkeypatch.setattr(rooms.sandbox, "database", noted)
    with psycopg.connect(url, autocommit=True) as line:
        room = rooms.measure(["orders", "--seconds=0.2", "--small"], url=url, seconds_max=120)
        check_orders(room["orders"])
        raw = room["orders"]["raw"]
        if peers.pgbench():
            assert set(raw["one_client"]) == {"orders_per_second", "mean_ms", "statements", "clients"}
            assert (raw["one_client"]["clients"], raw["several_clients"]["clients"]) == (1, 4)
        else:
            assert "pgbench is not installed" in raw["one_client"]["missing"]
        there = {row[0] for row in line.execute("SELECT datname FROM pg_database").fetchall()}
    assert len(made) == 1
    assert not there & set(made)


def test_ticks_beside_plain_numpy(sqlite_alone):
    found = measured("ticks")[SQLITE]
    assert list(found) == ["20", "50"]
    for tick in found.values():
        assert set(tick) == {"tick_and_record", "tick", "record", "plain_numpy", "tick_to_plain", "whole_to_plain"}
        for part in ("tick_and_record", "tick", "record", "plain_numpy"):
            assert set(tick[part]) == TIMES


def check_resting(figures):
    assert set(figures) == {"instruments", "accounts", "sizes", "growth"}
    assert list(figures["sizes"]) == ["30", "60"]
    for look in figures["sizes"].values():
        assert set(look) == {
            "first_look_ms", "bare_read_ms", "quiet_look", "plain_numpy", "one_sql", "ripe", "ripe_look",
            "fills_per_second", "trails", "trails_look_ms", "first_to_bare_read", "quiet_to_numpy", "quiet_to_sql",
        }  # fmt: skip
        for part in ("quiet_look", "plain_numpy", "one_sql", "ripe_look"):
            assert set(look[part]) == TIMES
        assert look["ripe"] == 4
        assert look["ripe_look"]["count"] == 3
        assert look["trails"] > 0
    assert set(figures["growth"]) == {"orders", "first_look", "quiet_look", "ripe_look", "one_sql"}
    assert figures["growth"]["orders"] == 2


def check_candles(figures, by):
    assert set(figures) == {
        "instruments", "plain_tick", "minute_tick", "closing_alone", "candles_per_second", "five_minutes_tick_ms",
        "hour_tick_ms", "bare", "closing_to_bare", "minute_to_plain_tick", "hour_to_bare",
    }  # fmt: skip
    assert set(figures["bare"]) == {"by", "candles_per_second"} | TIMES
    assert by in figures["bare"]["by"]
    counts = [figures[part]["count"] for part in ("plain_tick", "minute_tick", "closing_alone", "bare")]
    assert counts == [10, 4, 4, 12]


def test_resting_orders_are_found_and_filled_on_sqlite(sqlite_alone):
    check_resting(measured("resting")[SQLITE])


def test_a_minute_and_an_hour_are_closed_on_sqlite(sqlite_alone):
    check_candles(measured("candles")[SQLITE], "executemany")


@pytest.mark.postgres
def test_resting_orders_and_candles_on_postgres():
    url = rooms.postgres_url()
    if not url:
        pytest.skip("no PostgreSQL answers")
    room = rooms.measure(["resting", "candles", "--seconds=0.2", "--small"], url=url, seconds_max=120)
    check_resting(room["resting"])
    check_candles(room["candles"], "COPY")


def test_the_fan_out_reaches_every_socket():
    found = measured("fanout")[SQLITE]
    assert (found["sockets"], found["symbols"]) == (6, 3)
    for name, frames in (("frame_per_symbol", 3), ("one_frame", 1)):
        part = found[name]
        assert part["wanted"] == 6 * frames * found["ticks"]
        for who in ("house", "bare"):
            assert part[who]["delivered"] == part["wanted"]
            assert part[who]["sockets_lost"] == 0
            assert set(part[who]) >= TIMES


def test_a_run_is_told_in_words(sqlite_alone):
    text = bench("ticks")
    assert "cores" in text.splitlines()[0]
    assert "Python" in text.splitlines()[0]
    assert "TICKS of the simulated market" in text
    assert "PostgreSQL does not answer" in text


@pytest.fixture
def asked(monkeypatch):
    """The rooms that were asked for, each with what is measured in it; none of them measures."""
    rooms_asked = []

    def fail(arguments, *, url, seconds_max):
        rooms_asked.append((arguments[0], bool(url)))
        raise rooms.NotMeasured("the disk is full")

    monkeypatch.setattr(rooms, "measure", fail)
    return rooms_asked


def test_what_cannot_be_measured_is_said_and_fails(asked, sqlite_alone):
    out = StringIO()
    with pytest.raises(CommandError, match="fanout on SQLite: the disk is full"):
        call_command("bench", "all", small=True, stdout=out, stderr=StringIO())
    assert "Could not be measured: orders on SQLite: the disk is full" in out.getvalue()


EXCHANGE, RISK = ["orders", "ticks", "resting", "candles"], ["verdicts", "stops"]


@pytest.mark.parametrize(
    ("name", "both", "also"),
    [("exchange", EXCHANGE, []), ("risk", RISK, []), ("all", EXCHANGE + RISK, [("reader", False), ("fanout", False)])],
)
def test_a_name_for_several_measures_each_once_on_each_database(asked, monkeypatch, name, both, also):
    monkeypatch.setattr(rooms, "postgres_url", lambda: "postgres://nowhere")
    with pytest.raises(CommandError):
        call_command("bench", name, small=True, stdout=StringIO(), stderr=StringIO())
    assert asked == [(bench, there) for bench in both for there in (False, True)] + also


def test_every_name_is_listed():
    out = StringIO()
    call_command("bench", list=True, stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == [*suite.BENCHES, *suite.GROUPS]


def test_a_room_that_fails_says_why_and_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(rooms.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(rooms.NotMeasured, match="KeyError: 'nonsense'"):
        rooms.measure(["nonsense", "--seconds=0.1"], url="", seconds_max=60)
    assert list(tmp_path.iterdir()) == []


def test_a_room_knows_nothing_of_the_person(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "ENCRYPTION_KEY", "mine")
    environment = rooms.environment_of(str(tmp_path), "sqlite:///x")
    assert "ENCRYPTION_KEY" not in environment
    assert environment["REDIS_URL"] == ""
    assert environment["ARBION_DATA_DIR"] == str(tmp_path)


def test_seconds_have_a_bound():
    with pytest.raises(CommandError, match="--seconds"):
        call_command("bench", "all", seconds=1000.0, stdout=StringIO(), stderr=StringIO())


def test_resting_orders_and_candles_are_told_in_words(sqlite_alone):
    text = bench("resting")
    assert "RESTING orders of 5 accounts in 10 instruments" in text
    assert "2 times the orders" in text
    text = bench("candles")
    assert "CANDLES of 40 instruments" in text
    assert "tick that closes an hour" in text


def check_verdicts(figures):
    assert set(figures) == {"positions", "orders", "empty", "full", "full_to_empty"}
    assert (figures["positions"], figures["orders"]) == (20, 6)
    for part in ("empty", "full"):
        one = figures[part]
        assert set(one) == {"verdict", "statements", "by_table", "bare_selects", "to_bare"}
        assert one["statements"] == len(one["by_table"])
        assert set(one["verdict"]) == set(one["bare_selects"]) == TIMES
        assert "SELECT trading_position" in one["by_table"]
    # As many statements, however much is held: none is asked once a position or an order.
    assert figures["full"]["statements"] <= figures["empty"]["statements"] + 2


def check_stops(figures):
    assert set(figures) == {"quotes", "sizes", "growth"}
    assert list(figures["sizes"]) == ["30", "60"]
    for look in figures["sizes"].values():
        assert set(look) == {"first_look_ms", "quiet_look", "one_sql", "near", "quiet_to_sql"}
        assert {number: near["woken"] for number, near in look["near"].items()} == {"2": 2, "4": 4}
    assert set(figures["growth"]) == {
        "stops", "first_look", "quiet_look", "same_near", "one_sql", "near", "near_look",
    }  # fmt: skip
    assert (figures["growth"]["stops"], figures["growth"]["near"]) == (2, 2)


def test_the_risk_desk_is_measured_and_told_in_words_on_sqlite(sqlite_alone):
    run = json.loads(bench("risk", json=True))
    assert run["could_not"] == []
    check_verdicts(run["benches"]["verdicts"][SQLITE])
    check_stops(run["benches"]["stops"][SQLITE])
    text = words.of(suite.Run(benches=run["benches"]))
    assert "SQLite, 20 positions, 6 open orders" in text
    assert "STOPS at bursts of 10 quotes" in text
    assert "2 times the stops" in text


@pytest.mark.postgres
def test_the_risk_desk_is_measured_on_postgres():
    url = rooms.postgres_url()
    if not url:
        pytest.skip("no PostgreSQL answers")
    room = rooms.measure(["verdicts", "stops", "--seconds=0.2", "--small"], url=url, seconds_max=120)
    check_verdicts(room["verdicts"])
    check_stops(room["stops"])


def test_the_reader_is_measured_beside_its_limit_and_told_in_words():
    run = json.loads(bench("reader", json=True))
    assert run["could_not"] == []
    figures = run["benches"]["reader"][SQLITE]
    assert set(figures) == {
        "sentences", "read", "worked", "slowest", "slowest_ms", "limit_ms", "p95_to_limit", "worked_p95_to_limit",
        "index_ms", "first_sentence_ms",
    }  # fmt: skip
    assert set(figures["read"]) == set(figures["worked"]) == TIMES | {"p95_ms"}
    assert figures["read"]["count"] >= figures["sentences"] == 60
    assert figures["p95_to_limit"] == pytest.approx(figures["read"]["p95_ms"] / figures["limit_ms"], abs=0.001)
    text = words.of(suite.Run(benches=run["benches"]))
    assert "READER: 60 sentences of the tests" in text
    assert "p95 to 10 ms" in text


def test_without_its_sentences_the_reader_is_not_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(sentences, "CORPUS", tmp_path)
    with pytest.raises(rooms.NotMeasured, match="not beside the project"):
        sentences.measure(seconds=0.1, small=True)


def test_a_failure_is_the_last_thing_told():
    assert words.of(suite.Run(could_not=["x"])).endswith("Could not be measured: x")
