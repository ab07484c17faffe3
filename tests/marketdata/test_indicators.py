"""Indicators against TA-Lib itself, against closed forms, and at the edges of their warm-up."""

from __future__ import annotations

import csv
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import talib

from arbion.domain.errors import InvalidInput
from marketdata.indicators import INDICATORS, compute, read_name, read_names

AAPL = Path(__file__).parents[3] / "shared/data/daily/AAPL.csv"
needs_data = pytest.mark.skipif(not AAPL.exists(), reason="the shared market data is not here")


def bars(closes: list[float]) -> list[SimpleNamespace]:
    return [SimpleNamespace(high=Decimal(str(c + 1)), low=Decimal(str(c - 1)), close=Decimal(str(c))) for c in closes]


def wave(count: int) -> list[float]:
    return [round(100 + 10 * np.sin(number / 5) + number % 7, 2) for number in range(count)]


@pytest.fixture(scope="module")
def history() -> dict[str, np.ndarray]:
    with AAPL.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("high", "low", "close")}


def same(ours: list[float | None], theirs: np.ndarray) -> None:
    assert [value is None for value in ours] == np.isnan(theirs).tolist()
    assert np.allclose([value for value in ours if value is not None], theirs[~np.isnan(theirs)], rtol=0, atol=1e-9)


@needs_data
def test_every_series_equals_talib_on_real_prices(history):
    high, low, close = history["high"], history["low"], history["close"]
    rows = [SimpleNamespace(high=h, low=lo, close=c) for h, lo, c in zip(high, low, close, strict=True)]
    ours = compute(["sma_50", "ema_20", "rsi", "rsi_21", "atr", "macd", "macd_8_21_5", "bollinger_20_2.5"], rows)
    assert list(ours) == [
        "sma_50", "ema_20", "rsi", "rsi_21", "atr", "macd", "macd_signal", "macd_histogram", "macd_8_21_5",
        "macd_8_21_5_signal", "macd_8_21_5_histogram", "bollinger_20_2.5_upper", "bollinger_20_2.5_middle",
        "bollinger_20_2.5_lower",
    ]  # fmt: skip
    same(ours["sma_50"], talib.SMA(close, 50))
    same(ours["ema_20"], talib.EMA(close, 20))
    same(ours["rsi"], talib.RSI(close, 14))
    same(ours["rsi_21"], talib.RSI(close, 21))
    same(ours["atr"], talib.ATR(high, low, close, 14))
    for names, lengths in ((("macd", "macd_signal", "macd_histogram"), (12, 26, 9)),):
        for name, theirs in zip(names, talib.MACD(close, *lengths), strict=True):
            same(ours[name], theirs)
    for suffix, theirs in zip(("upper", "middle", "lower"), talib.BBANDS(close, 20, 2.5, 2.5), strict=True):
        same(ours[f"bollinger_20_2.5_{suffix}"], theirs)


@needs_data
def test_golden_values_of_apple_on_its_last_day(history):
    rows = [
        SimpleNamespace(high=h, low=lo, close=c)
        for h, lo, c in zip(history["high"], history["low"], history["close"], strict=True)
    ]
    last = {name: values[-1] for name, values in compute(["sma_50", "bollinger"], rows).items()}
    close = history["close"]
    assert last["sma_50"] == pytest.approx(close[-50:].sum() / 50, abs=1e-9)
    assert last["bollinger_middle"] == pytest.approx(close[-20:].mean(), abs=1e-9)
    assert last["bollinger_upper"] == pytest.approx(close[-20:].mean() + 2 * close[-20:].std(), abs=1e-9)
    assert last["bollinger_lower"] == pytest.approx(close[-20:].mean() - 2 * close[-20:].std(), abs=1e-9)


def test_closed_forms():
    closes = wave(60)
    found = compute(["ema_10", "rsi_5", "atr_3"], bars(closes))
    ema = sum(closes[:10]) / 10
    for value in closes[10:]:
        ema += (value - ema) * 2 / 11
    assert found["ema_10"][-1] == pytest.approx(ema, abs=1e-9)
    moves = np.diff(closes)
    up, down = np.maximum(moves, 0), np.maximum(-moves, 0)
    gain, loss = up[:5].mean(), down[:5].mean()
    for rise, fall in zip(up[5:], down[5:], strict=True):
        gain, loss = (gain * 4 + rise) / 5, (loss * 4 + fall) / 5
    assert found["rsi_5"][-1] == pytest.approx(100 * gain / (gain + loss), abs=1e-9)
    ranges = [max(2, abs(c + 1 - p), abs(c - 1 - p)) for p, c in pairwise(closes)]
    atr = sum(ranges[:3]) / 3
    for value in ranges[3:]:
        atr = (atr * 2 + value) / 3
    assert found["atr_3"][-1] == pytest.approx(atr, abs=1e-9)


@pytest.mark.parametrize("name", ["sma_50", "ema_20", "rsi", "atr", "macd", "bollinger", "macd_5_10_4"])
def test_the_first_value_comes_right_after_the_warm_up(name):
    chosen = read_name(name)
    for count in (0, 1, chosen.warm_up, chosen.warm_up + 1, chosen.warm_up + 5):
        found = compute([name], bars(wave(count)))
        assert tuple(found) == chosen.series_names
        for values in found.values():
            defined = [number for number, value in enumerate(values) if value is not None]
            assert len(values) == count
            assert defined == list(range(chosen.warm_up, count)), (name, count)


def test_too_few_bars_are_nothing_to_warn_of(caplog):
    with caplog.at_level("DEBUG"):
        found = compute(list(INDICATORS), bars(wave(5)))
    assert {tuple(values) for values in found.values()} == {(None,) * 5}
    assert caplog.records == []


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ("", "required"),
        (" , ", "required"),
        ("astrology", "unknown_indicator"),
        ("rsi_", "unknown_indicator"),
        ("rsi_-5", "unknown_indicator"),
        ("rsi_٣", "unknown_indicator"),
        ("rsi_1", "parameter_out_of_range"),
        ("sma_501", "parameter_out_of_range"),
        ("sma_2.5", "parameter_out_of_range"),
        ("macd_26_12", "parameter_out_of_range"),
        ("bollinger_20_0", "parameter_out_of_range"),
        ("rsi_14_2", "too_many_parameters"),
        (",".join(f"sma_{number}" for number in range(2, 23)), "too_many"),
    ],
)
def test_bad_names_are_refused(names, code):
    with pytest.raises(InvalidInput) as refusal:
        read_names(names)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("names", code)]
