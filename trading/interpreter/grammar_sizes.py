"""How much: the size inside an order's clause."""

from decimal import Decimal

from trading.interpreter import lexicon
from trading.interpreter.frame import Frame
from trading.interpreter.numbers import Amount
from trading.interpreter.reader import Reader

HUNDRED = Decimal(100)
# From here on "5000 of Apple" is as often dollars as shares.
OFTEN_MONEY = Decimal(1000)
THEM = frozenset({"them", "those", "it", "these"})
MORE_WORDS = frozenset({"more", "additional", "extra", "x", "*", "whole", "full", "further", "of", "the"})


def percent_text(value: Decimal) -> Decimal:
    """A part as a percent, with two places where it does not end: a third is 33.33."""
    percent = (value * HUNDRED).quantize(Decimal("0.01"))
    return percent.normalize() if percent != percent.to_integral_value() else percent.to_integral_value()


def read_size(reader: Reader, frame: Frame, at: int) -> int:
    """A size that begins here; 0 when there is none."""
    if frame.has_size or frame.is_vague or frame.is_everything:
        return 0
    for rule in (_cash_share, _everything, _amount, _single, _vague, _reduction):
        if end := rule(reader, frame, at):
            return end
    return 0


def _set(reader: Reader, frame: Frame, slot: str, value: Decimal, *, place: tuple[int, int]) -> int:
    """Put a size in its field; sizes of nothing or less are asked about."""
    frame.size_words = reader.said(*place)
    frame.put(slot, value, frame.size_words)
    if value <= 0:
        frame.doubt("The size has to be more than zero. How much do you mean?")
    if slot.startswith("percent") and value > HUNDRED:
        frame.doubt("That is more than all of it. How much do you mean?")
    return place[1]


def _cash_share(reader: Reader, frame: Frame, at: int) -> int:
    """ "10% of my cash", "half my buying power", "everything I have" of a purchase."""
    if frame.side != "buy":
        return 0
    step = at + (reader.low(at) in {"with", "using", "from"})
    amount = reader.amount(step)
    if amount and (amount.kind == "percent" or amount.is_part):
        mid = step + amount.length + (reader.low(step + amount.length) == "of")
        cash = reader.is_phrase(lexicon.CASH, mid)
        if not cash:
            return 0
        value = amount.value if amount.kind == "percent" else percent_text(amount.value)
        end = _set(reader, frame, "percent_of_cash", value, place=(at, mid + cash))
    else:
        cash = reader.is_phrase(lexicon.ALL_CASH, step)
        if not cash or (reader.low(step) == "everything" and cash == 1 and not frame.is_money_verb):
            return 0
        end = _set(reader, frame, "percent_of_cash", HUNDRED, place=(at, step + cash))
    if [reader.low(end), reader.low(end + 1)] == ["worth", "of"]:
        return end + 2
    return end + 1 if reader.low(end) == "of" else end


def _everything(reader: Reader, frame: Frame, at: int) -> int:
    """ "all my Tesla", "my whole position in Tesla", "everything"."""
    if frame.side != "sell":
        return 0
    at += frame.verb in {"protect", "order"} and reader.low(at) in {"on", "for", "of"}
    some = reader.is_phrase(lexicon.ALL_OF, at)
    total = reader.is_phrase(lexicon.ALL_OF_IT, at)
    of_one = reader.low(at + total) in {"in", "of"} and reader.name(at + total + 1, slot=True)
    if total and total >= some and not of_one and not reader.name(at + total, slot=False):
        words = reader.said(at, at + total).lower()
        if words == "all" and frame.name is not None:
            return _set(reader, frame, "percent_of_position", HUNDRED, place=(at, at + total))
        if words in {"all", "it all", "all of it", "all of them", "the lot", "the whole lot", "the whole thing"}:
            frame.is_pronoun = words != "all" or not frame.is_close
            frame.is_everything = not frame.is_pronoun
            return _set(reader, frame, "percent_of_position", HUNDRED, place=(at, at + total))
        if frame.name is None:
            frame.is_everything = True
            return _set(reader, frame, "percent_of_position", HUNDRED, place=(at, at + total))
    if some and reader.amount(at + some) is None:
        frame.is_own = True
        return _set(reader, frame, "percent_of_position", HUNDRED, place=(at, at + some))
    return 0


