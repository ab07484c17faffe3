"""A sentence laid out for reading: its tokens, and the instruments, amounts and dates found at each place."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from marketdata.names import EXACT, NEAR, NOTHING, WORD, Candidate, Match, NameIndex, fold
from marketdata.plain_words import PLAIN_WORDS
from trading.interpreter import vocabulary
from trading.interpreter.dates import DateRead, read_date
from trading.interpreter.interpretation import Context
from trading.interpreter.numbers import Amount, read_amount
from trading.interpreter.phrases import Phrases
from trading.interpreter.spoken import read_price
from trading.interpreter.tokens import Token, tidy, tokenize

NEAR_ENOUGH = 0.8
MAX_NAME_WORDS = 6
# What may stand between a name and the same name said again.
APPOSED = frozenset({"stock", "shares", "etf", "fund", "ticker", "symbol", ",", "inc", "corp", "co", "coin"})


@dataclass(frozen=True, slots=True)
class Named:
    """An instrument as said: the symbol where it is sure, else the words that left it open."""

    words: str
    length: int
    symbol: str | None = None
    score: float = 0.0
    how: str = ""
    choices: tuple[str, ...] = ()


@dataclass(slots=True)
class Reader:
    """Everything the grammar may look at; nothing here changes while reading."""

    text: str
    index: NameIndex
    as_of: datetime
    context: Context
    tokens: list[Token] = field(default_factory=list)
    shouts: bool = False
    clean: str = ""

    @classmethod
    def of(cls, text: str, *, index: NameIndex, as_of: datetime, context: Context) -> "Reader":
        """The sentence cut up and its plain misspellings mended."""

        def keep(word: str) -> bool:
            return bool(index.ticker(word) or index.exact(fold(word)).candidates)

        tokens = [vocabulary.mend(token, keep) for token in tokenize(text, keep)]
        tokens = vocabulary.plain_speech(tokens)
        words = [token.text for token in tokens if token.kind == "word" and token.text[:1].isalpha()]
        shouts = len(words) > 1 and all(word.isupper() for word in words)
        return cls(text, index, as_of, context, tokens, shouts, tidy(text))

    @property
    def today(self) -> date:
        """The day relative dates are read against."""
        return self.as_of.date()

    def low(self, at: int) -> str:
        """The word here in lower case, or nothing past the ends."""
        return self.tokens[at].low if 0 <= at < len(self.tokens) else ""

    def said(self, start: int, end: int) -> str:
        """The words of a stretch of tokens, as they were written."""
        words = self.tokens[start:end]
        return self.clean[words[0].start : words[-1].end] if words else ""

    def amount(self, at: int) -> Amount | None:
        """The amount that begins here."""
        return read_amount(self.tokens, at)

    def price(self, at: int, name: "Named | None" = None) -> Amount | None:
        """The price that begins here, as it is written or spoken; the name tells about what it should be."""
        usual = self.usual_price(name.symbol) if name and name.symbol else None
        return read_price(self.tokens, at, usual)

    def usual_price(self, symbol: str) -> Decimal | None:
        """About what an instrument costs; good for telling 9.50 from 950, and for nothing else."""
        row = self.index.row(symbol)
        return row.base_price if row else None

    def date(self, at: int) -> DateRead | None:
        """The date that begins here."""
        return read_date(self.tokens, at, self.today)

    def is_phrase(self, phrases: Phrases, at: int) -> int:
        """How many tokens the phrase here takes; 0 when there is none."""
        return phrases.length(self.tokens, at)

    def name(self, at: int, *, slot: bool = False) -> Named | None:
        """The instrument named here; in a ``slot``, where only one can stand, plain words count too."""
        if at >= len(self.tokens):
            return None
        found = self._plain_name(at, slot=slot)
        if found is None or found.symbol:
            return self._said_again(at, found) if found else None
        return self._told_by_ticker(at, found) or found

    def _told_by_ticker(self, at: int, found: Named) -> Named | None:
        """Unsure words with a ticker beside them: "gold (GLD)", "the treasuries ETF TLT"."""
        step = at + found.length
        while self.low(step) in APPOSED - {","}:
            step += 1
        opened = self.low(step) == "("
        word = self.tokens[step + opened] if step + opened < len(self.tokens) else None
        symbol = self.index.ticker(word.text.removeprefix("$")) if word else None
        if word is None or symbol is None or (opened and self.low(step + 2) != ")"):
            return None
        if not opened and (self.shouts or not word.text.isupper() or step == at + found.length):
            return None
        return Named(found.words, step + 1 + 2 * opened - at, symbol, 1.0, EXACT)

    def _plain_name(self, at: int, *, slot: bool) -> Named | None:
        token = self.tokens[at]
        if token.kind == "cashtag":
            symbol = self.index.ticker(token.text[1:])
            return Named(token.text, 1, symbol, 1.0 if symbol else 0.0, EXACT)
        if token.kind not in {"word", "number"}:
            return None
        return self._several_words(at, slot=slot) or self._one_word(at, slot=slot)

    def _said_again(self, start: int, found: Named) -> Named:
        """The same instrument named twice in a row: "Apple (AAPL)", "the S&P 500 ETF SPY", "Apple, ticker AAPL"."""
        at = start + found.length
        for nouns in range(3):
            begin = at + nouns
            if nouns and self.low(begin - 1) not in APPOSED:
                break
            opened = self.low(begin) == "("
            again = self._plain_name(begin + opened, slot=True) if begin + opened < len(self.tokens) else None
            end = begin + opened + (again.length if again else 0)
            if again and again.symbol == found.symbol and (not opened or self.low(end) == ")"):
                return replace(found, length=end + opened - start, score=1.0)
        return found

    def _several_words(self, at: int, *, slot: bool) -> Named | None:
        for length in range(min(MAX_NAME_WORDS, len(self.tokens) - at), 1, -1):
            words = self.tokens[at : at + length]
            if any(word.kind in {"cashtag", "date", "time"} or word.low in {"(", ")"} for word in words):
                continue
            phrase = fold(" ".join(word.low for word in words).replace(" 's", "'s"))
            if len(phrase.split()) < 2 or (phrase in vocabulary.PHRASES_NOT_NAMES and not slot):
                continue
            match = self.index.exact(phrase)
            if match.candidates:
                return self._named(at, length, match)
        return None

    def _one_word(self, at: int, *, slot: bool) -> Named | None:
        token = self.tokens[at]
        symbol = self.index.ticker(token.text)
        if symbol and self._is_written_as_ticker(at, slot=slot):
            return Named(token.text, 1, symbol, 1.0, EXACT)
        if token.low in vocabulary.NEVER_NAMES or (token.low in vocabulary.ONLY_IN_SLOT and not slot):
            return None
        if token.kind == "number" and not (slot and token.suffix):
            return None
        match = self.index.exact(fold(token.low))
        by_first_word = bool(match.candidates) and match.candidates[0].how == WORD
        if match.candidates and (slot or not by_first_word) and not (by_first_word and symbol):
            return self._named(at, 1, match)
        if symbol and (slot or len(token.low) > 2):
            return self._ticker_or_word(at, symbol, slot=slot)
        return self._unknown(at) if slot and token.kind == "word" else None

    def _is_written_as_ticker(self, at: int, *, slot: bool) -> bool:
        """Capitals in a sentence that is not all capitals, or a mark no plain word has."""
        token = self.tokens[at]
        if any(mark in token.text for mark in ".-/") and len(token.text) > 3:
            return True
        if not token.text.isupper() or (self.shouts and token.low in vocabulary.NEVER_NAMES):
            return False
        if self.shouts and token.low in PLAIN_WORDS and self.low(at + 1) in vocabulary.CLASS_NOUNS:
            return False
        return slot or (len(token.text) > 1 and not self.shouts) or (len(token.text) > 2 and self.shouts)

    def _ticker_or_word(self, at: int, symbol: str, *, slot: bool) -> Named | None:
        """A ticker in small letters; one that is a plain word too ("tech", "cars") is only what might be meant."""
        token = self.tokens[at]
        is_kind = token.low in vocabulary.INDEX_WORDS and self.low(at + 1) in vocabulary.CLASS_NOUNS
        if token.low in PLAIN_WORDS or is_kind:
            return Named(token.text, 1, choices=(symbol,)) if slot else None
        return self._named(at, 1, self.index.ticker_or_typo(token.low, symbol))

    def _unknown(self, at: int) -> Named | None:
        """A near miss where there is one, else the unknown words themselves."""
        for length in (3, 2, 1):
            if at + length > len(self.tokens):
                continue
            words = self.tokens[at : at + length]
            if any(word.kind != "word" or word.low in vocabulary.NEVER_NAMES for word in words):
                continue
            match = self._near(words)
            if match.best and match.best.score >= NEAR_ENOUGH:
                return self._named(at, length, match)
        if self.tokens[at].low in vocabulary.KNOWN:
            return None
        length = 1
        while self._goes_on(at + length):
            length += 1
        return Named(self.said(at, at + length), length)

    def _near(self, words: Sequence[Token]) -> Match:
        """A near miss; capitals of ticker length are a ticker we do not know, not a misspelling."""
        if len(words) == 1 and words[0].text.isupper() and len(words[0].text) <= 5 and not self.shouts:
            return NOTHING
        found = self.index.nearest(" ".join(word.low for word in words))
        return Match(tuple(item for item in found.candidates if self._is_tradable(item.symbol)))

    def _is_tradable(self, symbol: str) -> bool:
        row = self.index.row(symbol)
        return bool(row and row.tradable)

    def _is_kind(self, after: int, found: Candidate) -> bool:
        """Whether these words tell a kind of stock, not one of them: "utilities stocks", "foot companies"."""
        row = self.index.row(found.symbol)
        if found.how == NEAR:
            return self.low(after) in vocabulary.CLASS_NOUNS
        stocks = self.low(after) in vocabulary.CLASS_NOUNS - {"positions"}
        return stocks and found.how != EXACT and bool(row and row.asset_class != "equity")

    def _goes_on(self, at: int) -> bool:
        token = self.tokens[at] if at < len(self.tokens) else None
        return bool(token and token.kind == "word" and token.text[:1].isupper() and token.low not in vocabulary.KNOWN)

    def _named(self, at: int, length: int, match: Match) -> Named:
        words = self.said(at, at + length)
        best = match.candidates[0]
        if self._is_kind(at + length, best):
            return Named(words, length)
        held = [item.symbol for item in match.candidates if item.symbol in self.context.held]
        if match.is_sure:
            return Named(words, length, best.symbol, best.score, best.how)
        if len(held) == 1:
            return Named(words, length, held[0], 0.9, best.how)
        return Named(words, length, choices=tuple(item.symbol for item in match.candidates[:4]))
