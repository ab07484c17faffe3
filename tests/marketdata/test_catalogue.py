"""The shipped catalogue: what it holds, that every row is sound, and that its build is repeatable."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from marketdata.catalogue import build, rows

ROWS = {row.symbol: row for row in rows()}


def test_it_holds_companies_funds_and_coins() -> None:
    kinds = Counter(row.asset_class for row in rows())
    assert set(kinds) == {"equity", "etf", "crypto"}
    assert kinds["equity"] >= 1800
    assert 55 <= kinds["etf"] <= 80
    assert kinds["crypto"] == 20


def test_symbols_are_unique_and_the_file_is_read_once() -> None:
    assert len(ROWS) == len(rows())
    assert rows() is rows()


def test_every_row_is_sound() -> None:
    for row in rows():
        assert row.name, row.symbol
        assert row.price_increment > 0, row.symbol
        assert row.size_increment > 0, row.symbol
        assert row.base_price > 0, row.symbol
        assert 0 < row.volatility < 2, row.symbol
        assert -1 < row.drift < 1, row.symbol
        assert row.currency.isalpha(), row.symbol
        assert len(row.currency) == 3, row.symbol
        assert (row.asset_class == "crypto") == row.symbol.endswith("-USD")


def test_tradable_rows_come_first_and_are_in_dollars() -> None:
    flags = [row.tradable for row in rows()]
    assert flags == sorted(flags, reverse=True)
    assert {row.currency for row in rows() if row.tradable} == {"USD"}
    assert {row.price_increment for row in rows() if row.tradable and row.asset_class != "crypto"} == {Decimal("0.01")}
    assert {row.size_increment for row in rows() if row.asset_class != "crypto"} == {Decimal("0.0001")}
    assert all(row.size_increment <= Decimal("0.000001") for row in rows() if row.symbol in {"BTC-USD", "ETH-USD"})


@pytest.mark.parametrize(
    "symbol",
    [
        "AAPL",
        "MSFT",
        "NVDA",
        "TSLA",
        "AMZN",
        "GOOGL",
        "GOOG",
        "META",
        "BRK.B",
        "BRK.A",
        "F",
        "T",
        "V",
        "BAC",
        "DIS",
        "NKE",
        "KO",
        "GME",
        "AMC",
        "PLTR",
        "COIN",
        "HOOD",
        "SOFI",
        "RIVN",
        "NOW",
        "ALL",
        "SPY",
        "QQQ",
        "IWM",
        "DIA",
        "VOO",
        "VTI",
        "GLD",
        "SLV",
        "TLT",
        "XLF",
        "BTC-USD",
        "ETH-USD",
        "SOL-USD",
        "DOGE-USD",
    ],
)
def test_the_well_known_are_there_and_tradable(symbol: str) -> None:
    assert ROWS[symbol].tradable


@pytest.mark.parametrize(
    ("symbol", "alias"),
    [
        ("AAPL", "Apple"),
        ("GOOGL", "Google"),
        ("META", "Facebook"),
        ("KO", "coke"),
        ("BRK.B", "Berkshire"),
        ("SPY", "the spiders"),
        ("BTC-USD", "btc"),
        ("ETH-USD", "ether"),
        ("DOGE-USD", "doge"),
    ],
)
def test_nicknames(symbol: str, alias: str) -> None:
    assert alias in ROWS[symbol].aliases


def test_foreign_listings_are_searchable_but_not_tradable() -> None:
    assert not ROWS["SIE.DE"].tradable
    assert (ROWS["SIE.DE"].exchange, ROWS["SIE.DE"].currency) == ("XETRA", "EUR")


def test_the_build_draws_the_same_figures_every_time() -> None:
    assert build.draw("XYZQ", "Technology") == build.draw("XYZQ", "Technology")
    assert build.draw("XYZQ", "Technology") != build.draw("XYZR", "Technology")


def test_a_us_line_is_preferred_and_a_former_ticker_refused() -> None:
    lines = [
        {"google": "FRA:APC", "currency": "EUR"},
        {"google": "NYSE:XON", "currency": "USD"},
        {"google": "NYSE:XOM", "currency": "USD"},
    ]
    company = {"name": "Exxon", "symbol": "XOM", "symbols": lines}
    assert build.us_line(company, in_us_index=False) == ("XOM", "NYSE")
    assert build.us_line({"name": "X", "symbol": "X.DE", "symbols": lines[:1]}, in_us_index=False) is None
