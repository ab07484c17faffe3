"""The clause of an order: its head, then its parts in whatever sequence they were said."""

from collections.abc import Callable
from dataclasses import dataclass

from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_conditions import read_condition
from trading.interpreter.grammar_options import is_option_clause, read_option_part
from trading.interpreter.grammar_prices import (
    read_exit,
    read_price,
    read_stop,
    read_stop_value,
    read_trail,
    read_trail_value,
)
from trading.interpreter.grammar_sizes import read_instrument, read_size
from trading.interpreter.grammar_times import ADVERBS, read_schedule, read_time_in_force
from trading.interpreter.reader import Named, Reader

SELLING_TOO = frozenset({"dump", "drop", "move"})
Rule = Callable[[Reader, Frame, int], int]
StartsCommand = Callable[[Reader, int], bool]


@dataclass(frozen=True, slots=True)
class OrdersRead:
    """The orders of one clause and where it ended."""

    frames: list[Frame]
    end: int


def read_orders(reader: Reader, at: int, *, starts_command: StartsCommand) -> OrdersRead | None:
    """The order or orders whose clause begins here."""
    opened = _head(reader, at)
    if opened is None:
        return None
    frame, at = opened
    frame.is_option = is_option_clause(reader, at, _clause_end(reader, at, starts_command))
    frames = [frame]
    while True:
        at = _parts(reader, frames[-1], at)
        frames[-1].end = at
        joined = reader.is_phrase(lexicon.CONNECTORS, at)
        if not joined or starts_command(reader, at + joined):
            break
        after = at + joined
        if end := _part(reader, frames[-1], after, rules=TERMS):
            at = end
        elif (chained := _chain(reader, frames[-1], after)) is not None:
            frames.append(chained[0])
            at = chained[1]
        elif end := _part(reader, frames[-1], after, rules=OBJECTS):
            at = end
        else:
            break
    return OrdersRead(frames, at)


def _clause_end(reader: Reader, at: int, starts_command: StartsCommand) -> int:
    """Where the next command begins, so that a call in it is not taken for one here."""
    for step in range(at, len(reader.tokens)):
        joined = reader.is_phrase(lexicon.CONNECTORS, step)
        if joined and starts_command(reader, step + joined):
            return step
    return len(reader.tokens)


def _head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """What is to be done: the verb, or the noun that stands for it."""
    for rule in (_effect_head, _order_noun, _typed_head, _guard_head, _bid_head, _with_money, _verb_head, _no_verb):
        if opened := rule(reader, at):
            return opened
    return None


def _effect_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    found = lexicon.EFFECTS.match(reader.tokens, at)
    if not found:
        return None
    side, effect = found[0].split()
    if reader.low(at + 1) == "back" and not is_option_clause(reader, at, len(reader.tokens)):
        effect = None
    frame = Frame(start=at, side=side, verb=reader.said(at, at + found[1]), effect=effect)
    frame.spans["side"] = frame.verb
    return frame, at + found[1]


def _typed_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "limit buy", "sell stop"."""
    found = lexicon.TYPED.match(reader.tokens, at)
    if not found:
        return None
    side, kind = found[0].split()
    frame = Frame(start=at, side=side, verb=side, order_type=kind)
    frame.spans["side"] = frame.spans["order_type"] = reader.said(at, at + found[1])
    return frame, at + found[1]


def _order_noun(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "place a limit order to buy", "market order: sell", "put in a buy order for"."""
    start = at
    at += reader.is_phrase(lexicon.ORDER_LEADS, at)
    at += reader.low(at) in {"a", "an", "my", "the"}
    frame = Frame(start=start, verb="order")
    at = _order_kind(reader, frame, at)
    for side, words in (("buy", {"buy", "purchase"}), ("sell", {"sell", "sale"})):
        if reader.low(at) in words:
            frame.side, at = side, at + 1
            at = _order_kind(reader, frame, at)
            break
    is_noun = reader.low(at) in {"order", "orders"}
    repeats = bool(frame.schedule_parts) or reader.low(at - 2) == "recurring"
    is_kind = frame.side is not None and frame.order_type is not None and reader.low(at) in {"on", "for", "of"}
    if at == start or not (is_noun or is_kind or (frame.side and repeats and reader.low(at) in {"of", "for"})):
        return None
    guards = frame.order_type in {"stop", "stop_limit", "trailing_stop"} and frame.side is None
    if guards and (reader.low(at + 1) == "on" or reader.low(at - 1) == "loss" or frame.order_type == "trailing_stop"):
        if reader.low(at + 1) not in {"to", "buy", "sell"} and reader.low(at + 2) not in {"buy", "sell"}:
            return None
    at += is_noun
    at += reader.low(at) == ":"
    if frame.side is None and reader.low(at) in {"to", "for", "buy", "sell"}:
        step = at + (reader.low(at) in {"to", "for"})
        if reader.low(step) in {"buy", "sell", "purchase"}:
            frame.side, at = ("sell" if reader.low(step) == "sell" else "buy"), step + 1
    at += reader.low(at) in {"for", "on", "of"}
    frame.spans["side"] = reader.said(start, at)
    return frame, at