def _amount(reader: Reader, frame: Frame, at: int) -> int:
    start = at
    at += frame.verb in {"protect", "order"} and reader.low(at) in {"on", "for", "of"}
    at += frame.side == "sell" and reader.low(at) == "my" and frame.name is None and reader.amount(at + 1) is not None
    for lead in ("another", "additional", "extra", "a total of", "a further", "exactly", "an additional", "an extra"):
        words = lead.split()
        if [reader.low(at + step) for step in range(len(words))] == words:
            at += len(words)
            break
    at += reader.low(at) == "x" and frame.name is not None
    amount = reader.amount(at)
    if amount is None:
        return 0
    end = at + amount.length
    if reader.low(at - 1) == "x" and amount.kind == "plain":
        return _set(reader, frame, "quantity", amount.value, place=(start, end))
    if amount.kind == "percent" or (amount.is_part and not _is_unit(reader, end)):
        return _position_share(reader, frame, (start, end), amount=amount)
    if amount.kind == "money":
        return _money(reader, frame, (start, end), amount=amount)
    return _quantity(reader, frame, (start, end), amount=amount)


def _is_unit(reader: Reader, at: int) -> bool:
    """Whether a unit stands here; a ticker in capitals ("20 COIN") is none."""
    if reader.low(at) not in lexicon.UNITS:
        return False
    return reader.shouts or not reader.tokens[at].text.isupper() or reader.index.ticker(reader.low(at)) is None


def _position_share(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount) -> int:
    """ "half of my ETH", "25% of AAPL", "50% of it"."""
    start, end = place
    name = reader.name(end, slot=True) if frame.side == "buy" and amount.is_part else None
    row = reader.index.row(name.symbol) if name and name.symbol else None
    if row and row.asset_class == "crypto":
        return _set(reader, frame, "quantity", amount.value, place=(start, end))
    if frame.side != "sell":
        frame.doubt("A part of what? Say a number of shares, an amount of money, or a percent of your cash.")
    value = amount.value if amount.kind == "percent" else percent_text(amount.value)
    if reader.low(end) == "of" or (reader.low(end) == "off" and frame.side == "sell"):
        end += 1
    if frame.name is not None and reader.low(end) in THEM:
        return _set(reader, frame, "percent_of_position", value, place=(start, end + 1))
    total = reader.is_phrase(lexicon.ALL_OF_IT, end)
    if frame.name is None and total and reader.low(end) not in {"my", "the"}:
        return 0
    if total and reader.is_phrase(lexicon.ALL_OF, end) < total and frame.name is None:
        frame.is_everything = frame.is_close
        if not frame.is_close:
            frame.doubt("Of which position?")
        return _set(reader, frame, "percent_of_position", value, place=(start, end + total))
    owned = reader.is_phrase(lexicon.ALL_OF, end)
    if owned and reader.low(end) != "all":
        end += owned
    frame.is_own = True
    return _set(reader, frame, "percent_of_position", value, place=(start, end))


def _money(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount) -> int:
    start, end = place
    if (
        reader.low(end) in {"worth", "in", "into", "of", "each"}
        or frame.is_money_verb
        or reader.low(start - 1) in {"with", "using"}
    ):
        pass
    elif frame.name is not None and reader.low(start - 1) != "worth":
        return 0
    if reader.low(end) in {"each", "apiece"}:
        frame.is_each, end = True, end + 1
    end += reader.low(end) == "worth"
    end += reader.low(end) == "of"
    if reader.low(end) == "each" and reader.low(end + 1) == "of":
        frame.is_each, end = True, end + 2
    return _set(reader, frame, "notional", amount.value, place=(start, end))


