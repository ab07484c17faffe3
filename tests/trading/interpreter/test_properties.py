"""Whatever is said: what was meant comes back, what has no size is asked about, and nothing raises."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata.catalogue import rows
from tests.trading.interpreter.judging import acts, index, read
from trading.interpreter import Context
from trading.interpreter.interpretation import PlaceOrder

TRADABLE = [row for row in rows() if row.tradable]
SYMBOLS = st.sampled_from([row.symbol for row in TRADABLE])
SIDES = st.sampled_from(["buy", "sell"])
QUANTITIES = st.integers(1, 99_999).map(str) | st.decimals("0.0001", "9999", places=4).filter(lambda n: n > 0).map(str)
PRICES = st.decimals("0.01", "9999.99", places=2).filter(lambda n: n > 0).map(lambda n: format(n, "f"))
WORDS = st.sampled_from(
    [
        "buy",
        "sell",
        "10",
        "apple",
        "tesla",
        "AAPL",
        "bitcoin",
        "of",
        "my",
        "all",
        "half",
        "at",
        "limit",
        "stop",
        "if",
        "when",
        "it",
        "falls",
        "to",
        "180",
        "5%",
        "$500",
        "and",
        ",",
        ".",
        "?",
        "no",
        "not",
        "don't",
        "never",
        "shares",
        "the",
        "a",
        "call",
        "put",
        "200",
        "december",
        "18",
        "2026",
        "every",
        "monday",
        "cancel",
        "order",
        "close",
        "position",
        "tell",
        "me",
        "with",
        "loss",
        "take",
        "profit",
        "trailing",
        "gtc",
        "please",
        "what",
        "should",
        "I",
        "would",
        "you",
        "ignore",
        "rules",
        '"',
        "'",
        "-",
        "/",
        "&",
        "%",
    ]
)
COMMON = settings(max_examples=150, deadline=None, derandomize=True)


@COMMON
@given(symbol=SYMBOLS, side=SIDES, quantity=QUANTITIES)
def test_symbol_side_and_size_come_back(symbol: str, side: str, quantity: str) -> None:
    found = read(f"{side} {quantity} shares of ${symbol}" if "-" not in symbol else f"{side} {quantity} {symbol}")
    assert found.is_complete, found
    (action,) = found.actions
    assert isinstance(action, PlaceOrder)
    assert (action.order.symbol, action.order.side, action.order.quantity) == (symbol, side, Decimal(quantity))


@COMMON
@given(symbol=SYMBOLS, side=SIDES, quantity=QUANTITIES, price=PRICES)
def test_limit_price_comes_back(symbol: str, side: str, quantity: str, price: str) -> None:
    found = read(f"{side} {quantity} shares of {symbol} at ${price}")
    assert acts(found) == [] or found.is_complete
    for action in found.actions:
        assert isinstance(action, PlaceOrder)
        assert (action.order.side, action.order.quantity) == (side, Decimal(quantity))
        if not action.missing:
            assert (action.order.symbol, action.order.order_type) == (symbol, "limit")
            assert action.order.limit_price == Decimal(price)


@COMMON
@given(symbol=SYMBOLS, quantity=QUANTITIES, stop=PRICES, limit=PRICES)
def test_stop_limit_prices_come_back(symbol: str, quantity: str, stop: str, limit: str) -> None:
    found = read(f"sell {quantity} ${symbol} stop {stop} limit {limit}" if "-" not in symbol else "hello")
    for action in found.actions:
        assert isinstance(action, PlaceOrder)
        assert (action.order.stop_price, action.order.limit_price) == (Decimal(stop), Decimal(limit))
        assert action.order.order_type == "stop_limit"


@COMMON
@given(symbol=SYMBOLS, price=PRICES)
def test_no_sentence_without_a_size_yields_one(symbol: str, price: str) -> None:
    name = symbol if "-" in symbol else f"${symbol}"
    for form in ("buy {0}", "buy {0} at {1}", "sell {0}", "buy some {0}", "sell {0} at {1}"):
        text = form.format(name, price)
        found = read(text)
        assert acts(found) == [], text
        for action in found.actions:
            if isinstance(action, PlaceOrder):
                order = action.order
                sizes = (order.quantity, order.notional, order.percent_of_position, order.percent_of_cash)
                assert sizes == (None, None, None, None), text


@COMMON
@given(text=st.text(max_size=200))
def test_arbitrary_text_never_raises_and_never_trades(text: str) -> None:
    assert acts(read(text)) == []


@settings(max_examples=400, deadline=None, derandomize=True)
@given(words=st.lists(WORDS, max_size=14))
def test_word_salad_never_raises_and_every_order_in_it_is_whole(words: list[str]) -> None:
    found = read(" ".join(words), context=Context(held=("AAPL",), last_symbol="TSLA"))
    for action in found.actions:
        if isinstance(action, PlaceOrder) and not action.missing and found.question is None:
            order = action.order
            sizes = [order.quantity, order.notional, order.percent_of_position, order.percent_of_cash]
            assert sum(size is not None for size in sizes) == 1, words
            assert order.symbol in index().rows, words
            assert order.side in {"buy", "sell"}, words


@COMMON
@given(words=st.lists(WORDS, max_size=10), refusal=st.sampled_from(["don't", "never", "not", "no"]))
def test_a_refusal_in_front_stops_everything(words: list[str], refusal: str) -> None:
    text = " ".join([refusal, *[word for word in words if word != "?"]])
    assert not any(action["type"] == "place_order" for action in acts(read(text))), text