def _order_kind(reader: Reader, frame: Frame, at: int) -> int:
    """Kind and time words before "order": "gtc limit"."""
    while True:
        kind = lexicon.ORDER_KINDS.match(reader.tokens, at)
        if kind:
            frame.order_type = kind[0]
            at += kind[1]
        elif reader.low(at) in {"gtc", "day", "ioc", "fok"}:
            frame.time_in_force, at = reader.low(at), at + 1
        elif reader.low(at) in ADVERBS:
            frame.schedule_parts["interval"], at = ADVERBS[reader.low(at)], at + 1
        elif reader.low(at) == "recurring":
            at += 1
        else:
            return at


def _guard_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "put a stop loss at 205 on my Tesla", "trailing stop of 5% on my NVDA", "protect my NVDA with a stop at 100"."""
    start = at
    lead = reader.is_phrase(lexicon.GUARDS, at)
    frame = Frame(start=start, side="sell", verb="protect")
    frame.spans["side"] = reader.said(start, start + max(lead, 1))
    step = at + lead
    step += reader.low(step) in {"a", "an", "the"}
    if not lead and reader.low(at) == "trail":
        name = reader.name(at + 1 + (reader.low(at + 1) == "my"), slot=True)
        if name and reader.amount(at + 1) is None:
            frame.order_type = "trailing_stop"
            return frame, at + 1
    amount = reader.amount(step)
    after = step + amount.length if amount and not amount.is_part else step
    for table in (more.TRAIL, more.STOP_LIMIT, more.STOP_LOSS, more.STOP):
        if reader.is_phrase(table, after) and reader.low(after) not in {"the"}:
            return _guard_frame(reader, frame, (at + lead, after), amount=amount is not None and after > step, table=table)
    if reader.low(at) in {"protect", "guard", "secure", "safeguard"}:
        name_at = at + 1 + (reader.low(at + 1) in {"my", "the"})
        return (frame, at + 1) if reader.name(name_at, slot=True) else None
    profit = reader.is_phrase(more.TAKE_PROFIT, step)
    if profit and lead and reader.low(step) not in {"target", "my"}:
        frame.order_type = "limit"
        return frame, step + profit
    return None


def _guard_frame(
    reader: Reader, frame: Frame, place: tuple[int, int], *, amount: bool, table: object
) -> tuple[Frame, int] | None:
    """The frame of a protective order whose stop words begin at ``place[1]``."""
    begin, after = place
    if reader.low(after) == "stop" and table is more.STOP and reader.tokens[after].low == reader.low(begin) == "stop":
        nxt = after + 1
        if reader.low(nxt) in {"buying", "selling", "trading", "the", "my", "all", "it", ""}:
            return None
    if amount and table is not more.TRAIL:
        percent = reader.amount(after - 1)
        if percent and percent.kind == "percent":
            frame.doubt("At which price should the stop stand?")
            return frame, after + reader.is_phrase(more.STOP_LOSS if table is more.STOP_LOSS else more.STOP, after)
    return frame, begin


def _bid_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "bid 42k for 0.1 bitcoin", "offer 200 for 10 Apple": the price comes first."""
    found = lexicon.BIDS.match(reader.tokens, at)
    if not found:
        return None
    frame = Frame(start=at, side=found[0], verb="bid", order_type="limit")
    frame.spans["side"] = reader.said(at, at + found[1])
    step = at + found[1]
    price = reader.amount(step)
    if price is None or price.kind == "percent":
        return (frame, step) if reader.low(at) != "pay" else None
    end = step + price.length
    end += reader.is_phrase(lexicon.EACH, end)
    if reader.low(end) in {"for", "on"} and (reader.amount(end + 1) or reader.low(end + 1) in {"a", "an"}):
        frame.put("limit", price.value, reader.said(step, end))
        if price.value <= 0:
            frame.doubt("A price has to be more than zero. Which price do you mean?")
        return frame, end + 1
    return None if reader.low(at) == "pay" else (frame, step)


