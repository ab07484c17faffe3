"""Sentences made by template, each with the order it must come back as."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

NAMES = {
    "AAPL": ("apple", "AAPL", "aapl", "Apple", "$AAPL", "apple stock"), "TSLA": ("tesla", "TSLA", "Tesla shares"),
    "KO": ("coca-cola", "coke", "Coca Cola", "KO"), "F": ("ford", "F", "Ford Motor"), "BRK.B": ("BRK.B", "berkshire"),
    "BTC-USD": ("bitcoin", "BTC", "btc"), "ETH-USD": ("ethereum", "ether", "ETH"), "SPY": ("SPY", "the s&p 500", "spy"),
    "JNJ": ("johnson & johnson", "johnson and johnson"), "BAC": ("bank of america", "BAC"), "NVDA": ("nvidia", "nvda"),
}  # fmt: skip
BUYS = (
    "buy",
    "purchase",
    "grab",
    "pick up",
    "get me",
    "please buy",
    "could you buy",
    "I'd like to buy",
    "scoop up",
    "go ahead and buy",
)
SELLS = (
    "sell",
    "unload",
    "dump",
    "please sell",
    "can you sell",
    "I want to sell",
    "get rid of",
    "offload",
    "let's sell",
)
SIZES = (
    ("10", "10"),
    ("ten", "10"),
    ("2.5", "2.5"),
    ("a dozen", "12"),
    ("1,000", "1000"),
    ("twenty-five", "25"),
    ("100", "100"),
)
MONEY = (
    ("$500", "500"),
    ("500 dollars", "500"),
    ("$1,250.50", "1250.50"),
    ("2 grand", "2000"),
    ("$2k", "2000"),
    ("fifty bucks", "50"),
)
TAILS = ("", " please", " now", ", thanks", " right away")
LIMITS = (
    " at {p}",
    " @ {p}",
    " limit {p}",
    " at a limit of {p}",
    " with a limit price of ${p}",
    " at {p} or better",
    " at ${p} each",
)
TIMES = (
    ("", ""),
    (" good till cancelled", "gtc"),
    (" gtc", "gtc"),
    (" ioc", "ioc"),
    (" fill or kill", "fok"),
    (" day only", "day"),
)
FALLS = (
    "if it falls to {p}",
    "if it drops below {p}",
    "when it dips to {p}",
    "if it goes under {p}",
    "once the price falls to ${p}",
)
RISES = (
    "when it hits {p}",
    "if it rises to {p}",
    "once it reaches {p}",
    "when it climbs above {p}",
    "if the price gets to ${p}",
)
PRICES = ("180", "42.5", "0.35", "1,250")


def order(symbol: str, side: str, **fields: Any) -> dict[str, Any]:
    """The action a template must come back as."""
    crypto = symbol.endswith("-USD")
    kind = "crypto" if crypto else "etf" if symbol == "SPY" else "equity"
    when = fields.pop("when", None)
    terms = {
        "symbol": symbol, "asset_class": kind, "side": side, "order_type": "market",
        "time_in_force": "gtc" if crypto else "day", **{key: value for key, value in fields.items() if value},
    }  # fmt: skip
    return {"type": "place_order", "order": terms} | ({"when": when} if when else {})


def everything() -> Iterator[tuple[str, dict[str, Any]]]:
    """All sentences of all templates."""
    names = [(symbol, word) for symbol, words in NAMES.items() for word in words]
    for (symbol, word), verb, (size, value), tail in itertools.product(names, BUYS + SELLS, SIZES, TAILS):
        side = "buy" if verb in BUYS else "sell"
        yield f"{verb} {size} {word}{tail}", order(symbol, side, quantity=value)
        yield f"{verb} {size} shares of {word}{tail}", order(symbol, side, quantity=value)
    for (symbol, word), verb, (size, value) in itertools.product(names, BUYS + SELLS, MONEY):
        side = "buy" if verb in BUYS else "sell"
        yield f"{verb} {size} of {word}", order(symbol, side, notional=value)
        yield f"{verb} {size} worth of {word}", order(symbol, side, notional=value)
    yield from priced(names)
    yield from waiting(names)


def priced(names: list[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Limit orders in several times in force."""
    for (symbol, word), verb, limit, price, (time, force) in itertools.product(
        names, ("buy", "sell"), LIMITS, PRICES, TIMES
    ):
        fields = {"quantity": "5", "order_type": "limit", "limit_price": price.replace(",", ""), "time_in_force": force}
        yield f"{verb} 5 {word}{limit.format(p=price)}{time}", order(symbol, verb, **fields)


def waiting(names: list[tuple[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Orders that wait for a price: stops where they follow the move, conditions where they meet it."""
    for (symbol, word), price in itertools.product(names, PRICES):
        value = price.replace(",", "")
        low = {"symbol": symbol, "metric": "price", "operator": "<=", "value": value}
        for words in FALLS:
            said = words.format(p=price)
            stop = {"order_type": "stop", "stop_price": value}
            yield f"sell 3 {word} {said}", order(symbol, "sell", quantity="3", **stop)
            yield f"sell my {word} {said}", order(symbol, "sell", percent_of_position="100", **stop)
            yield f"buy 3 {word} {said}", order(symbol, "buy", quantity="3", when=low)
        for words in RISES:
            said = words.format(p=price)
            yield f"sell 3 {word} {said}", order(symbol, "sell", quantity="3", when={**low, "operator": ">="})


def sample(count: int, seed: int = 7) -> list[tuple[str, dict[str, Any]]]:
    """A fixed choice of the sentences."""
    return random.Random(seed).sample(list(everything()), count)
