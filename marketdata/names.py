"""Finds instruments by what people call them: tickers, names, nicknames and near misses, purely in memory."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from marketdata.nearness import Nearness, distance
from marketdata.plain_words import PLAIN_WORDS

EXACT, ALIAS, NAME, WORD, NEAR = "ticker", "alias", "name", "word", "near"
MAX_WORDS = 6
FAMOUS, OBSCURE = 100, 1000
SUFFIXES = frozenset(
    {
        "inc", "incorporated", "corp", "corporation", "co", "company", "plc", "ag", "se", "sa", "nv", "ltd", "limited",
        "group", "holdings", "holding", "the", "trust", "bancorp", "and", "&", "international", "industries",
        "technology", "technologies", "platforms",
    }
)  # fmt: skip
LEGAL = frozenset(
    {
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "plc",
        "ag",
        "se",
        "sa",
        "nv",
        "ltd",
        "limited",
        "the",
    }
)
# First words shared by so many companies, or so plain, that alone they name nobody.
SHARED_FIRST_WORDS = frozenset(
    word
    for line in """
    advanced all american applied atlantic buy capital central close community consumer core digital east eastern
    four general global good great growth health hold income independence independent interest international jones life
    limit live micro national north northern one open option pacific position premier prime profit public put sea
    select sell smith south southern standard stop strategy sun super three trust two u.s. united us west western
    """.splitlines()
    for word in line.split()
)
PLAIN_FIRST_WORDS = PLAIN_WORDS | SHARED_FIRST_WORDS


class Named(Protocol):
    """Anything with the fields a name index reads, such as a catalogue row."""

    @property
    def symbol(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def asset_class(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def tradable(self) -> bool: ...
    @property
    def rank(self) -> int: ...
    @property
    def base_price(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class NameRow:
    """The part of an instrument that names it, and about what it costs."""

    symbol: str
    name: str
    asset_class: str
    aliases: tuple[str, ...] = ()
    tradable: bool = True
    rank: int = 9999
    base_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One instrument a phrase may mean, how sure that is (0 to 1) and how it was found."""

    symbol: str
    score: float
    how: str