def _verb_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """The plain verbs; the longest phrase wins, and a verb of money needs its amount next."""
    invest = reader.is_phrase(lexicon.INVEST, at)
    buy = reader.is_phrase(lexicon.BUY, at)
    sell = reader.is_phrase(lexicon.SELL, at)
    if invest and invest >= max(buy, sell) and _is_money_next(reader, at + invest):
        frame = Frame(start=at, side="buy", verb=reader.said(at, at + invest).lower(), is_money_verb=True)
        frame.spans["side"] = frame.verb
        return frame, at + invest
    if not (buy or sell) or (buy > sell and _is_weak(reader, at, buy)):
        return None
    side, length = ("buy", buy) if buy >= sell else ("sell", sell)
    verb = " ".join(token.low for token in reader.tokens[at : at + length])
    frame = Frame(start=at, side=side, verb=verb, is_close=side == "sell" and verb in lexicon.CLOSE_VERBS)
    frame.spans["side"] = reader.said(at, at + length)
    return frame, at + length


def _is_weak(reader: Reader, at: int, length: int) -> bool:
    """Whether a verb of many meanings ("get", "order", "I want") stands without a size or a name after it."""
    verb = " ".join(token.low for token in reader.tokens[at : at + length])
    if verb not in lexicon.WEAK_BUYS:
        return False
    after = at + length
    sized = reader.amount(after) or reader.is_phrase(lexicon.VAGUE, after) or reader.low(after) in {"a", "an", "another", "my"}
    if sized and reader.low(after) in {"a", "an"}:
        return not read_size(reader, Frame(side="buy"), after)
    named = reader.name(after)
    return not sized and not (named and named.symbol)


