"""Whether the person states an order as such: a stretch of their words that the embedded reader reads completely.

Odd words may stand around it, but the order itself must begin where a clause begins, end where one ends, and what
follows must not turn it into something else ("time to buy 10 apple is over").
"""

from __future__ import annotations

from collections.abc import Iterator

from trading.interpreter import lexicon, lexicon_commands
from trading.interpreter import lexicon_more as more
from trading.interpreter.interpretation import Action
from trading.interpreter.phrases import Phrases, word_set
from trading.interpreter.reader import Reader
from trading.interpreter.service import interpret

BEGINNINGS: tuple[Phrases, ...] = (
    lexicon.BUY, lexicon.SELL, lexicon.INVEST, lexicon.EFFECTS, lexicon.TYPED, lexicon.BIDS, lexicon.ORDER_LEADS,
    lexicon.GUARDS, lexicon_commands.CANCEL, lexicon_commands.MODIFY, lexicon_commands.ALERT, more.WHEN,
)  # fmt: skip
# Before an order only these may stand: the end of another clause, or what leads into a command.
BEFORE = word_set("and so then please just now kindly , . ; also pls plz ok okay yes go")
# After it only these: a stop, courtesy, or a purpose.
AFTER = word_set(", . ; ! please pls plz thanks thx ta cheers for as because since and so")
# What may not stand anywhere beside it: it speaks of somebody else, of another time, or takes the order back.
TURNS = word_set(
    """
    is are was were been would could might may seems sounds feels looks he she they we his her their
    somebody everyone about nearly almost approximately roughly around over wrong bad worse never not no nope nah
    nothing none fake lie lol haha joke kidding only but though however except instead otherwise later
    soon sometime someday eventually tomorrow yesterday if unless until till when whether or maybe perhaps possibly
    probably what why how who which where rule rules limit limits risk confirm confirmation check checks system
    admin override ignore pretend title song book movie film game word words say says said tell told quote
    headline news article tweet post message email mail subject meaning means called named translate translation
    repeat spell write type print read sentence phrase text example test story poem novel chapter line lines
    twice double again another more less hold leverage margin free right urgent e.g eg i.e ie e g plan draft note
    """
)
# A second verb of the trade beside the order: whatever it asks for was not read.
VERBS = word_set(
    """
    buy buying sell selling purchase short dump liquidate cancel close flatten exit transfer withdraw send deposit
    wire change modify replace drop delete remove stop start reverse undo
    """
)
TRIES_MAX = 60


def stated(reader: Reader, count: int) -> tuple[Action, ...]:
    """The actions, so many of them, that stretches of these words state; nothing where they state others or none."""
    tries = 0
    for start in _starts(reader):
        for end in _ends(reader, start):
            tries += 1
            if tries > TRIES_MAX:
                return ()
            if _turns(reader, start, end):
                continue
            actions = _read(reader, start, end)
            if len(actions) == count:
                return actions
    return ()


def _starts(reader: Reader) -> Iterator[int]:
    """Where a command may begin: at a verb, where a clause begins; an answer begins with the words."""
    for at in range(len(reader.tokens)):
        begins = at == 0 or reader.low(at - 1) in BEFORE
        answers = at == 0 and reader.context.last_order is not None
        if answers or (begins and any(reader.is_phrase(table, at) for table in BEGINNINGS)):
            yield at


def _ends(reader: Reader, start: int) -> Iterator[int]:
    """Where it may end, the longest stretch first."""
    for at in range(len(reader.tokens), start + 1, -1):
        if at == len(reader.tokens) or reader.low(at) in AFTER:
            yield at


def _turns(reader: Reader, start: int, end: int) -> bool:
    """Whether what stands around the stretch may turn it into something else."""
    around = [*range(start), *range(end, len(reader.tokens))]
    return any(_turns_here(reader, at) for at in around)


def _turns_here(reader: Reader, at: int) -> bool:
    """Whether a word may change what the order is: a figure, a verb of the trade, or one that takes it back."""
    token = reader.tokens[at]
    is_figure = token.kind in {"number", "cashtag", "date", "time", "slash"}
    is_verb = token.low in VERBS
    return is_figure or is_verb or token.low in TURNS


def _read(reader: Reader, start: int, end: int) -> tuple[Action, ...]:
    meaning = interpret(reader.said(start, end), index=reader.index, as_of=reader.as_of, context=reader.context)
    return meaning.actions if meaning.is_complete else ()
