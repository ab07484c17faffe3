"""Writes instruments.csv from the pytickersymbols data set and the hand-written lists; run while developing only.

Run as ``python -m marketdata.catalogue.build``. Company names, listings and industries come from the package
pytickersymbols, published under the MIT licence (copyright its authors); its data is read here and never at run time.
Prices, drift and volatility are the simulated market's opening values: round, plausible levels for the best-known
names and a seeded draw for the rest. They are not quotes.
"""

import csv
import random
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pytickersymbols import PyTickerSymbols

from marketdata.catalogue.handwritten import COINS, EQUITIES, ETFS
from marketdata.catalogue.nicknames import KNOWN

TARGET = Path(__file__).with_name("instruments.csv")
COLUMNS = (
    "symbol", "name", "asset_class", "exchange", "currency", "sector", "price_increment", "size_increment", "tradable",
    "rank", "aliases", "base_price", "drift", "volatility",
)  # fmt: skip
SEED = 20261120
US_EXCHANGES = frozenset({"NYSE", "NASDAQ"})
HOME_EXCHANGES = {
    "L": ("LSE", "GBP"), "DE": ("XETRA", "EUR"), "F": ("FRA", "EUR"), "PA": ("EPA", "EUR"), "AS": ("AMS", "EUR"),
    "MC": ("BME", "EUR"), "BR": ("EBR", "EUR"), "HE": ("HEL", "EUR"), "ST": ("STO", "SEK"), "SW": ("SWX", "CHF"),
    "T": ("TYO", "JPY"), "MI": ("BIT", "EUR"),
}  # fmt: skip
FORMER_TICKERS = frozenset(
    {"UN", "TOT", "ISG", "XON", "HRS", "HCP", "PEAK", "BLL", "BALY", "WLTW", "SI", "ESGRO", "CGG", "ABB"}
)
# Companies to which the source gives another company's US ticker.
MISTAKEN = frozenset({"BIC Group", "Orion Corporation (pharmaceutical company)", "STABILUS SE"})
US_TICKER = re.compile(r"^[A-Z]{1,5}(\.[A-Z])?$")
INDEX_RANKS = (("DOW JONES", 1000), ("S&P 100", 1200), ("NASDAQ 100", 1400), ("S&P 500", 2000), ("S&P 600", 4000))
SECTORS = (
    "Technology", "Health Care", "Healthcare", "Financials", "Financial services", "Energy", "Utilities", "Industrials",
    "Materials", "Real Estate", "Communication", "Telecommunications", "Consumer",
)  # fmt: skip
STEADY = frozenset({"Utilities", "Consumer", "Real Estate", "Financials", "Health Care"})


def index_ranks(source: PyTickerSymbols) -> dict[str, int]:
    """The best rank each company earns by the indices it belongs to."""
    ranks: dict[str, int] = {}
    for index, rank in INDEX_RANKS:
        for company in source.get_stocks_by_index(index):
            ranks.setdefault(company["name"], rank)
    return ranks


def us_line(company: dict[str, Any], *, in_us_index: bool) -> tuple[str, str] | None:
    """The ticker and exchange of a company's US listing, if it has one."""
    if company["name"] in MISTAKEN:
        return None
    lines = [line for line in company.get("symbols") or () if line["currency"] == "USD"]
    tickers: dict[str, str] = {}
    for line in lines:
        exchange, _, ticker = line["google"].rpartition(":")
        ticker = ticker.replace("-", ".")
        if ticker not in FORMER_TICKERS and US_TICKER.match(ticker) and (exchange in US_EXCHANGES or exchange == ""):
            tickers[ticker] = exchange or guess_exchange(company, ticker)
    home = (company.get("symbol") or "").replace("-", ".")
    if home in tickers:
        return home, tickers[home]
    if US_TICKER.match(home) and (in_us_index or home in KNOWN):
        return home, guess_exchange(company, home)
    return next(reversed(tickers.items()), None)


def guess_exchange(company: dict[str, Any], ticker: str) -> str:
    """Where a US ticker is listed when the source gives the ticker alone."""
    listed = str((company.get("metadata") or {}).get("traded_as", "")).lower()
    if "nasdaq" in listed:
        return "NASDAQ"
    if "nyse" in listed:
        return "NYSE"
    return "NASDAQ" if len(ticker) > 3 else "NYSE"


def clean_name(name: str) -> str:
    """A company's name without the encyclopaedia's remarks in brackets."""
    return re.sub(r"\s+", " ", re.sub(r"\s*\((?!Class)[^)]*\)", "", name)).strip()


