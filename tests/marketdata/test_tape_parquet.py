"""Histories as Parquet files: read like CSV of the same name, refused whole when something is wrong."""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import fastparquet
import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command

from marketdata import parquet_reader, tape_parquet
from marketdata.errors import InvalidTape
from marketdata.models import Tape, TapeBar
from marketdata.tape_file import read_tape_file
from tests.marketdata.factories import make_instrument

NEW_YORK = ZoneInfo("America/New_York")
DAYS = ["2020-01-01", "2020-01-02", "2020-01-03"]
FIGURES: dict[str, Any] = {
    "open": [10.1, 12.0, 7.25], "high": [14.0, 13.0, 9.0], "low": [8.0, 6.0, 7.0], "close": [12.0, 7.3, 9.0],
    "volume": [1000, 2000, 400],
}  # fmt: skip


def write(path: Path, **columns: Any) -> Path:
    fastparquet.write(str(path), pd.DataFrame(columns), write_index=False)
    return path


@pytest.mark.parametrize(
    "days",
    [
        pytest.param(DAYS, id="text"),
        pytest.param(pd.to_datetime(DAYS), id="times"),
        pytest.param(pd.to_datetime(DAYS).tz_localize("UTC"), id="moments"),
    ],
)
def test_days_are_read_whatever_their_type(days, tmp_path) -> None:
    found = read_tape_file(write(tmp_path / "x.parquet", Date=days, **FIGURES, other=[1, 2, 3]), zone=NEW_YORK)
    assert (found.interval, found.name) == ("1d", "x.parquet")
    assert [bar.opens_at for bar in found.bars] == [datetime(2020, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    assert [bar.close for bar in found.bars] == [Decimal(12), Decimal("7.3"), Decimal(9)]
    assert [bar.volume for bar in found.bars] == [1000, 2000, 400]


def test_single_precision_keeps_its_cents(tmp_path) -> None:
    columns = {name: np.array(values, np.float32) for name, values in FIGURES.items()}
    found = read_tape_file(write(tmp_path / "x.parquet", date=DAYS, **columns), zone=NEW_YORK)
    assert found.bars[0].open == Decimal("10.1")


def test_minutes_are_local_or_moments(tmp_path) -> None:
    minutes = pd.to_datetime(["2014-06-09T09:30", "2014-06-09T09:31", "2014-06-09T09:33"])
    local = read_tape_file(write(tmp_path / "a.parquet", local_time=minutes, **FIGURES), zone=NEW_YORK)
    moments = minutes.tz_localize("America/New_York").tz_convert("UTC")
    same = read_tape_file(write(tmp_path / "b.parquet", time=moments, **FIGURES), zone=NEW_YORK)
    assert local.bars == same.bars
    assert local.interval == same.interval == "1m"
    assert local.bars[0].opens_at == datetime(2014, 6, 9, 13, 30, tzinfo=UTC)


def test_csv_takes_moments_too(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "time,open,high,low,close,volume\n2014-06-09T13:30:00Z,1,2,1,2,5\n2014-06-09T09:31-04:00,1,2,1,2,5\n"
    )
    found = read_tape_file(path, zone=NEW_YORK)
    assert [bar.opens_at.minute for bar in found.bars] == [30, 31]
    path.write_text("time,open,high,low,close,volume\n2014-06-09T13:30:00,1,2,1,2,5\n")
    with pytest.raises(InvalidTape, match="needs its zone"):
        read_tape_file(path, zone=NEW_YORK)


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no volume": (
        {name: FIGURES[name] for name in ("open", "high", "low", "close")} | {"date": DAYS},
        "file",
        "wrong_header",
    ),
    "no time": (FIGURES, "file", "wrong_header"),
    "not a number": (FIGURES | {"date": DAYS, "close": [12.0, np.nan, 9.0]}, "row 2", "not_a_number"),
    "infinite": (FIGURES | {"date": DAYS, "high": [14.0, 13.0, np.inf]}, "row 3", "not_a_number"),
    "not in order": (FIGURES | {"date": DAYS[::-1]}, "row 2", "not_in_order"),
    "negative": (FIGURES | {"date": DAYS, "low": [-8.0, 6.0, 7.0]}, "row 1", "not_positive"),
    "not a day": (
        FIGURES | {"date": pd.to_datetime(["2020-01-01T10:00", *DAYS[1:]], format="ISO8601")},
        "row 1",
        "not_a_time",
    ),
    "seconds": (
        FIGURES | {"local_time": pd.to_datetime(["2020-01-01T10:00:30", *DAYS[1:]], format="ISO8601")},
        "row 1",
        "not_a_time",
    ),
    "nothing": ({name: [] for name in ("date", *FIGURES)}, "file", "empty"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_changes_nothing(case, tmp_path) -> None:
    columns, field, code = BAD[case]
    make_instrument("AAPL")
    call_command("load_tape", str(write(tmp_path / "AAPL.parquet", date=DAYS, **FIGURES)), stdout=sys.stderr)
    before = list(Tape.objects.values()), list(TapeBar.objects.values())
    with pytest.raises(InvalidTape) as refused:
        read_tape_file(write(tmp_path / "bad.parquet", **columns), zone=NEW_YORK)
    assert (refused.value.errors[0].field, refused.value.errors[0].code) == (field, code)
    assert (list(Tape.objects.values()), list(TapeBar.objects.values())) == before
    assert Tape.objects.get().instrument.symbol == "AAPL"  # the file's name is its instrument


def test_torn_files_are_refused_in_words(tmp_path) -> None:
    whole = write(tmp_path / "x.parquet", date=DAYS, **FIGURES).read_bytes()
    chance = random.Random(4)
    path = tmp_path / "torn.parquet"
    for number in range(12):
        torn = bytearray(whole)
        if number % 3 == 0:
            torn = torn[: chance.randrange(4, len(torn))]
        else:
            for _ in range(chance.randrange(1, 30)):
                torn[chance.randrange(4, len(torn))] = chance.randrange(256)
        path.write_bytes(bytes(torn))
        with suppress(InvalidTape):  # or it is read: what was hit may not matter
            read_tape_file(path, zone=NEW_YORK)


def test_a_reader_that_crashes_is_a_refusal(tmp_path, monkeypatch) -> None:
    crashing = tmp_path / "reader.py"
    crashing.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(tape_parquet, "READER", crashing)
    with pytest.raises(InvalidTape, match="not a Parquet file"):
        read_tape_file(write(tmp_path / "x.parquet", date=DAYS, **FIGURES), zone=NEW_YORK)


def test_without_the_reader_it_says_so(tmp_path, monkeypatch) -> None:
    path = write(tmp_path / "x.parquet", date=DAYS, **FIGURES)
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    with pytest.raises(parquet_reader.Refused, match="needs the package fastparquet"):
        parquet_reader.read(str(path), 10, ["date"], list(FIGURES))
