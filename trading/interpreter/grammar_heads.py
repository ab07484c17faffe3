"""The head of an order's clause: the verb, or the noun that stands for it, and what it already tells."""

from collections.abc import Callable

from marketdata.names import NEAR
from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_entries import bid_in_head, money_head, name_first, position_head, price_first
from trading.interpreter.grammar_instruments import read_instrument
from trading.interpreter.grammar_options import is_option_clause
from trading.interpreter.grammar_sizes import read_size
from trading.interpreter.grammar_times import ADVERBS
from trading.interpreter.reader import Named, Reader

Head = Callable[[Reader, int], tuple[Frame, int] | None]
TAKES_OFF = frozenset({"take", "trim", "shave", "cut", "knock", "lop", "chop", "slice"})
SELLING_TOO = frozenset({"dump", "drop", "move"})


def read_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """What is to be done: the verb, or the noun that stands for it."""
    if named := name_first(reader, at):
        opened = read_head(reader, named[1])
        if opened is not None:
            opened[0].name, opened[0].start, opened[0].is_name_first = named[0], at, True
            opened[0].spans["symbol"] = named[0].words
        return opened
    if timed := _time_first(reader, at):
        return timed
    for rule in HEADS:
        if opened := rule(reader, at):
            return opened
    return None


def _time_first(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "IOC buy 100 T", "fill or kill: sell 5", "market on open order to buy 15 QQQ"."""
    found = more.TIME_IN_FORCE.match(reader.tokens, at)
    if found is None:
        return None
    step = at + found[1]
    for word in ("order", ":", ",", "to"):
        step += reader.low(step) == word
    if not any(reader.is_phrase(table, step) for table in (lexicon.BUY, lexicon.SELL, lexicon.TYPED)):
        return None
    opened = read_head(reader, step)
    if opened is not None:
        opened[0].time_in_force, opened[0].start = found[0], at
        opened[0].spans["time_in_force"] = reader.said(at, at + found[1])
    return opened


def _effect_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    found = lexicon.EFFECTS.match(reader.tokens, at) or _buy_to_close(reader, at)
    if not found:
        return None
    side, effect = found[0].split()
    closes: str | None = effect
    if reader.low(at + 1) == "back" and not is_option_clause(reader, at, len(reader.tokens)):
        closes = None
    frame = Frame(start=at, side=side, verb=reader.said(at, at + found[1]), effect=closes)
    frame.spans["side"] = frame.verb
    return frame, at + found[1]


def _buy_to_close(reader: Reader, at: int) -> tuple[str, int] | None:
    """ "btc 2 F 12 puts": before a figure and an option it is no coin."""
    is_leg = reader.amount(at + 1) is not None and is_option_clause(reader, at, len(reader.tokens))
    return ("buy close", 1) if reader.low(at) == "btc" and is_leg else None


def _typed_head(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "limit buy", "sell stop"."""
    found = lexicon.TYPED.match(reader.tokens, at)
    if not found:
        return None
    side, kind = found[0].split()
    frame = Frame(start=at, side=side, verb=side, order_type=kind)
    frame.spans["side"] = frame.spans["order_type"] = reader.said(at, at + found[1])
    return frame, price_first(reader, frame, at + found[1])


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
    is_led = frame.order_type is not None or reader.is_phrase(lexicon.ORDER_LEADS, start) > 0
    is_kind = frame.side is not None and is_led and reader.low(at) in {"on", "for", "of"}
    is_kind = is_kind or (frame.order_type is not None and is_led and _to_trade(reader, at))
    if at == start or not (is_noun or is_kind or (frame.side and repeats and reader.low(at) in {"of", "for", ":"})):
        return None
    guards = frame.order_type in {"stop", "stop_limit", "trailing_stop"} and frame.side is None
    if guards and (reader.low(at + 1) == "on" or reader.low(at - 1) == "loss" or frame.order_type == "trailing_stop"):
        sided = reader.low(at + 1) in {"to", "buy", "sell"} or reader.low(at + 2) in {"buy", "sell"}
        sided = sided or _to_trade(reader, at)
        if not sided:
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


def _to_trade(reader: Reader, at: int) -> bool:
    """ "a stop limit to sell": the order called by its kind alone, and then its side."""
    return reader.low(at) == "to" and reader.low(at + 1) in {"buy", "sell", "purchase"}


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
        name_at = _past_units(reader, at + 1)
        if reader.name(name_at + (reader.low(name_at) == "my"), slot=True):
            frame.order_type = "trailing_stop"
            return frame, at + 1
    amount = reader.amount(step)
    after = step + amount.length if amount and not amount.is_part else step
    for table in (more.TRAIL, more.STOP_LIMIT, more.STOP_LOSS, more.STOP):
        if reader.is_phrase(table, after) and reader.low(after) != "the":
            return _guard_frame(
                reader, frame, (at + lead, after), amount=amount is not None and after > step, table=table
            )
    if reader.low(at) in {"protect", "guard", "secure", "safeguard"}:
        name_at = at + 1 + (reader.low(at + 1) in {"my", "the"})
        held = reader.amount(name_at)
        name_at += held.length + (reader.low(name_at + held.length) in lexicon.UNITS) if held else 0
        name_at += reader.low(name_at) == "of"
        return (frame, at + 1) if reader.name(name_at, slot=True) else None
    profit = reader.is_phrase(more.TAKE_PROFIT, step)
    if profit and (lead or reader.low(at) == "take") and reader.low(step) not in {"target", "my"}:
        frame.order_type = "limit"
        return frame, step + profit
    return None


def _past_units(reader: Reader, at: int) -> int:
    """Past a number of shares: "20", "20 shares of"; a money or percent figure is no such number."""
    held = reader.amount(at)
    if held is None or held.kind != "plain" or held.is_part:
        return at
    at += held.length
    at += reader.low(at) in lexicon.UNITS
    return at + (reader.low(at) == "of")


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
    step += reader.is_phrase(lexicon.AT_MOST, step) if reader.low(at) == "pay" else 0
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
    is_noun = verb in {"purchase", "buy"} and reader.low(at + length) == "of" and reader.amount(at + length + 1)
    return frame, at + length + bool(is_noun)


def _is_weak(reader: Reader, at: int, length: int) -> bool:
    """Whether a verb of many meanings ("get", "order", "I want") stands without a size or a name after it."""
    verb = " ".join(token.low for token in reader.tokens[at : at + length])
    if verb not in lexicon.WEAK_BUYS:
        return False
    after = at + length
    sized = (
        reader.amount(after)
        or reader.is_phrase(lexicon.VAGUE, after)
        or reader.low(after) in {"a", "an", "another", "my"}
    )
    if sized and reader.low(after) in {"a", "an"}:
        return not read_size(reader, Frame(side="buy"), after)
    named = reader.name(after, slot=True)
    return not sized and not (named and named.symbol and named.how != NEAR)


def _part_off(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "take half off my AMD", "shave 10% off Tesla": a part that goes is a sale."""
    amount = reader.amount(at + 1) if reader.low(at) in TAKES_OFF else None
    if amount is None or not (amount.kind == "percent" or amount.is_part):
        return None
    off = at + 1 + amount.length
    name = reader.name(off + 1 + (reader.low(off + 1) in {"my", "the", "our"}), slot=True)
    if reader.low(off) != "off" or name is None or not (name.symbol or name.choices):
        return None
    frame = Frame(start=at, side="sell", verb="trim")
    frame.spans["side"] = reader.said(at, at + 1)
    return frame, at + 1


def _with_money(reader: Reader, at: int) -> tuple[Frame, int] | None:
    """ "with 10% of my cash buy Apple": the money before the verb."""
    if reader.low(at) not in {"with", "using", "for", "take", "use"}:
        return None
    frame = Frame(start=at, side="buy", verb="buy", is_money_verb=True)
    end = read_size(reader, frame, at + 1)
    end += reader.low(end) in {",", "and", "to", "then"}
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
    named = read_instrument(reader, frame, end) if end else 0
    if not named or unnamed(frame.name):
        return None
    return _side_last(reader, frame, named) or (Frame(start=at, verb="none"), at)


def _side_last(reader: Reader, frame: Frame, at: int) -> tuple[Frame, int] | None:
    """ "20 KO buy limit 60", "100 F sell at 12": a ticket as it is called out, its side after the name."""
    typed = lexicon.TYPED.match(reader.tokens, at)
    if typed is None and (reader.low(at) not in {"buy", "sell"} or reader.low(at + 1) not in {"", "at", "mkt"}):
        return None
    said, length = typed or (reader.low(at), 1)
    frame.side, frame.verb = said.split()[0], said.split()[0]
    frame.order_type = said.split()[1] if typed else None
    frame.spans["side"] = reader.said(at, at + length)
    return frame, at + length


def _is_money_next(reader: Reader, at: int) -> bool:
    """Whether an amount to spend follows, and later a place to put it."""
    amount = reader.amount(at)
    if reader.low(at - 1) in SELLING_TOO:
        if amount is None or amount.kind != "money":
            return False
        places = {"into"} if reader.low(at - 1) == "move" else {"into", "on"}
        return reader.low(at + amount.length) in places
    if amount is not None and amount.kind == "money" and reader.low(at - 1) in {"invest", "spend"}:
        return True
    if vague := reader.is_phrase(lexicon.SOME_MONEY, at):
        return reader.low(at + vague) in lexicon.INTO
    return (amount is not None or bool(reader.is_phrase(lexicon.ALL_CASH, at))) and _has_place(reader, at)


def _has_place(reader: Reader, at: int) -> bool:
    words = {reader.low(step) for step in range(at, min(at + 12, len(reader.tokens)))}
    return bool(words & (lexicon.INTO | {"for"}))


def unnamed(name: Named | None) -> bool:
    """Whether no instrument is known yet."""
    return name is None or (name.symbol is None and not name.choices)


HEADS: tuple[Head, ...] = (
    _effect_head, _order_noun, _typed_head, _guard_head, bid_in_head, _bid_head, _part_off, _with_money,
    position_head, _verb_head, money_head, _no_verb,
)  # fmt: skip