@dataclass(frozen=True, slots=True)
class Match:
    """All instruments a phrase may mean, best first."""

    candidates: tuple[Candidate, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The most likely candidate."""
        return self.candidates[0] if self.candidates else None

    @property
    def is_sure(self) -> bool:
        """Whether the best candidate stands clear of the next."""
        if not self.candidates:
            return False
        return len(self.candidates) == 1 or self.candidates[0].score - self.candidates[1].score >= 0.05

    @property
    def is_ambiguous(self) -> bool:
        """Whether there are candidates but no clear one."""
        return bool(self.candidates) and not self.is_sure


NOTHING = Match()


def fold(text: str) -> str:
    """Lower case, without accents, with one space between words and no full stops or commas at word ends."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.split(r"[\s,]+", plain.lower().replace("\u2019", "'"))
    return " ".join(word.strip(".!?:;\"'()") for word in words if word.strip(".!?:;\"'()"))


def spellings(phrase: str) -> set[str]:
    """The folded phrase, and the same with hyphens, apostrophes and ampersands written the other ways."""
    base = fold(phrase)
    found = {base, base.replace("-", " "), base.replace("-", ""), base.replace("'", "")}
    found |= {item.replace(" & ", " and ") for item in tuple(found)}
    found |= {item.replace(" and ", " & ") for item in tuple(found)}
    return {" ".join(item.split()) for item in found if item}


def short_forms(name: str) -> list[str]:
    """A company's name without its legal tail, and then without its trade tail: "Apple Inc." is "apple"."""
    words = fold(name).split()
    forms = [" ".join(words)]
    for tails in (LEGAL, SUFFIXES):
        kept = list(words)
        while len(kept) > 1 and kept[-1] in tails:
            kept.pop()
        if len(kept) > 1 and kept[0] == "the":
            kept = kept[1:]
        forms.append(" ".join(kept))
    return list(dict.fromkeys(forms))


@dataclass(frozen=True, slots=True)
class SearchForm:
    """One instrument as a search box looks at it."""

    symbol: str
    ticker: str
    name: str
    words: tuple[str, ...]
    aliases: tuple[str, ...]
    exact: frozenset[str]

    @classmethod
    def of(cls, row: NameRow) -> "SearchForm":
        """The folded forms of a row."""
        name, ticker = fold(row.name), row.symbol.lower()
        aliases = tuple(fold(alias) for alias in row.aliases)
        exact = frozenset({name, *(item for alias in row.aliases for item in spellings(alias))})
        return cls(row.symbol, ticker, name, tuple(name.split()), aliases, exact)

    def score(self, query: str) -> tuple[float, str]:
        """How well the instrument answers a search box's text (already folded)."""
        if query in (self.ticker, self.ticker.removesuffix("-usd")):
            return 1.0, EXACT
        if query in self.exact:
            return 0.95, ALIAS
        if self.ticker.startswith(query):
            return 0.85, EXACT
        if self.name.startswith(query) or any(alias.startswith(query) for alias in self.aliases):
            return 0.8, NAME
        return (0.6, WORD) if any(word.startswith(query) for word in self.words) else (0.0, "")


@dataclass(slots=True)
class NameIndex:
    """Every way of naming every instrument, looked up by phrase."""

    rows: dict[str, NameRow] = field(default_factory=dict)
    tickers: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, dict[str, tuple[float, str]]] = field(default_factory=lambda: defaultdict(dict))
    first_words: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    near: Nearness = field(default_factory=Nearness)
    forms: list[SearchForm] = field(default_factory=list)

    @classmethod
    def build(cls, rows: Iterable[Named]) -> "NameIndex":
        """An index over these rows; reading it never changes it."""
        index = cls()
        for row in sorted(rows, key=lambda row: (not row.tradable, row.rank, row.symbol)):
            known = (row.symbol, row.name, row.asset_class, row.aliases, row.tradable, row.rank, row.base_price)
            index._add(NameRow(*known))
        index.near = Nearness.build(phrase for phrase in index.phrases if len(phrase) >= 4)
        return index

    def _add(self, row: NameRow) -> None:
        self.rows[row.symbol] = row
        self.tickers.setdefault(row.symbol.lower(), row.symbol)
        self.forms.append(SearchForm.of(row))
        full, *shorter = short_forms(row.name)
        for phrase in spellings(full):
            self._name(phrase, row.symbol, 0.99, NAME)
        for form in shorter:
            for phrase in spellings(form):
                if phrase not in PLAIN_FIRST_WORDS:
                    self._name(phrase, row.symbol, 0.97, NAME)
        for alias in row.aliases:
            for phrase in spellings(alias):
                self._name(phrase, row.symbol, 0.98, ALIAS)
        first = full.split()[0]
        if len(first) >= 4 and first not in PLAIN_WORDS:
            self.first_words[first].add(row.symbol)

    def _name(self, phrase: str, symbol: str, score: float, how: str) -> None:
        known = self.phrases[phrase].get(symbol, (0.0, ""))
        self.phrases[phrase][symbol] = max(known, (score, how))

    def row(self, symbol: str) -> NameRow | None:
        """The row of a symbol as the platform writes it."""
        return self.rows.get(symbol)

    def ticker(self, word: str) -> str | None:
        """The symbol whose ticker this word is, whatever its case."""
        return self.tickers.get(word.lower())

    def find(self, words: str) -> Match:
        """What a whole phrase means: ticker, alias or name, first word, then near miss."""
        text = words.strip().removeprefix("$")
        symbol = self.ticker(text)
        exact = self.exact(fold(words.replace("$", "")))
        if symbol and (text.isupper() or not exact.candidates or exact.candidates[0].how == WORD):
            return self.ticker_or_typo(text, symbol)
        return exact if exact.candidates else self.nearest(words)

    def ticker_or_typo(self, word: str, symbol: str) -> Match:
        """A word in small letters that is an obscure ticker may as well be a famous name misspelled: "aple"."""
        row = self.rows[symbol]
        if not word.islower() or len(word) < 4 or row.rank <= OBSCURE:
            return Match((Candidate(symbol, 1.0, EXACT),))
        near = self.nearest(word).best
        famous = self.rows[near.symbol] if near and near.score > 0.85 else None
        if famous and famous.rank < FAMOUS and famous.symbol != symbol:
            return Match((Candidate(famous.symbol, 0.85, NEAR), Candidate(symbol, 0.85, EXACT)))
        return Match((Candidate(symbol, 0.97, EXACT),))

    def exact(self, phrase: str) -> Match:
        """The instruments called exactly this phrase (already folded), or beginning with this word alone."""
        found = self.phrases.get(phrase) if phrase else None
        if found:
            return self._ranked((symbol, score, how) for symbol, (score, how) in found.items())
        score = 0.5 if phrase in PLAIN_FIRST_WORDS else 0.92
        named = self._ranked((symbol, score, WORD) for symbol in self.first_words.get(phrase, ()))
        return named if len(named.candidates) > 1 or score > 0.5 else NOTHING

    def _ranked(self, found: Iterable[tuple[str, float, str]]) -> Match:
        """Candidates in order; a tradable one puts a foreign namesake out of the running."""
        items = [(self.rows[symbol], score, how) for symbol, score, how in found]
        if any(row.tradable for row, _, _ in items):
            items = [item for item in items if item[0].tradable]
        if any(how == ALIAS for _, _, how in items):
            items = [item for item in items if item[2] == ALIAS] or items
        items.sort(key=lambda item: (-item[1], item[0].rank))
        return Match(tuple(Candidate(row.symbol, score, how) for row, score, how in items[:8]))

    def nearest(self, words: str) -> Match:
        """Near misses: "aple", "mircosoft", "coca colla"; nothing when nothing is near enough."""
        phrase = fold(words)
        if len(phrase) < 4 or phrase in PLAIN_FIRST_WORDS:
            return NOTHING
        best: dict[str, float] = {}
        for key in self.near.candidates(phrase):
            score = nearness_score(phrase, key)
            if score <= 0:
                continue
            for symbol in self.phrases[key]:
                best[symbol] = max(best.get(symbol, 0.0), score + self._fame(symbol))
        if not best:
            return NOTHING
        return self._ranked((symbol, score, NEAR) for symbol, score in best.items())

    def _fame(self, symbol: str) -> float:
        """A little credit for being well known: a typo is more often of a famous name."""
        row = self.rows[symbol]
        return 0.06 if row.tradable and row.rank < 300 else 0.0

    def longest(self, tokens: Sequence[str], start: int) -> tuple[Match, int] | None:
        """The longest run of words from ``start`` that exactly names something, and how many words it took."""
        for length in range(min(MAX_WORDS, len(tokens) - start), 0, -1):
            words = tokens[start : start + length]
            if length == 1 and self.ticker(words[0].removeprefix("$")):
                return self.find(words[0]), 1
            match = self.exact(fold(" ".join(words)))
            if match.candidates:
                return match, length
        return None

    def search(self, text: str, limit: int = 10) -> list[Candidate]:
        """Instruments for a search box: ticker prefix, alias, name prefix, word prefix, then near misses."""
        query = fold(text.replace("$", ""))
        if not query:
            return []
        scores: dict[str, tuple[float, str]] = {}
        for form in self.forms:
            score, how = form.score(query)
            if score:
                scores[form.symbol] = (score, how)
        if symbol := self.ticker(query):
            scores |= {item.symbol: (1.0, item.how) for item in self.ticker_or_typo(query, symbol).candidates}
        if len(scores) < limit:
            for candidate in self.nearest(text).candidates:
                scores.setdefault(candidate.symbol, (candidate.score * 0.5, NEAR))
        order = sorted(scores, key=lambda item: (-scores[item][0], not self.rows[item].tradable, self.rows[item].rank))
        return [Candidate(symbol, *scores[symbol]) for symbol in order[:limit]]


def nearness_score(phrase: str, key: str) -> float:
    """How sure a near miss is: nothing unless few letters differ for the length of the word."""
    allowed = 1 if len(key) < 7 else 2
    if abs(len(phrase) - len(key)) > allowed or (phrase[0] != key[0] and phrase[:2] != key[1::-1]):
        return 0.0
    away = distance(phrase, key, allowed)
    if away > allowed:
        return 0.0
    return round(0.86 - 0.06 * (away - 1) - (0.08 if len(key) < 5 else 0.0), 3)
