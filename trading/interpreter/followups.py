"""What goes on with the sentence before: "and Tesla?", "same for Microsoft", "and 5 of Nvidia too", "double it"."""

from dataclasses import replace
from decimal import Decimal

from trading.interpreter import lexicon
from trading.interpreter.assemble_checks import MOST_SHARES
from trading.interpreter.explain import explain
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_sizes import read_size
from trading.interpreter.interpretation import (
    GOOD,
    HALF,
    SOME,
    Condition,
    Interpretation,
    OrderTerms,
    PlaceOrder,
    Query,
)
from trading.interpreter.phrases import Phrases
from trading.interpreter.reader import Named, Reader

SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")
TWO, HALF_OF, THREE, HUNDRED = Decimal(2), Decimal("0.5"), Decimal(3), Decimal(100)
# The same of another instrument; whether of a question or of an order, what was said last tells.
SAME = Phrases.of(
    "same for|same with|same on|same in|the same for|the same with|the same on|the same in|same thing for|"
    "same thing with|the same thing for|the same thing with|same again for|same again with|same order for|"
    "the same order for|the same order with|do the same for|do the same with|do the same thing for|ditto for|ditto|"
    "likewise for|repeat that for|repeat that with|and the same for|and the same with|and same for|and same with|"
    "now the same for|now the same with|same but with|the same but with|same but for|the same but for"
)
ASKS_ON = Phrases.of("and|and for|what about|and what about|how about|and how about|also|and now|then")
MORE = Phrases.of("and|also|plus|and also|and then")
SO_MANY = Phrases.mapping(
    {
        "double it|double that|make it double|make that double|twice that|twice as many|twice as much|double up|"
        "make it twice that|make it twice as much|make it twice as many|double the size|double the order|"
        "actually double it|actually double that|no double it": "2",
        "half that|half of that|halve it|halve that|make it half|make that half|half as many|half as much|"
        "cut it in half|cut that in half|make it half that|half the size|half the order|actually half that|"
        "actually half of that|only half that|only half of that|just half that|just half of that": "0.5",
        "triple it|triple that|make it triple|three times that|three times as many|three times as much": "3",
    }
)
ANSWER_LEADS = Phrases.of("to|i want to|i would like to|please|yes|yes ,|it is a|that is a|a|let us|i mean")
SIDES = Phrases.mapping({"buy|buying|purchase|bought": "buy", "sell|selling|sale": "sell"})
IT = frozenset({"it", "them", "that"})
COURTESY = frozenset({"please", ".", "!", "thanks", "then", ",", "too", "also", "instead", "now", "shares", "stock"})
SAME_AS_WHAT = "The same as what? Say the whole order, please."
OF_WHAT = "So many of what? Say the whole order, please."


def follow(reader: Reader) -> Interpretation | None:
    """The sentence as one that goes on with the last; None where it stands by itself."""
    return _answered(reader) or _so_many(reader) or _same(reader) or _asked_on(reader) or _more_of(reader)


def _ends(reader: Reader, at: int, *, may_ask: bool = False) -> bool:
    """Whether nothing but courtesy is left."""
    while reader.low(at) in COURTESY or [reader.low(at), reader.low(at + 1)] == ["as", "well"]:
        at += 1 + (reader.low(at) == "as")
    at += may_ask and reader.low(at) == "?"
    return at >= len(reader.tokens)


def _asks(question: str) -> Interpretation:
    return Interpretation(question=question, confidence=SOME, explanation="There is nothing to go on with.")


def _meant(action: PlaceOrder, question: str | None = None) -> Interpretation:
    """Never so sure that it runs without a confirmation: the words alone do not say what is done."""
    return Interpretation(
        actions=(action,), question=question, confidence=HALF if question else GOOD, explanation=explain([action])
    )


def _answered(reader: Reader) -> Interpretation | None:
    """ "buy", said to "Do you want to buy or to sell?"; a name, said to "Which symbol do you mean?"."""
    order = reader.context.last_order
    if order is None or order.missing not in {("side",), ("symbol",)}:
        return None
    at = reader.is_phrase(ANSWER_LEADS, 0)
    if order.missing == ("side",):
        side = SIDES.match(reader.tokens, at)
        if side is None:
            return None
        end = at + side[1]
        if not _ends(reader, end + (reader.low(end) in IT)):
            return None
        spans = {**order.spans, "side": reader.said(at, end)}
        return _meant(replace(order, order=replace(order.order, side=side[0]), missing=(), spans=spans))
    name = reader.name(at, slot=True)
    if name is None or name.symbol is None or not _ends(reader, at + name.length):
        return None
    return _meant(replace(_of(reader, order, name), missing=()))


def _so_many(reader: Reader) -> Interpretation | None:
    """ "double it", "half that": the order on the table in another size."""
    found = SO_MANY.match(reader.tokens, 0)
    if found is None or not _ends(reader, found[1]):
        return None
    order = reader.context.last_order
    if order is None or order.missing:
        return _asks(OF_WHAT)
    times = Decimal(found[0])
    sizes = {size: value * times for size in SIZES if (value := getattr(order.order, size)) is not None}
    for size, value in sizes.items():
        too_much = value > HUNDRED if size.startswith("percent") else value > MOST_SHARES
        if too_much or (order.order.option is not None and value != value.to_integral_value()):
            return _asks("That size cannot be meant. How much do you mean?")
    plain = {size: _short(value) for size, value in sizes.items()}
    terms = replace(order.order, **plain)  # type: ignore[arg-type]
    spans = {**order.spans, **{size: reader.said(0, found[1]) for size in plain}}
    return _meant(replace(order, order=terms, spans=spans))