def _quantity(reader: Reader, frame: Frame, place: tuple[int, int], *, amount: Amount) -> int:
    start, end = place
    if reader.low(end) == "worth":
        end += 1 + (reader.low(end + 1) == "of")
        return _set(reader, frame, "notional", amount.value, place=(start, end))
    if frame.is_money_verb and not _is_unit(reader, end) and reader.low(end) not in {"of", "more"}:
        return _set(reader, frame, "notional", amount.value, place=(start, end))
    end = _past_repeat(reader, end, amount)
    if frame.name is not None and reader.low(end) == "of" and reader.low(end + 1) in THEM:
        return _set(reader, frame, "quantity", amount.value, place=(start, end + 2))
    if frame.name is not None and not frame.is_name_first and not _is_unit(reader, end):
        return 0
    end = _past_units(reader, frame, end)
    _check_meaning(reader, frame, end, amount)
    if reader.low(end) in {"each", "apiece"}:
        frame.is_each = True
        end += 1
    if reader.low(end) == "of":
        end += 1
        end += reader.low(end) in {"a", "an"}
        if reader.low(end) in {"each", "both"}:
            frame.is_each = True
            end += 1 + (reader.low(end + 1) == "of")
    return _set(reader, frame, "quantity", amount.value, place=(start, end))


def _check_meaning(reader: Reader, frame: Frame, end: int, amount: Amount) -> None:
    """Ask where a bare figure before "of" may as well be a part or an amount of money."""
    if frame.unit or reader.low(end) != "of":
        return
    if frame.side == "sell" and amount.value < 1:
        frame.doubt("Is that a number of shares or coins, or a part of what you hold?")
    elif amount.is_scaled or amount.value >= OFTEN_MONEY:
        frame.doubt("Is that a number of shares or coins, or an amount of money?")


def _past_repeat(reader: Reader, at: int, amount: Amount) -> int:
    """Past the same number in brackets: "ten (10)"."""
    again = reader.amount(at + 1) if reader.low(at) == "(" and reader.low(at + 2) == ")" else None
    return at + 3 if again and again.value == amount.value else at


def _past_units(reader: Reader, frame: Frame, at: int) -> int:
    """Past "more" and the unit, which the frame keeps."""
    while reader.low(at) in MORE_WORDS - {"of", "the"}:
        at += 1
    if _is_unit(reader, at):
        frame.unit = reader.low(at)
        at += 1
    return at


def _single(reader: Reader, frame: Frame, at: int) -> int:
    """ "a share of Apple", "a single share", "a bitcoin", "one" of something."""
    if reader.low(at) not in {"a", "an", "single"}:
        return 0
    end = at + 1 + (reader.low(at + 1) in {"single", "whole", "full"})
    if _is_unit(reader, end) and reader.low(end) not in {"shares", "coins", "units", "stocks", "stock"}:
        frame.unit = reader.low(end)
        end += 1 + (reader.low(end + 1) == "of")
        return _set(reader, frame, "quantity", Decimal(1), place=(at, end))
    name = reader.name(end, slot=True)
    row = reader.index.row(name.symbol) if name and name.symbol else None
    if row and (row.asset_class == "crypto" or _is_unit(reader, end + (name.length if name else 0))):
        return _set(reader, frame, "quantity", Decimal(1), place=(at, end))
    if frame.is_option:
        return _set(reader, frame, "quantity", Decimal(1), place=(at, end))
    return 0


def _vague(reader: Reader, frame: Frame, at: int) -> int:
    length = reader.is_phrase(lexicon.VAGUE, at)
    if frame.is_money_verb:
        length = max(length, reader.is_phrase(lexicon.SOME_MONEY, at))
    if not length:
        return 0
    frame.is_vague = True
    frame.size_words = reader.said(at, at + length)
    end = at + length
    if reader.low(end) in lexicon.UNITS:
        end += 1 + (reader.low(end + 1) in {"of", "in"})
    return end


def _reduction(reader: Reader, frame: Frame, at: int) -> int:
    """ "by 25%", "by half", "by 10 shares", "in half"."""
    if frame.side != "sell" or frame.name is None:
        return 0
    if [reader.low(at), reader.low(at + 1)] == ["in", "half"]:
        return _set(reader, frame, "percent_of_position", Decimal(50), place=(at, at + 2))
    amount = reader.amount(at + 1) if reader.low(at) == "by" else None
    if amount is None:
        return 0
    end = at + 1 + amount.length
    if amount.kind == "percent" or amount.is_part:
        value = amount.value if amount.kind == "percent" else percent_text(amount.value)
        return _set(reader, frame, "percent_of_position", value, place=(at, end))
    if amount.kind == "money":
        return _set(reader, frame, "notional", amount.value, place=(at, end))
    return _set(reader, frame, "quantity", amount.value, place=(at, end + 1)) if _is_unit(reader, end) else 0
