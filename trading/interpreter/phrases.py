"""Tables of phrases, found in a sentence by their longest match."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trading.interpreter.tokens import Token


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases by their first word, each with the value it stands for."""

    table: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, *lists: str) -> "Phrases":
        """Phrases that stand for themselves, written ``one|another``."""
        return cls.mapping({phrase: phrase for phrases in lists for phrase in phrases.split("|")})

    @classmethod
    def mapping(cls, values: Mapping[str, str]) -> "Phrases":
        """Phrases (or several, written ``one|another``) with the value each stands for."""
        table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for phrases, value in values.items():
            for phrase in phrases.split("|"):
                words = tuple(phrase.split())
                if words:
                    table.setdefault(words[0], []).append((words, value))
        for entries in table.values():
            entries.sort(key=lambda entry: -len(entry[0]))
        return cls(table)

    def match(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """The value and length of the longest phrase that begins here."""
        if not 0 <= at < len(tokens):
            return None
        for words, value in self.table.get(tokens[at].low, ()):
            if all(at + step < len(tokens) and tokens[at + step].low == word for step, word in enumerate(words)):
                return value, len(words)
        return None

    def length(self, tokens: Sequence[Token], at: int) -> int:
        """How many tokens the phrase here takes; 0 when there is none."""
        found = self.match(tokens, at)
        return found[1] if found else 0

    def words(self) -> Iterable[str]:
        """Every single word of the table."""
        for entries in self.table.values():
            for words, _ in entries:
                yield from words

    def phrases(self) -> Iterable[str]:
        """Every phrase of the table, in one piece."""
        for entries in self.table.values():
            for words, _ in entries:
                yield " ".join(words)
