"""The most one would pay and the least one would take: "no more than", "but don't let it go for under"."""

from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.phrases import Phrases
from trading.interpreter.reader import Reader

MOST, LEAST = "most", "least"
NOT_TO = Phrases.of(
    "do not|never|without|not|i will not|i do not want to|please do not|i would not|am not|not willing to|"
    "i am not willing to|make sure not to|make sure you do not|just do not|you must not|must not|not to"
)
DEALING = Phrases.of(
    "pay|paying|spend|spending|go|going|bid|bidding|chase it|offer|offering|pay anything|let it go|let them go|"
    "take|taking|take anything|accept|accepting|accept anything|sell|sell it|sell them|selling|settle|settling|"
    "buy|buy it|buy them|buying|fill|fill it|fill me|get filled|want to pay|part with it|part with them|"
    "let it go for anything|sell for anything|go any|pay any|get"
)
WISHES = Phrases.of(
    "i want|i need|i would like|i expect|i am asking|get me|get|looking for|hoping for|want|i will take|i will accept|"
    "i am willing to pay|i am happy to pay|i can pay|i would pay|willing to pay|i will go|i will go to|i will spend|"
    "i am fine with|give me|i will sell for"
)
WHILE = Phrases.of("as long as|so long as|while|provided|provided that|assuming")
LIMIT_LEADS = Phrases.of(
    "make it|make that|and make it|set it as|as|using|use|with|on|at|by|via|set|put|place it as|place it at|"
    "enter it as|"
    "with my|and use|and set|have it be|do it as|do it with|through"
)
LIMIT_CORE = Phrases.of("limit order|limit price|limit|price limit|lmt|limit order price|limit buy|limit sell")
LIMIT_TAILS = Phrases.of(
    "at|of|to|is|set at|set to|at a price of|order at|for|price|price of|=|:|being|price at|is set at|at price|"
    "at exactly"
)
IF_GOT = Phrases.of(
    "if i can get it|if i can get them|if you can get it|if you can get them|if it can be had|if i can get filled|"
    "if i can get some|if i can get that|if you can|if available|if i can|if i can buy it|if i can buy them|"
    "if i can sell it|if i can sell them|if you can fill it|if they can be had|if i get it|if i get them|"
    "if you can get me|if i can get in|if it fills|if they fill"
)
OVER = Phrases.of(
    "more than|over|above|higher than|beyond|past|more then|for more than|for over|at more than|higher|upwards of"
)
UNDER = Phrases.of(
    "less than|under|below|lower than|less then|for less than|for under|for below|for anything less than|"
    "for anything under|for anything below|beneath|at less than|at below|lower|anything less than|anything under|"
    "anything below|at anything below|at anything under"
)


def read_bound(reader: Reader, at: int) -> tuple[str, int] | None:
    """Which bound the words here announce and how many they are; the figure follows them."""
    most, least = reader.is_phrase(lexicon.AT_MOST, at), reader.is_phrase(lexicon.AT_LEAST, at)
    listed = (MOST, most) if most >= least else (LEAST, least)
    others = (_refused(reader, at), _wanted(reader, at), _as_long_as(reader, at))
    longest = max((listed, *(other for other in others if other)), key=lambda bound: bound[1])
    return longest if longest[1] else None


def _refused(reader: Reader, at: int) -> tuple[str, int] | None:
    """ "don't take less than", "but I won't pay over": what is refused tells which side the bound is on."""
    step = at + (reader.low(at) in {"but", "and", "just"})
    negation = reader.is_phrase(NOT_TO, step)
    if not negation:
        return None
    step += negation
    step += reader.is_phrase(DEALING, step)
    over, under = reader.is_phrase(OVER, step), reader.is_phrase(UNDER, step)
    if not (over or under):
        return None
    return (MOST if over >= under else LEAST, step + max(over, under) - at)


def _wanted(reader: Reader, at: int) -> tuple[str, int] | None:
    """ "I want at least 950", "get me at least 950", "looking for no less than 950"."""
    wish = reader.is_phrase(WISHES, at)
    most, least = reader.is_phrase(lexicon.AT_MOST, at + wish), reader.is_phrase(lexicon.AT_LEAST, at + wish)
    if not wish or not (most or least):
        return None
    return (MOST if most >= least else LEAST, wish + max(most, least))


def _as_long_as(reader: Reader, at: int) -> tuple[str, int] | None:
    """ "as long as it's under 380": the price that still suits."""
    lead = reader.is_phrase(WHILE, at)
    if not lead:
        return None
    step = at + lead
    step += reader.is_phrase(more.SUBJECT, step)
    step += reader.low(step) in {"is", "are", "stays", "stay", "remains", "costs", "cost", "trades", "can", "be", "get"}
    over, under = reader.is_phrase(OVER, step), reader.is_phrase(UNDER, step)
    at_least, at_most = reader.is_phrase(lexicon.AT_LEAST, step), reader.is_phrase(lexicon.AT_MOST, step)
    high, low = max(over, at_least), max(under, at_most)
    return (LEAST if high > low else MOST, step + max(high, low) - at) if high or low else None


def read_limit_words(reader: Reader, at: int) -> int:
    """ "make it a limit order at", "with a limit price of", "limit": how many words announce a limit price."""
    step = at + reader.is_phrase(LIMIT_LEADS, at)
    step += reader.low(step) in {"a", "an", "the", "my"}
    core = reader.is_phrase(LIMIT_CORE, step)
    if not core:
        return 0
    step += core
    return step + reader.is_phrase(LIMIT_TAILS, step) - at


def past_chance(reader: Reader, at: int) -> int:
    """ "if I can get them at 180": the words before the price that say no more than it does."""
    return reader.is_phrase(IF_GOT, at)
