"""The exits that belong to an entry: "with a 4% stop loss", "take profit at 280", "5% below"."""

from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.frame import Frame
from trading.interpreter.numbers import Amount
from trading.interpreter.reader import Reader


def read_exit(reader: Reader, frame: Frame, at: int) -> int:
    """A stop loss or a take profit that belongs to an entry: "with a 4% stop loss", "take profit at 280"."""
    if frame.side != "buy" and not _is_entry_option(frame):
        return 0
    start = at
    at += reader.is_phrase(more.GUARD_LEAD, at)
    has_lead = at > start
    at += reader.low(at) in {"a", "an", "my", "the"}
    amount = reader.amount(at)
    if amount and not amount.is_part:
        return _exit_after_amount(reader, frame, (start, at), amount=amount)
    for table, word in ((more.STOP_LOSS, "stop_loss"), (more.TAKE_PROFIT, "take_profit"), (more.STOP, "stop")):
        length = reader.is_phrase(table, at)
        is_entry = any(reader.low(step) in {"buy", "sell"} for step in range(at, at + length))
        if length and not is_entry and (word != "stop" or has_lead):
            return _exit_value(reader, frame, (start, at + length), word=word)
    return 0


def _is_entry_option(frame: Frame) -> bool:
    return frame.side == "sell" and frame.is_option and frame.effect == "open"


def _exit_after_amount(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount) -> int:
    """ "a 4% stop loss", "a $220 stop loss", "10% take profit"."""
    start, at = place
    end = at + amount.length
    if amount.kind == "plain" and frame.name is None:
        return 0
    for table, word in ((more.STOP_LOSS, "stop_loss"), (more.TAKE_PROFIT, "take_profit")):
        length = reader.is_phrase(table, end)
        if length:
            return _put_exit(reader, frame, (start, end + length), amount=amount, word=word)
    if amount.kind == "percent" and reader.low(end) == "stop":
        return _put_exit(reader, frame, (start, end + 1), amount=amount, word="stop_loss")
    return 0


def _exit_value(reader: Reader, frame: Frame, place: tuple[int, int], *, word: str) -> int:
    """The figure of an exit: "at 220", "of 4%", "5% below"."""
    start, end = place
    end += reader.is_phrase(more.ON_IT, end)
    end += reader.is_phrase(more.OF_AT, end)
    amount = reader.amount(end)
    if amount is None or amount.is_part:
        return 0
    end += amount.length
    if word == "stop":
        follows = reader.is_phrase(lexicon.LIMIT_WORDS, end + (reader.low(end) in {"and", ",", "with"}))
        if follows or (frame.order_type == "stop_limit"):
            return 0
    return _put_exit(
        reader, frame, (start, end), amount=amount, word="take_profit" if word == "take_profit" else "stop_loss"
    )


def _put_exit(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount, word: str) -> int:
    end = place[1]
    away = more.AWAY.match(reader.tokens, end)
    if away:
        if away[0] != ("down" if word == "stop_loss" else "up"):
            frame.doubt("Is that stop on the right side of the price?")
        if amount.kind != "percent":
            frame.doubt("At which price exactly should the exit stand?")
        end += away[1]
    end += reader.is_phrase(more.ON_IT, end)
    slot = f"{word}_percent" if amount.kind == "percent" else f"{word}_price"
    frame.put(slot, amount.value, reader.said(place[0], end))
    if amount.value <= 0 or (slot == "stop_loss_percent" and amount.value >= 100):
        frame.doubt("At which price should the exit stand?")
    return end