def sector_of(company: dict[str, Any]) -> str:
    """One plain sector word out of the many industry words of the source."""
    words = " | ".join(company.get("industries") or ())
    for sector in SECTORS:
        if sector.lower() in words.lower():
            return {"Healthcare": "Health Care", "Financial services": "Financials"}.get(sector, sector)
    return str((company.get("industries") or ["Other"])[0])


def draw(symbol: str, sector: str, *, asset_class: str = "equity") -> dict[str, str]:
    """A deterministic opening price, drift and volatility for one symbol."""
    rng = random.Random(f"{SEED}:{symbol}")
    price = Decimal(str(round(rng.lognormvariate(4.2, 0.8), 2)))
    low, high = (0.16, 0.30) if sector in STEADY else (0.22, 0.48)
    known = KNOWN.get(symbol, ("", ""))[1]
    return {
        "base_price": known or str(max(price, Decimal(2))),
        "drift": str(round(rng.uniform(0.02, 0.11), 3)),
        "volatility": str(round(rng.uniform(low, high), 3)),
        "asset_class": asset_class,
        "price_increment": "0.01",
        "size_increment": "0.0001",
    }


def company_rows(source: PyTickerSymbols) -> Iterator[dict[str, str]]:
    """Every company of the source: its US line where there is one, else its home line, searchable but not tradable."""
    ranks = index_ranks(source)
    fame = {symbol: number for number, symbol in enumerate(KNOWN, start=1)}
    for company in source.get_all_stocks():
        name = clean_name(company["name"])
        rank = ranks.get(company["name"], 6000)
        line = us_line(company, in_us_index=company["name"] in ranks)
        if line:
            symbol, exchange, currency, tradable = line[0], line[1], "USD", "true"
        else:
            symbol = company.get("symbol") or ""
            exchange, currency = HOME_EXCHANGES.get(symbol.rpartition(".")[2], ("OTHER", "EUR"))
            rank, tradable = 8000, "false"
        if not symbol:
            continue
        sector = sector_of(company)
        yield {
            "symbol": symbol, "name": name, "exchange": exchange, "currency": currency, "sector": sector,
            "tradable": tradable, "rank": str(fame.get(symbol, rank)), "aliases": KNOWN.get(symbol, ("", ""))[0],
            **draw(symbol, sector),
        }  # fmt: skip


def handwritten_rows() -> Iterator[dict[str, str]]:
    """The listings, funds and coins the source does not have."""
    fame = {symbol: number for number, symbol in enumerate(KNOWN, start=1)}
    for symbol, (name, exchange, sector) in EQUITIES.items():
        yield {
            "symbol": symbol, "name": name, "exchange": exchange, "currency": "USD", "sector": sector,
            "tradable": "true", "rank": str(fame.get(symbol, 1800)), "aliases": KNOWN.get(symbol, ("", ""))[0],
            **draw(symbol, sector),
        }  # fmt: skip
    for number, (symbol, (name, price, volatility, aliases)) in enumerate(ETFS.items()):
        yield {
            "symbol": symbol, "name": name, "exchange": "NYSE Arca", "currency": "USD", "sector": "Fund",
            "tradable": "true", "rank": str(100 + number), "aliases": aliases,
            **draw(symbol, "Fund", asset_class="etf"), "base_price": price, "volatility": volatility,
        }  # fmt: skip
    for number, (symbol, coin) in enumerate(COINS.items()):
        name, price, tick, lot, volatility, aliases = coin
        yield {
            "symbol": symbol, "name": name, "exchange": "CRYPTO", "currency": "USD", "sector": "Crypto",
            "tradable": "true", "rank": str(5 + number * 10), "aliases": aliases,
            **draw(symbol, "Crypto", asset_class="crypto"), "base_price": price, "volatility": volatility,
            "price_increment": tick, "size_increment": lot,
        }  # fmt: skip


def unique(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The rows by rank, one for each symbol and one for each name; the first writer of a symbol wins."""
    by_symbol: dict[str, dict[str, str]] = {}
    for row in rows:
        by_symbol.setdefault(row["symbol"], row)
    return sorted(by_symbol.values(), key=lambda row: (row["tradable"] != "true", int(row["rank"]), row["symbol"]))


def build() -> int:
    """Write the file and say how many instruments it holds."""
    rows = unique([*handwritten_rows(), *company_rows(PyTickerSymbols())])
    with TARGET.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


if __name__ == "__main__":
    raise SystemExit(0 if build() else 1)
