"""Of what: the instrument inside an order's clause."""

from marketdata.names import fold
from trading.interpreter import lexicon
from trading.interpreter.frame import Frame
from trading.interpreter.reader import Named, Reader

PRONOUNS = frozenset({"it", "them", "that", "those", "this", "these"})
DETERMINERS = frozenset({"my", "the", "our"})
LEGAL_TAILS = frozenset({"company", "inc", "corp", "corporation", "co", "ltd", "plc", "incorporated"})
LEADS = frozenset({"of", "in", "into", "on", "to", "towards", "toward", "for", "from", "against"})


def read_instrument(reader: Reader, frame: Frame, at: int) -> int:
    """The instrument named here; 0 when none can stand here."""
    if frame.name is not None or frame.is_everything:
        return 0
    step = at
    if (reader.low(step) in LEADS and (reader.low(step) != "against" or frame.is_option)) or (
        reader.low(step) == "at" and frame.is_money_verb and frame.has_size
    ):
        step += 1
    if reader.low(step) in DETERMINERS:
        frame.is_own = frame.is_own or reader.low(step) in {"my", "our"}
        step += 1
    step += reader.low(step) in {"entire", "whole"} and frame.is_own
    if frame.is_option and (held := reader.amount(step)) and reader.low(step + held.length) == "shares":
        step += held.length
    for noun in (
        "shares",
        "stock",
        "position",
        "holdings",
        "holding",
        "stake",
        "stocks",
        "share",
        "coins",
        "investment",
    ):
        if reader.low(step) == noun and reader.low(step + 1) in {"in", "of"}:
            step += 2
            break
    if reader.low(step) == "the":
        step += 1
    if reader.low(step) in PRONOUNS and reader.low(step + 1) not in lexicon.NOUNS:
        frame.is_pronoun = True
        frame.name = Named(reader.low(step), 1, None)
        return step + 1
    name = _classed(reader, step) or reader.name(step, slot=True)
    if name is None:
        return 0
    frame.name = name
    frame.spans["symbol"] = name.words
    end = step + name.length
    return _nouns_after(reader, frame, end)


def _classed(reader: Reader, at: int) -> Named | None:
    """ "Class A shares of Berkshire": the class said before the name."""
    if reader.low(at) != "class" or len(reader.low(at + 1)) != 1:
        return None
    step = at + 2
    while reader.low(step) in lexicon.NOUNS | {"of", "in"}:
        step += 1
    plain = reader.name(step, slot=True)
    if plain is None:
        return None
    match = reader.index.exact(fold(f"{plain.words} class {reader.low(at + 1)}"))
    symbol = match.best.symbol if match.is_sure and match.best else None
    if symbol is None and plain.symbol:
        symbol = reader.index.ticker(f"{plain.symbol.split('.')[0]}.{reader.low(at + 1)}")
    length = step + plain.length - at
    return Named(reader.said(at, at + length), length, symbol, plain.score, plain.how)


def _nouns_after(reader: Reader, frame: Frame, at: int) -> int:
    """Words that only go with the name before them: "'s", "stock", "shares", "position"."""
    if reader.low(at) == "'s":
        at += 1
    if reader.low(at) == "(" and reader.low(at + 2) == ")" and frame.name is not None:
        again = reader.name(at + 1, slot=True)
        at += 3 if again and again.symbol == frame.name.symbol else 0
    at += reader.low(at) in LEGAL_TAILS
    while reader.low(at) in lexicon.NOUNS and not (frame.is_option and reader.low(at) in lexicon.CONTRACT_UNITS):
        at += 1
    return at
