"""At what price: limits, stops, and trailing stops."""

from decimal import Decimal

from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.bounds import past_chance, read_bound, read_limit_words
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_options import strike_from_limit
from trading.interpreter.numbers import Amount
from trading.interpreter.reader import Reader


def _price_at(reader: Reader, frame: Frame, at: int) -> Amount | None:
    """A price that begins here: a plain number or money, not a percent, a part or a time."""
    amount = reader.price(at, frame.name)
    if amount is None or amount.kind == "percent" or amount.is_part:
        return None
    return amount


def _set_price(frame: Frame, slot: str, amount: Amount, words: str) -> None:
    frame.put(slot, amount.value, words)
    if amount.value <= 0:
        frame.doubt("A price has to be more than zero. Which price do you mean?")


def read_price(reader: Reader, frame: Frame, at: int) -> int:
    """A limit said in any way: "at 180", "for no more than $180 each", "limit 180", "180 or better"."""
    market = reader.is_phrase(lexicon.AT_MARKET, at)
    if market:
        if frame.limit is not None:
            frame.doubt("At the market, or at your limit?")
        frame.order_type = frame.order_type or "market"
        return at + market
    chance = past_chance(reader, at)
    bound, length = _bound(reader, at + chance)
    if chance and not length:
        return 0
    length += chance
    if not length:
        return _bare_limit(reader, frame, at)
    amount = _price_at(reader, frame, at + length)
    if amount is None:
        return _limit_word(reader, frame, at) if bound == "limit" else 0
    return _limit(reader, frame, (at, at + length + amount.length), amount=amount, bound=bound)


def _bound(reader: Reader, at: int) -> tuple[str, int]:
    """What announces a price here, and how many words it takes; the longest wins."""
    limit = max(reader.is_phrase(lexicon.LIMIT_WORDS, at), read_limit_words(reader, at))
    bounds = [("limit", limit), ("at", reader.is_phrase(lexicon.AT_PRICE, at))]
    if bound := read_bound(reader, at):
        bounds.insert(1, bound)
    return max(bounds, key=lambda found: found[1])


def _limit_word(reader: Reader, frame: Frame, at: int) -> int:
    """The bare word "limit" or "limit order", its price said elsewhere."""
    for words in (("as", "a", "limit", "order"), ("limit", "order"), ("a", "limit", "order"), ("limit",), ("lmt",)):
        if tuple(reader.low(at + step) for step in range(len(words))) == words and frame.order_type in {None, "limit"}:
            frame.order_type = "limit"
            return at + len(words)
    return 0


def _bare_limit(reader: Reader, frame: Frame, at: int) -> int:
    """ "180 limit", or a bare price after the name when the order is called a limit order."""
    amount = _price_at(reader, frame, at)
    if amount is None or frame.limit is not None or frame.name is None:
        return 0
    end = at + amount.length
    if reader.low(end) in {"limit", "lmt"}:
        return _limit(reader, frame, (at, end + 1), amount=amount, bound="limit")
    tails = (lexicon.OR_BETTER, lexicon.OR_LOWER, lexicon.OR_HIGHER)
    better = max(reader.is_phrase(table, end) for table in tails)
    following = reader.name(end, slot=True)
    if following and following.symbol:
        return 0
    if (better or frame.order_type == "limit") and frame.has_size:
        return _limit(reader, frame, (at, end), amount=amount, bound="at")
    return 0


def _limit(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount, bound: str) -> int:
    at, end = place
    if bound == "at" and reader.low(at) == "for" and (not frame.has_size or frame.notional is not None):
        return 0
    if not amount.is_part and reader.low(end) in lexicon.UNITS and not _is_stop_order(frame):
        return 0
    if reader.low(end) in {"total", "altogether", "overall", "all"} or reader.said(end, end + 2).lower() == "in total":
        frame.doubt("Is that the price of each, or for all of them together?")
    ends = {"least": "sell", "most": "buy"}.get(bound, "")
    for table, side in ((lexicon.OR_BETTER, ""), (lexicon.OR_LOWER, "buy"), (lexicon.OR_HIGHER, "sell")):
        end += (each := reader.is_phrase(lexicon.EACH, end))
        tail = reader.is_phrase(table, end)
        if tail and not (side == "sell" and each and not tail):
            ends, end = side or ends, end + tail
            break
    end += reader.is_phrase(lexicon.EACH, end)
    if reader.low(end) in {"limit", "lmt"}:
        end += 1
    if frame.is_option and frame.limit is not None and bound in {"at", "limit"}:
        strike_from_limit(reader, frame)
    frame.limit_direction = ends or frame.limit_direction
    frame.is_called_limit = frame.is_called_limit or bound == "limit"
    _set_price(frame, "limit", amount, reader.said(at, end))
    return end


def _is_stop_order(frame: Frame) -> bool:
    return frame.order_type in {"stop", "stop_limit"}