def _short(value: Decimal) -> Decimal:
    """Without the zeros that multiplying leaves behind the point."""
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def _same(reader: Reader) -> Interpretation | None:
    """ "same for Microsoft": the last question, or the last order, of another instrument."""
    lead = reader.is_phrase(SAME, 0)
    at = lead + (reader.low(lead) in {"my", "the"}) if lead else 0
    name = reader.name(at, slot=True) if lead else None
    if not lead:
        return None
    if name is None or not _ends(reader, at + name.length, may_ask=True):
        return _asks(SAME_AS_WHAT) if reader.context.recent_order is None else None
    if reader.context.last_query is not None:
        return _query(reader, reader.context.last_query, name)
    order = reader.context.recent_order
    if order is None or order.missing:
        return _asks(SAME_AS_WHAT)
    if reader.low(len(reader.tokens) - 1) == "?":
        return _meant(_held(_of(reader, order, name)), "Is that a question, or shall I do it?")
    return _proposed(reader, order, name)


def _asked_on(reader: Reader) -> Interpretation | None:
    """ "and Tesla?" after "what's Apple at?"."""
    query, lead = reader.context.last_query, reader.is_phrase(ASKS_ON, 0)
    name = reader.name(lead, slot=True) if query and lead else None
    if query is None or name is None or not _ends(reader, lead + name.length, may_ask=True):
        return None
    return _query(reader, query, name)


def _query(reader: Reader, query: Query, name: Named) -> Interpretation | None:
    if name.symbol is None:
        return None
    again = replace(query, symbol=name.symbol, spans={"symbol": name.words, "topic": reader.said(0, 1)})
    return Interpretation(actions=(again,), confidence=GOOD, explanation=explain([again]))


def _more_of(reader: Reader) -> Interpretation | None:
    """ "and 5 of Nvidia too": the same side as the last order, of another instrument and in a size of its own."""
    order, lead = reader.context.recent_order, reader.is_phrase(MORE, 0)
    if order is None or order.missing or not lead:
        return None
    frame = Frame(start=lead, side=order.order.side)
    at = read_size(reader, frame, lead)
    if not at or frame.doubts or frame.is_vague or frame.is_everything:
        return None
    name = reader.name(at + (reader.low(at) in {"of", "my", "the"}), slot=True)
    at += (reader.low(at) in {"of", "my", "the"}) + (name.length if name else 0)
    at += reader.low(at) in lexicon.NOUNS
    if name is None or not _ends(reader, at):
        return None
    sizes = {size: getattr(frame, size) for size in SIZES}
    return _proposed(reader, replace(order, order=replace(order.order, **sizes)), name)


def _proposed(reader: Reader, order: PlaceOrder, name: Named) -> Interpretation:
    """The order for the other instrument; a price that was said of the first is asked for anew."""
    if name.symbol is None:
        return _asks(f"I don't know “{name.words}”. Which symbol do you mean?")
    action = _of(reader, order, name)
    if order.order.option is not None:
        return _meant(_held(action), f"Which option on {name.symbol}? Say its strike and its expiration date.")
    if name.symbol != order.order.symbol and _has_prices(order):
        return _meant(_held(action), f"At which price for {name.symbol}? Say the whole order, please.")
    return _meant(action)


def _held(action: PlaceOrder) -> PlaceOrder:
    return replace(action, missing=("clarification",))


def _of(reader: Reader, order: PlaceOrder, name: Named) -> PlaceOrder:
    """The same order of another instrument, with the time in force that is usual there."""
    row = reader.index.row(name.symbol) if name.symbol else None
    asset_class = row.asset_class if row else None
    terms, when = order.order, order.when
    lasts = terms.time_in_force
    if lasts == _usual(terms.asset_class):
        lasts = _usual(asset_class)
    if when is not None and when.symbol in {None, terms.symbol}:
        when = replace(when, symbol=name.symbol)
    again: OrderTerms = replace(terms, symbol=name.symbol, asset_class=asset_class, time_in_force=lasts)
    return replace(order, order=again, when=when, spans={**order.spans, "symbol": name.words})


def _usual(asset_class: str | None) -> str:
    return "gtc" if asset_class == "crypto" else "day"


def _has_prices(order: PlaceOrder) -> bool:
    """Whether a price was said that belongs to the first instrument alone."""
    terms, bracket = order.order, order.bracket
    figures = [terms.limit_price, terms.stop_price, terms.trail_amount]
    figures += [bracket.stop_loss_price, bracket.take_profit_price] if bracket else []
    return any(figure is not None for figure in figures) or _is_level(order.when, terms.symbol)


def _is_level(when: Condition | None, symbol: str | None) -> bool:
    return when is not None and when.metric not in {"percent_change", "rsi"} and when.symbol in {None, symbol}
