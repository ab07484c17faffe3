"""Orders opened by a noun, a name or an amount: "open a position in", "half my cash into", "TSLA sell 20"."""

from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_sizes import read_size
from trading.interpreter.phrases import Phrases
from trading.interpreter.reader import Named, Reader

OPENS = Phrases.of("open|open up|start|enter|initiate|begin|build|take|establish|put on|take up|get|create|enter into")
KINDS = frozenset({"new", "long", "small", "starter", "initial", "fresh", "big", "little", "nice", "modest", "tiny"})
POSITIONS = frozenset({"position", "stake", "holding", "investment"})
PUTS = frozenset({"put", "place", "enter", "make", "submit", "throw"})


def position_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "enter a position of 50 shares in X", "start a 100 share position in X", "take a $500 stake in X"."""
    verb = reader.is_phrase(OPENS, at)
    step = at + verb
    if not verb or reader.low(step) not in {"a", "an", "my", "another"}:
        return None
    step += 1
    while reader.low(step) in KINDS:
        step += 1
    frame = Frame(start=at, side="buy", verb="open a position")
    frame.spans["side"] = reader.said(at, at + verb)
    amount = reader.amount(step)
    if amount and not amount.is_part and amount.kind != "percent":
        slot = "notional" if amount.kind == "money" else "quantity"
        step += amount.length
        frame.put(slot, amount.value, reader.said(step - amount.length, step))
        step += slot == "quantity" and reader.low(step) in lexicon.UNITS
    while reader.low(step) in KINDS:
        step += 1
    if reader.low(step) not in POSITIONS:
        return None
    step += 1
    if reader.low(step) in {"of", "with"} and not frame.has_size and (end := read_size(reader, frame, step + 1)):
        step = end
    frame.doubts.extend(["The size has to be more than zero. How much do you mean?"] if _is_nothing(frame) else [])
    return (frame, step) if reader.low(step) in {"in", "of", "on", "with", "for"} else None


def _is_nothing(frame: Frame) -> bool:
    return any(size is not None and size <= 0 for size in (frame.quantity, frame.notional))


def money_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "half my cash into bitcoin", "$500 into Apple": the money and its place, without a verb."""
    frame = Frame(start=at, side="buy", verb="put", is_money_verb=True)
    if reader.is_phrase(lexicon.ALL_CASH, at) and reader.low(at) == "everything":
        return None
    end = read_size(reader, frame, at)
    if not end or frame.is_vague or frame.doubts or reader.low(end) != "into" or frame.quantity is not None:
        return None
    money = reader.amount(at)
    if frame.notional is not None and (money is None or money.kind != "money"):
        return None
    frame.spans["side"] = reader.low(end)
    return frame, end


def bid_in_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "put a bid in for 50 INTC at 20", "place an offer on 10 MSFT at 450"."""
    if reader.low(at) not in PUTS:
        return None
    step = at + 1 + (reader.low(at + 1) == "in")
    step += reader.low(step) in {"a", "an", "my"}
    if reader.low(step) not in {"bid", "offer"}:
        return None
    frame = Frame(start=at, side="buy" if reader.low(step) == "bid" else "sell", verb="bid", order_type="limit")
    frame.spans["side"] = reader.said(at, step + 1)
    step += 1 + (reader.low(step + 1) in {"in", "out"})
    if reader.low(step) not in {"for", "on"} or reader.amount(step + 1) is None:
        return None
    return frame, step + 1


def name_first(reader: Reader, at: int) -> tuple[Named, int] | None:
    """ "TSLA sell 20 @ 355", "NVDA: buy 15": the instrument before a verb and its size, and where the verb is."""
    name = reader.name(at)
    if name is None or name.symbol is None or reader.is_phrase(lexicon.BUY, at) or reader.is_phrase(lexicon.SELL, at):
        return None
    step = at + name.length
    step += reader.low(step) in {":", "-", ","}
    tables = (lexicon.EFFECTS, lexicon.TYPED, lexicon.BUY, lexicon.SELL)
    verb = max(reader.is_phrase(table, step) for table in tables)
    guard = max(reader.is_phrase(more.STOP_LOSS, step), reader.is_phrase(more.TRAIL, step))
    if guard and reader.amount(step + guard + reader.is_phrase(more.OF_AT, step + guard)):
        return name, step
    sized = reader.amount(step + verb) or reader.is_phrase(lexicon.ALL_OF_IT, step + verb)
    return (name, step) if verb and sized else None


def price_first(reader: Reader, frame: Frame, at: int) -> int:
    """ "buy stop 300 for 20 CRM": the price before the size."""
    slot = {"limit": "limit", "stop": "stop"}.get(frame.order_type or "")
    step = at + (reader.low(at) == "at")
    price = reader.amount(step)
    if not slot or price is None or price.kind == "percent" or price.is_part:
        return at
    end = step + price.length
    if reader.low(end) not in {"for", "on"} or reader.amount(end + 1) is None:
        return at
    frame.put(slot, price.value, reader.said(step, end))
    if price.value <= 0:
        frame.doubt("A price has to be more than zero. Which price do you mean?")
    return end + 1