def read_trail(reader: Reader, frame: Frame, at: int) -> int:
    """ "trailing stop of 5%", "a 5% trailing stop", "trail by $3", "trailing 5%"."""
    start = at
    if reader.low(at) in {"with", "using", "on", "by", "via", "use"}:
        at += 1
    at += reader.low(at) in {"a", "an"}
    amount = reader.amount(at)
    if amount and not amount.is_part:
        trail = reader.is_phrase(more.TRAIL, at + amount.length)
        end = at + amount.length + trail
        return _set_trail(reader, frame, (start, end), amount=amount) if trail else 0
    trail = reader.is_phrase(more.TRAIL, at)
    if not trail:
        return 0
    end = at + trail
    end += reader.is_phrase(more.OF_AT, end)
    amount = reader.amount(end)
    if amount is None or amount.is_part:
        if frame.order_type in {None, "trailing_stop"}:
            frame.order_type = "trailing_stop"
            return at + trail
        return 0
    return _set_trail(reader, frame, (start, end + amount.length), amount=amount)


def _set_trail(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount) -> int:
    slot = "trail_percent" if amount.kind == "percent" else "trail_amount"
    frame.put(slot, amount.value, reader.said(*place))
    frame.order_type = "trailing_stop"
    if amount.value <= 0 or (slot == "trail_percent" and amount.value >= 100):
        frame.doubt("How far should the stop trail?")
    if slot == "trail_amount" and amount.kind != "money":
        end = place[1]
        if reader.low(end) in {"points", "point"}:
            return end + 1
    return place[1]


def read_trail_value(reader: Reader, frame: Frame, at: int) -> int:
    """The figure of a trailing stop said apart from it: "trailing stop on NVDA, 5%"."""
    if frame.order_type != "trailing_stop" or frame.trail_amount is not None or frame.trail_percent is not None:
        return 0
    step = at + (reader.is_phrase(more.OF_AT, at) or reader.low(at) in {"with", "using", "and"})
    step += reader.low(step) in {"a", "an"}
    amount = reader.amount(step)
    if amount is None or amount.is_part or (amount.kind == "plain" and step == at):
        return 0
    end = _set_trail(reader, frame, (at, step + amount.length), amount=amount)
    return end + (reader.low(end) in {"stop", "trail", "distance", "gap"})


def read_stop(reader: Reader, frame: Frame, at: int) -> int:
    """The stop of a stop or stop-limit order: "with a stop of 390", "stop 390 limit 388", "stop limit 390/388"."""
    start = at
    if reader.low(at) in {"with", "using", "on", "via", "as", "at"}:
        at += 1
    at += reader.low(at) in {"a", "an"}
    both = reader.is_phrase(more.STOP_LIMIT, at)
    if both:
        frame.order_type = "stop_limit"
        return _both_prices(reader, frame, (start, at + both))
    tables = (more.STOP_LOSS, more.STOP) if frame.side == "sell" else (more.STOP,)
    length = max(reader.is_phrase(table, at) for table in tables)
    if not length:
        amount = _price_at(reader, frame, at) if frame.name is not None and frame.stop is None else None
        if amount and reader.low(at + amount.length) == "stop":
            return _put_stop(reader, frame, (start, at + amount.length + 1), amount=amount)
        return 0
    end = at + length
    end += reader.is_phrase(more.OF_AT, end)
    amount = _price_at(reader, frame, end)
    if amount is None:
        if frame.order_type in {None, "stop"} and frame.stop is None:
            frame.order_type = "stop"
            return at + length
        return 0
    return _put_stop(reader, frame, (start, end + amount.length), amount=amount)


def _put_stop(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount) -> int:
    if frame.order_type in {None, "limit", "market"}:
        frame.order_type = "stop_limit" if frame.order_type == "limit" else "stop"
    _set_price(frame, "stop", amount, reader.said(*place))
    return place[1]


def _both_prices(reader: Reader, frame: Frame, place: tuple[int, int]) -> int:
    """The two figures after "stop limit", if they are said there: "390/388", "390 388", "390 and 388"."""
    start, at = place
    step = at + reader.is_phrase(more.OF_AT, at)
    if step < len(reader.tokens) and reader.tokens[step].kind == "slash":
        stop, limit = reader.low(step).split("/")
        frame.put("stop", Decimal(stop), reader.said(start, step + 1))
        frame.put("limit", Decimal(limit), reader.said(start, step + 1))
        return step + 1
    first = _price_at(reader, frame, step)
    if first is None:
        return at
    middle = step + first.length
    after = middle + (reader.low(middle) in {"and", ",", "/"})
    second = _price_at(reader, frame, after)
    if second is None:
        return _put_stop(reader, frame, (start, middle), amount=first)
    _set_price(frame, "stop", first, reader.said(start, middle))
    _set_price(frame, "limit", second, reader.said(after, after + second.length))
    return after + second.length


def read_stop_value(reader: Reader, frame: Frame, at: int) -> int:
    """The price of a stop order said apart from its name: "sell stop 10 AAPL at 170", "stop loss on Tesla at 205"."""
    if frame.order_type not in {"stop", "stop_limit"} or frame.stop is not None:
        return 0
    step = at + reader.is_phrase(lexicon.AT_PRICE, at)
    amount = _price_at(reader, frame, step)
    if amount is None or (step == at and frame.name is None):
        return 0
    _set_price(frame, "stop", amount, reader.said(at, step + amount.length))
    return step + amount.length