def _with_money(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "with 10% of my cash buy Apple": the money before the verb."""
    if reader.low(at) not in {"with", "using", "for"}:
        return None
    frame = Frame(start=at, side="buy", verb="buy", is_money_verb=True)
    end = read_size(reader, frame, at + 1)
    end += reader.low(end) == ","
    verb = reader.is_phrase(lexicon.BUY, end)
    if not end or not verb or not (frame.notional or frame.percent_of_cash):
        return None
    frame.spans["side"] = reader.said(end, end + verb)
    return frame, end + verb


def _no_verb(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "10 Apple", "10 shares of Apple at 180": an order but for its side, which is then asked."""
    frame = Frame(start=at, verb="none")
    amount = reader.amount(at)
    if amount is None or amount.kind == "percent" or amount.is_part:
        return None
    end = read_size(reader, frame, at)
    if not end or not read_instrument(reader, frame, end) or unnamed(frame.name):
        return None
    return Frame(start=at, verb="none"), at


def _is_money_next(reader: Reader, at: int) -> bool:
    """Whether an amount to spend follows, and later a place to put it."""
    amount = reader.amount(at)
    if reader.low(at - 1) in SELLING_TOO:
        return amount is not None and amount.kind == "money" and reader.low(at + amount.length) == "into"
    if amount is not None and amount.kind == "money" and reader.low(at - 1) in {"invest", "spend"}:
        return True
    return (amount is not None or bool(reader.is_phrase(lexicon.ALL_CASH, at))) and _has_place(reader, at)


def _has_place(reader: Reader, at: int) -> bool:
    words = {reader.low(step) for step in range(at, min(at + 12, len(reader.tokens)))}
    return bool(words & lexicon.INTO)


def _filler(reader: Reader, frame: Frame, at: int) -> int:
    token = reader.tokens[at]
    if frame.name is None and token.text.isupper() and not reader.shouts and reader.index.ticker(token.text):
        return 0
    length = reader.is_phrase(lexicon.FILLERS, at)
    return at + length if length else 0


def _condition(reader: Reader, frame: Frame, at: int) -> int:
    if frame.condition is not None:
        return 0
    found = read_condition(reader, at)
    if found is None:
        return 0
    frame.condition = found
    frame.spans["when"] = reader.said(at, at + found.length)
    return at + found.length


def _to_buy(reader: Reader, frame: Frame, at: int) -> int:
    """ "use $500 to buy Apple", "with $500": the verb said after its money."""
    if frame.is_money_verb and frame.has_size and frame.name is None and reader.low(at) == "to":
        return at + 2 if reader.low(at + 1) in {"buy", "purchase", "get", "acquire"} else 0
    if frame.side == "buy" and reader.low(at) in {"with", "using", "worth", "for"} and not frame.has_size:
        amount = reader.amount(at + 1)
        if reader.low(at) != "for" and amount and amount.kind == "money" and not frame.is_vague:
            return read_size(reader, frame, at + 1)
    return 0


def _loose_noun(reader: Reader, frame: Frame, at: int) -> int:
    """ "my position", "the shares": the holding, left unnamed or named elsewhere."""
    step = at + (reader.low(at) in {"my", "the", "this", "that", "of"})
    if reader.low(step) not in lexicon.NOUNS or (frame.is_option and reader.low(step) in lexicon.CONTRACT_UNITS):
        return 0
    if frame.side == "sell" and reader.low(at) == "my":
        frame.is_own = True
    return step + 1


def _each(reader: Reader, frame: Frame, at: int) -> int:
    length = reader.is_phrase(lexicon.EACH, at)
    return at + length if length and frame.limit is not None else 0


# The terms of an order may follow a comma or "and"; its size and its instrument there may begin another order.
TERMS: tuple[Rule, ...] = (
    read_time_in_force, read_schedule, _filler, read_trail, read_exit, read_option_part, read_stop, _condition,
    read_trail_value, read_stop_value, _to_buy, read_price,
)  # fmt: skip
OBJECTS: tuple[Rule, ...] = (read_size, read_instrument, _each, _loose_noun)


def _part(reader: Reader, frame: Frame, at: int, *, rules: tuple[Rule, ...] = (*TERMS, *OBJECTS)) -> int:
    """The end of the part that begins here; 0 when no rule knows it."""
    if at >= len(reader.tokens):
        return 0
    for rule in rules:
        if end := rule(reader, frame, at):
            return end
    return 0


def _parts(reader: Reader, frame: Frame, at: int) -> int:
    """Read part after part until one is not known."""
    while end := _part(reader, frame, at):
        if end <= at:
            break
        at = end
    return at


def _chain(reader: Reader, frame: Frame, at: int) -> tuple[Frame, int] | None:
    """Another order of the same verb: "and 5 MSFT", "and 5 at 260", ", Microsoft" after "10 each of"."""
    if frame.name is None or frame.is_option or not (frame.has_size or frame.is_vague or frame.is_own or frame.is_close):
        return None
    new = Frame(start=at, side=frame.side, verb=frame.verb, is_money_verb=frame.is_money_verb, is_close=frame.is_close)
    new.spans["side"] = frame.spans.get("side", "")
    end = read_size(reader, new, at)
    if end and (named := read_instrument(reader, new, end)) and new.name and (new.name.symbol or new.name.choices):
        return new, named
    if end and new.quantity is not None and reader.is_phrase(lexicon.AT_PRICE, end) and frame.limit is not None:
        new.name = frame.name
        return new, end
    if end:
        return None
    return _same_size(reader, frame, new, at)


def _same_size(reader: Reader, frame: Frame, new: Frame, at: int) -> tuple[Frame, int] | None:
    """The next name of a list that shares its size."""
    named = read_instrument(reader, new, at)
    if not named or new.name is None or not new.name.symbol:
        return None
    whole = frame.percent_of_position is not None or (frame.is_own and not frame.has_size) or frame.is_close
    if not (frame.is_each or whole):
        new.doubt("How much of each do you mean?")
    for slot in ("quantity", "notional", "percent_of_position", "percent_of_cash"):
        setattr(new, slot, getattr(frame, slot))
    new.is_each, new.is_own, new.is_vague = frame.is_each, frame.is_own or new.is_own, frame.is_vague
    return new, named


def unnamed(name: Named | None) -> bool:
    """Whether no instrument is known yet."""
    return name is None or (name.symbol is None and not name.choices)
