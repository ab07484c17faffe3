"""Our values against a real chain: Apple's options on the days before and after its split of June 2014."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from marketdata.options.implied import implied_volatility
from marketdata.options.pricing import Options, value

FILE = Path(__file__).resolve().parents[4] / "shared" / "data" / "options" / "AAPL_2014.csv.gz"
SPOTS = {date(2014, 6, 6): 645.57, date(2014, 6, 9): 93.70}
EX_DIVIDEND = date(2014, 8, 7)
RATE, DIVIDEND_YIELD = 0.002, 0.02

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not on this machine")


@pytest.fixture(scope="module", params=sorted(SPOTS))
def market(request):
    """Contracts near the money with a week or more to go: what they are, their middle prices and half spreads."""
    today, spot = request.param, SPOTS[request.param]
    rows = []
    with gzip.open(FILE, "rt") as file:
        for row in csv.DictReader(file):
            days = (date.fromisoformat(row["expiration"]) - today).days
            is_near = abs(np.log(float(row["strike"]) / spot)) < 0.1
            if row["date"] == str(today) and row["bid_close"] and row["ask_close"] and days >= 7 and is_near:
                rows.append((row, days))
    bid, ask = (np.array([float(row[name]) for row, _ in rows]) for name in ("bid_close", "ask_close"))
    paying = np.array([date.fromisoformat(row["expiration"]) > EX_DIVIDEND for row, _ in rows])
    options = Options.of(
        is_call=[row["right"] == "call" for row, _ in rows],
        spot=spot,
        strike=[float(row["strike"]) for row, _ in rows],
        years=[days / 365 for _, days in rows],
        rate=RATE,
        dividend_yield=np.where(paying, DIVIDEND_YIELD, 0.0),
        volatility=0.0,
    )
    return options, (bid + ask) / 2, (ask - bid) / 2


def test_real_prices_imply_sane_volatilities_which_give_them_back(market):
    options, middle, _ = market
    implied = implied_volatility(middle, options)
    assert len(options) > 400
    found = np.isfinite(implied)
    assert found.mean() > 0.95
    assert np.quantile(implied[found], [0.02, 0.98]) == pytest.approx([0.25, 0.25], abs=0.12)
    assert np.median(implied[found]) == pytest.approx(0.24, abs=0.03)
    again = value(_with(options.pick(found), implied[found]))
    assert np.abs(again - middle[found]).max() < 1e-5


def test_what_puts_imply_prices_the_calls(market):
    """One volatility for both sides of a strike: half of the calls come out within their own spread, most near it."""
    options, middle, half = market
    implied = implied_volatility(middle, options)
    puts = {
        (options.strike[place], options.years[place]): implied[place]
        for place in np.flatnonzero(~options.is_call & np.isfinite(implied))
    }
    calls = [
        place
        for place in np.flatnonzero(options.is_call)
        if (options.strike[place], options.years[place]) in puts and np.isfinite(implied[place])
    ]
    borrowed = np.array([puts[options.strike[place], options.years[place]] for place in calls])
    assert len(calls) > 150
    assert np.quantile(np.abs(implied[calls] - borrowed), 0.75) < 0.02
    away = np.abs(value(_with(options.pick(np.array(calls)), borrowed)) - middle[calls])
    assert np.median(away / np.maximum(half[calls], 0.01)) < 4
    assert np.median(away / options.spot[0]) < 0.002


def _with(options: Options, volatility: np.ndarray) -> Options:
    return Options(
        is_call=options.is_call,
        spot=options.spot,
        strike=options.strike,
        years=options.years,
        rate=options.rate,
        dividend_yield=options.dividend_yield,
        volatility=volatility,
    )
