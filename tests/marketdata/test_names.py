"""Finding instruments by name: exact, alias, near miss, ambiguous, and not at all."""

from __future__ import annotations

from functools import cache

import pytest

from marketdata.catalogue import rows
from marketdata.names import ALIAS, EXACT, NAME, NEAR, WORD, NameIndex, NameRow, fold, short_forms
from marketdata.nearness import distance


@cache
def index() -> NameIndex:
    return NameIndex.build(rows())


@pytest.mark.parametrize(
    ("words", "symbol", "how"),
    [
        ("AAPL", "AAPL", EXACT),
        ("$AAPL", "AAPL", EXACT),
        ("brk.b", "BRK.B", EXACT),
        ("btc-usd", "BTC-USD", EXACT),
        ("apple", "AAPL", ALIAS),
        ("google", "GOOGL", ALIAS),
        ("Facebook", "META", ALIAS),
        ("Coca-Cola", "KO", ALIAS),
        ("coca cola", "KO", ALIAS),
        ("coke", "KO", ALIAS),
        ("the spiders", "SPY", ALIAS),
        ("bitcoin", "BTC-USD", ALIAS),
        ("ether", "ETH-USD", ALIAS),
        ("doge", "DOGE-USD", ALIAS),
        ("BRK-B", "BRK.B", ALIAS),
        ("Micron Technology", "MU", NAME),
        ("starbucks", "SBUX", ALIAS),
        ("procter", "PG", WORD),
        ("johnson and johnson", "JNJ", NAME),
        ("mircosoft", "MSFT", NEAR),
        ("nvida", "NVDA", NEAR),
        ("telsa", "TSLA", NEAR),
        ("coca colla", "KO", NEAR),
        ("bank of amercia", "BAC", NEAR),
        ("teslla", "TSLA", NEAR),
        ("amzon", "AMZN", NEAR),
        ("disny", "DIS", NEAR),
    ],
)
def test_find(words: str, symbol: str, how: str) -> None:
    match = index().find(words)
    assert match.is_sure
    assert match.best is not None
    assert (match.best.symbol, match.best.how) in {(symbol, how), (symbol, NAME), (symbol, ALIAS)}


@pytest.mark.parametrize(
    "words", ["Foobarcorp", "", "xq", "zzzzzz", "weather", "song", "sofa", "monitor", "city", "apples"]
)
def test_nothing_is_found_where_nothing_is_near(words: str) -> None:
    assert index().find(words).candidates == ()


def test_two_candidates_are_ambiguous() -> None:
    match = index().find("united")
    assert match.is_ambiguous
    assert not match.is_sure
    assert {"UAL", "UNH"} & {item.symbol for item in match.candidates} or len(match.candidates) >= 2


def test_a_tradable_namesake_wins() -> None:
    made = NameIndex.build(
        [NameRow("ACM.L", "Acme plc", "equity", (), False, 8000), NameRow("ACME", "Acme Inc.", "equity", (), True, 500)]
    )
    best = made.find("acme").best
    assert best is not None
    assert best.symbol == "ACME"


def test_longest_takes_the_most_words_it_can() -> None:
    words = ["buy", "10", "bank", "of", "america", "at", "40"]
    found = index().longest(words, 2)
    assert found is not None
    match, length = found
    assert (match.best.symbol if match.best else None, length) == ("BAC", 3)
    assert index().longest(words, 1) is None


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("aapl", "AAPL"),
        ("aple", "AAPL"),
        ("google", "GOOGL"),
        ("coca cola", "KO"),
        ("mircosoft", "MSFT"),
        ("btc", "BTC-USD"),
        ("micro", "MSFT"),
        ("berk", "BRK.B"),
        ("fargo", "WFC"),
    ],
)
def test_search_box(text: str, symbol: str) -> None:
    assert symbol in [item.symbol for item in index().search(text, 10)]


def test_a_misspelled_famous_name_that_is_a_ticker_too_has_two_candidates() -> None:
    found = index().find("aple")
    assert [item.symbol for item in found.candidates] == ["AAPL", "APLE"]
    assert found.is_ambiguous
    assert [item.symbol for item in index().find("APLE").candidates] == ["APLE"]
    assert [item.symbol for item in index().search("aple", 10)][:2] == ["AAPL", "APLE"]


def test_search_puts_the_ticker_itself_first_and_keeps_its_limit() -> None:
    assert index().search("goog", 5)[0].symbol == "GOOG"
    assert len(index().search("a", 7)) == 7
    assert index().search("  ", 5) == []


def test_short_forms_drop_legal_tails() -> None:
    assert short_forms("The Example Company, Inc.")[-1] == "example"
    assert fold("  É.ON,  SE. ") == "e.on se"


def test_distance_counts_a_swap_as_one() -> None:
    assert distance("telsa", "tesla", 2) == 1
    assert distance("apple", "aple", 1) == 1
    assert distance("apple", "orange", 2) == 3
