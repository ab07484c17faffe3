"""Finds the spelled-alike: a bigram index over phrases and the edit distance that judges its finds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


def bigrams(text: str) -> set[str]:
    """The pairs of neighbouring letters of a text, its edges marked."""
    padded = f"^{text}$"
    return {padded[at : at + 2] for at in range(len(padded) - 1)}


def distance(left: str, right: str, limit: int) -> int:
    """Letters to insert, drop, change or swap to turn one text into the other; ``limit + 1`` when it is more."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, a in enumerate(left, start=1):
        line = [row] + [0] * len(right)
        for col, b in enumerate(right, start=1):
            line[col] = min(last[col] + 1, line[col - 1] + 1, last[col - 1] + (a != b))
            if row > 1 and col > 1 and a == right[col - 2] and left[row - 2] == b:
                line[col] = min(line[col], before[col - 2] + 1)
        if min(line) > limit:
            return limit + 1
        before, last = last, line
    return last[-1]


@dataclass(slots=True)
class Nearness:
    """Phrases by their bigrams."""

    keys: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    index: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def build(cls, phrases: Iterable[str]) -> "Nearness":
        """An index of these phrases."""
        keys = sorted(set(phrases))
        index: dict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(keys):
            for pair in bigrams(key):
                index[pair].append(number)
        return cls(keys, [len(bigrams(key)) for key in keys], dict(index))

    def candidates(self, phrase: str, most: int = 24) -> list[str]:
        """The phrases sharing the most letter pairs with this one."""
        pairs = bigrams(phrase)
        shared: Counter[int] = Counter()
        for pair in pairs:
            shared.update(self.index.get(pair, ()))
        scored = [
            (2 * count / (len(pairs) + self.sizes[number]), number)
            for number, count in shared.items()
            if count * 3 >= len(pairs)
        ]
        scored.sort(reverse=True)
        return [self.keys[number] for _, number in scored[:most]]
