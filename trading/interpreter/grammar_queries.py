"""Questions: what the words ask for, and of which instrument; nothing here can trade."""

from trading.interpreter import lexicon_queries as words
from trading.interpreter.interpretation import Query
from trading.interpreter.lexicon import NOUNS
from trading.interpreter.phrases import Phrases, word_set
from trading.interpreter.reader import Named, Reader

NAME_LEADS = word_set(
    """
    of on in for about is are does has buy sell hold analyze analyse was what's 's quote price the my did own any
    think like and or will research rate evaluate review study assess check show me sells with up at to into holding
    have examine predict forecast buying selling how's where's would
    """
)


def read_query(reader: Reader, start: int, end: int) -> list[Query]:
    """The queries between two places of a sentence; none where it asks for nothing we know."""
    names = _names(reader, start, end)
    topic = _topic(reader, start, end, has_name=bool(names))
    if topic is None:
        return []
    said = reader.said(start, end)
    if topic in {"buying_power", "portfolio"} and not names:
        return [Query(topic=topic, spans={"topic": said})]
    if not names:
        return [] if topic in {"quote", "analysis"} else [Query(topic=topic, spans={"topic": said})]
    if topic in {"portfolio", "buying_power"}:
        topic = "positions" if topic == "portfolio" else topic
        if topic == "buying_power":
            return [Query(topic=topic, spans={"topic": said})]
    return [Query(topic=topic, symbol=name.symbol, spans={"topic": said, "symbol": name.words}) for name in names]


def _has(reader: Reader, phrases: Phrases, start: int, end: int) -> bool:
    return any(reader.is_phrase(phrases, at) for at in range(start, end))


def _topic(reader: Reader, start: int, end: int, *, has_name: bool) -> str | None:
    if not _is_asking(reader, start, end, has_name=has_name):
        return None
    if has_name and _has(reader, words.GOING_RATE, start, end):
        return "quote"
    if has_name and _has(reader, words.ANALYSIS, start, end) and not _is_own(reader, start, end):
        return "analysis"
    for topic, phrases in words.TOPICS:
        if _has(reader, phrases, start, end) and _fits(reader, topic, start, end, has_name=has_name):
            return topic
    if has_name and _has(reader, words.ANALYSIS, start, end):
        return "analysis"
    if has_name and (_has(reader, words.QUOTE, start, end) or _is_bare(reader, start, end)):
        return "quote"
    return None


def _is_asking(reader: Reader, start: int, end: int, *, has_name: bool) -> bool:
    """Whether the words open like a question or a request to show, or are a bare name."""
    marks = {reader.low(at) for at in range(start, len(reader.tokens))}
    opens = reader.low(start) in words.QUESTION_STARTS
    if any(reader.low(at) in {"not", "never"} for at in range(start, end)) and "?" not in marks:
        return False
    return (
        opens or "?" in marks or (has_name and (_is_bare(reader, start, end) or _has(reader, words.QUOTE, start, end)))
    )


def _is_own(reader: Reader, start: int, end: int) -> bool:
    """Whether a question is about what the person holds or did, rather than about the instrument."""
    said = {reader.low(at) for at in range(start, end)}
    return (
        "should" not in said
        and bool(said & {"my", "own", "holding", "holdings", "position", "positions"})
        and not said & {"think"}
    )


def _fits(reader: Reader, topic: str, start: int, end: int, *, has_name: bool) -> bool:
    """Keeps topics of the person's own books away from questions about an instrument alone."""
    if not has_name:
        return True
    said = {reader.low(at) for at in range(start, end)}
    return bool(said & {"my", "i", "we", "our", "me"}) or topic in {"orders", "history", "positions"}


def _is_bare(reader: Reader, start: int, end: int) -> bool:
    """Whether nothing is said but a name: "AAPL", "Apple stock"."""
    name = reader.name(start, slot=True)
    return bool(name and name.symbol) and all(
        reader.low(at) in NOUNS for at in range(start + (name.length if name else 0), end)
    )


def _names(reader: Reader, start: int, end: int) -> list[Named]:
    """The instruments spoken of; plain words count only after a word that leads to a name."""
    names: list[Named] = []
    at = start
    while at < end:
        slot = at > start and reader.low(at - 1) in NAME_LEADS
        name = reader.name(at, slot=slot)
        if name is None and at == start and end - start <= 3:
            name = reader.name(at, slot=True)
        if name and name.symbol and at + name.length <= end:
            if name.symbol not in [known.symbol for known in names]:
                names.append(name)
            at += name.length
        else:
            at += 1
    return names
