"""Cuts a sentence into words, numbers, dates, times and marks, each with its place in the text."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

TOKEN = re.compile(
    r"""
    (?P<date>\d{4}-\d{1,2}-\d{1,2}(?![\d-])|\d{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:\d{4}|\d{2})\b|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?![\d/]))
  | (?P<time>\d{1,2}(?::\d{2})?\ ?(?:[ap]\.?m\b\.?)|\d{1,2}:\d{2}\b)
  | (?P<slash>\d{1,4}/\d{1,4}(?![\d/.]))
  | (?P<cashtag>\$[A-Za-z]{1,6}(?:[.\-/][A-Za-z]{1,4})?\b)
  | (?P<number>(?P<sign>[+\-]\ ?)?(?P<cur>\$\ ?)?(?P<sign2>-)?(?P<digits>(?>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+))
        (?:(?P<suffix>(?:k|mm|mil|m|bn|b|c|p|x|st|nd|rd|th|usd))(?![A-Za-z0-9]))?(?![A-Za-z])
        (?P<pct>\ ?%)?(?P<cur2>\ ?\$(?![\w.]))?)
  | (?P<word>[^\W\d_][^\W_]*(?:[.&'\-/][^\W_]+)*'?|\d+[^\W_]*[^\W\d_][^\W_]*)
  | (?P<mark><=|>=|\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
QUOTES = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "`": '"',
        "\u201c": '"',
        "\u201d": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u201e": '"',
    }
)
DASHES = str.maketrans(
    {
        "\u2013": "-",
        "\u2014": " , ",
        "\u2212": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u2044": "/",
        "\u2264": "<",
        "\u2265": ">",
    }
)
SCALES = {"k": Decimal(1000), "m": Decimal(10) ** 6, "mm": Decimal(10) ** 6, "mil": Decimal(10) ** 6}
SCALES |= {"b": Decimal(10) ** 9, "bn": Decimal(10) ** 9}
CONTRACTIONS = {
    "what's": "what is",
    "wats": "what is",
    "wat's": "what is",
    "whats": "what is",
    "where's": "where is",
    "how's": "how is",
    "hows": "how is",
    "who's": "who is",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "let's": "let us",
    "lets": "let us",
    "i'd": "i would",
    "i'll": "i will",
    "i'm": "i am",
    "im": "i am",
    "i've": "i have",
    "don't": "do not",
    "dont": "do not",
    "doesn't": "does not",
    "didn't": "did not",
    "won't": "will not",
    "can't": "can not",
    "cannot": "can not",
    "wouldn't": "would not",
    "shouldn't": "should not",
    "couldn't": "could not",
    "isn't": "is not",
    "wasn't": "was not",
    "haven't": "have not",
    "aren't": "are not",
    "you're": "you are",
    "we're": "we are",
    "they're": "they are",
    "he's": "he is",
    "she's": "she is",
    "here's": "here is",
    "we'll": "we will",
    "you'd": "you would",
    "we'd": "we would",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "got to",
    "gimme": "give me",
    "lemme": "let me",
    "when's": "when is",
    "'em": "them",
    "y'all": "you all",
    "ain't": "is not",
    "never mind": "nevermind",
    "outta": "out of",
}
# Several things in one word: a multiplied size, a month and a day, an option's symbol at the exchange.
GLUED = re.compile(
    r"^(?:(?P<root>[a-z]{1,6})(?P<ymd>\d{6})(?P<right>[cp])(?P<strike>\d{8})"
    r"|(?P<lead>x|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)(?P<count>\d{1,5}))$",
    re.IGNORECASE,
)
SHORTHAND = re.compile(r"\bw/(?=[\s\d])", re.IGNORECASE)
MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark of the sentence."""

    text: str
    low: str
    start: int
    end: int
    kind: str
    value: Decimal | None = None
    money: bool = False
    percent: bool = False
    suffix: str = ""


def tidy(text: str) -> str:
    """The sentence with one kind of quote, dash and space, and nothing invisible."""
    flat = unicodedata.normalize("NFKC", text)
    flat = "".join(" " if unicodedata.category(mark) in {"Zs", "Cc"} else mark for mark in flat)
    flat = "".join(mark for mark in flat if unicodedata.category(mark) not in {"Cf", "Co", "Cs", "Mn"})
    flat = SHORTHAND.sub("with ", flat.translate(QUOTES).translate(DASHES))
    return re.sub(r" +", " ", flat)


def plain_whole(value: Decimal) -> Decimal:
    """A scaled figure without the zeros its scale left behind the point."""
    return value.to_integral_value() if value == value.to_integral_value() else value


def _number(found: re.Match[str]) -> Token:
    value = Decimal(found["digits"].replace(",", ""))
    suffix = (found["suffix"] or "").lower()
    if suffix in SCALES:
        value = plain_whole(value * SCALES[suffix])
    if "-" in (found["sign"] or "") or found["sign2"]:
        value = -value
    return Token(
        found[0],
        found[0].lower(),
        found.start(),
        found.end(),
        "number",
        value=value,
        money=bool(found["cur"] or found["cur2"]) or suffix == "usd",
        percent=bool(found["pct"]),
        suffix=suffix,
    )


def _unglued(found: re.Match[str], start: int) -> list[Token]:
    """ "x10", "Dec18", "AAPL261218C00230000": what is written in one word and is several."""
    if found["root"]:
        day = found["ymd"]
        strike = format((Decimal(found["strike"]) / 1000).normalize(), "f")
        written = f"20{day[:2]}-{day[2:4]}-{day[4:]}"
        end = start + len(found[0])
        return [
            Token(found["root"], found["root"].lower(), start, end, "word"),
            Token(written, written, start, end, "date"),
            Token(strike, strike, start, end, "number", value=Decimal(strike), suffix=found["right"].lower()),
        ]
    split = start + len(found["lead"])
    digits = found["count"]
    return [
        Token(found["lead"], found["lead"].lower(), start, split, "word"),
        Token(digits, digits, split, split + len(digits), "number", value=Decimal(digits)),
    ]


def _split_word(text: str, start: int, keep: Callable[[str], bool]) -> list[Token]:
    """A word as it stands, or its parts: a contraction, a possessive, a compound."""
    low = text.lower()
    if found := GLUED.match(text):
        return _unglued(found, start)
    if low in CONTRACTIONS:
        return [Token(text, part, start, start + len(text), "word") for part in CONTRACTIONS[low].split()]
    if keep(text):
        return [Token(text, low, start, start + len(text), "word")]
    if low.endswith(("'s", "s'", "'")) and len(low) > 2:
        stem = text[:-2] if low.endswith("'s") else text.rstrip("'")
        return [*_split_word(stem, start, keep), Token("'s", "'s", start + len(stem), start + len(text), "word")]
    parts: list[Token] = []
    for part in re.finditer(r"[^\-/.&]+|[/&]", text):
        kind = "mark" if part[0] in "/&" else "word"
        parts.append(Token(part[0], part[0].lower(), start + part.start(), start + part.end(), kind))
    return parts


def tokenize(text: str, keep: Callable[[str], bool]) -> list[Token]:
    """The tokens of a sentence; ``keep`` says which compounds ("coca-cola", "BRK.B") are one name."""
    tokens: list[Token] = []
    for found in TOKEN.finditer(tidy(text)):
        kind = found.lastgroup or "mark"
        if found["number"] is not None:
            tokens.append(_number(found))
        elif found["word"] is not None:
            tokens.extend(_split_word(found[0], found.start(), keep))
        else:
            low = "at" if found[0] == "@" else found[0].lower()
            tokens.append(Token(found[0], low, found.start(), found.end(), kind))
    return tokens
