"""Reads amounts: digits, number words, dozens, thousands, fractions, money and percents."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from trading.interpreter.tokens import Token

ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
BIG = {"thousand": 1000, "k": 1000, "million": 10**6, "mil": 10**6, "billion": 10**9}
GROUPS = {"dozen": 12, "dozens": 12, "couple": 2, "pair": 2}
PARTS = {
    "half": Decimal("0.5"), "quarter": Decimal("0.25"), "third": Decimal(1) / 3, "fifth": Decimal("0.2"),
    "tenth": Decimal("0.1"), "halves": Decimal("0.5"), "quarters": Decimal("0.25"), "thirds": Decimal(1) / 3,
    "fifths": Decimal("0.2"), "tenths": Decimal("0.1"), "eighth": Decimal("0.125"),
}  # fmt: skip
MONEY_WORDS = frozenset({"dollars", "dollar", "bucks", "buck", "usd"})
PERCENT_WORDS = frozenset({"percent", "pct", "per cent", "percentage"})
ORDINALS = frozenset({"st", "nd", "rd", "th"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as said: how many tokens it took, and whether it is money, a percent or a part of something."""

    value: Decimal
    length: int
    kind: str = "plain"
    is_part: bool = False
    is_scaled: bool = False


def read_amount(tokens: Sequence[Token], start: int) -> Amount | None:
    """The amount that begins here, with the unit words that belong to it."""
    if _low(tokens, start) in {"usd", "us$"} and (plain := _number(tokens, start + 1)):
        return replace(plain, kind="money", length=plain.length + 1)
    found = _number(tokens, start) or _slash(tokens, start) or _part(tokens, start) or _words(tokens, start)
    return _with_unit(tokens, start, found) if found else None


def _low(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].low if 0 <= at < len(tokens) else ""


def _number(tokens: Sequence[Token], start: int) -> Amount | None:
    if start >= len(tokens) or tokens[start].kind != "number":
        return None
    token = tokens[start]
    if token.value is None or token.suffix in ORDINALS or token.suffix in {"c", "p"}:
        return None
    kind = "percent" if token.percent else "money" if token.money else "plain"
    value, length, scaled = token.value, 1, token.suffix in {"k", "m", "mm", "mil", "b", "bn"}
    following = _low(tokens, start + 1)
    if kind != "percent" and following in BIG:
        value, length, scaled = value * BIG[following], 2, True
    elif kind == "plain" and following == "hundred":
        value, length, scaled = value * 100, 2, True
    elif kind == "plain" and following == "dozen":
        value, length = value * 12, 2
    elif more := _and_a_part(tokens, start + 1):
        value, length = value + more, 4
    return Amount(value, length, kind, is_scaled=scaled)


def _and_a_part(tokens: Sequence[Token], at: int) -> Decimal | None:
    """ "and a half", "and a quarter", "and three quarters" after a whole number."""
    if _low(tokens, at) != "and" or _low(tokens, at + 2) not in {"half", "quarter", "quarters"}:
        return None
    count = {"a": 1, "one": 1, "three": 3}.get(_low(tokens, at + 1))
    return count * PARTS[_low(tokens, at + 2)] if count else None


def _slash(tokens: Sequence[Token], start: int) -> Amount | None:
    """ "1/2", "3/4": a part, when it reads like one."""
    if start >= len(tokens) or tokens[start].kind != "slash":
        return None
    above, below = (int(piece) for piece in tokens[start].low.split("/"))
    if not 0 < above < below <= 10:
        return None
    value = Decimal(above) / below
    if _low(tokens, start + 1) in {"a", "an"}:
        return Amount(value, 2)
    if [_low(tokens, start + 1), _low(tokens, start + 2)] == ["of", "a"] and _low(tokens, start + 3) not in GROUPS:
        return Amount(value, 3)
    return Amount(value, 1, is_part=True)


def _part(tokens: Sequence[Token], start: int) -> Amount | None:
    """ "half", "a third", "three quarters", with "of a" or "a" where they name a unit."""
    at = start
    count = Decimal(1)
    if _low(tokens, at) in {"a", "an", "one"} and _low(tokens, at + 1) in PARTS:
        at += 1
    elif _low(tokens, at) in ONES and _low(tokens, at + 1) in PARTS:
        count = Decimal(ONES[_low(tokens, at)])
        at += 1
    if _low(tokens, at) not in PARTS or (at == start and _low(tokens, at) not in {"half", "quarter"}):
        return None
    value = count * PARTS[_low(tokens, at)]
    at += 1
    skip = 1 if _low(tokens, at) in {"a", "an"} else 2 if [_low(tokens, at), _low(tokens, at + 1)] == ["of", "a"] else 0
    if skip:
        group = _low(tokens, at + skip)
        if group in GROUPS or group in BIG or group == "hundred":
            return Amount(
                value * (GROUPS | BIG | {"hundred": 100})[group], at + skip + 1 - start, is_scaled=group in BIG
            )
        return Amount(value, at + skip - start)
    return Amount(value, at - start, is_part=True)


@dataclass(slots=True)
class _Sum:
    """A number in words, so far."""

    total: Decimal = Decimal(0)
    current: Decimal = Decimal(0)
    least: int = 10**12
    seen: bool = False
    is_over: bool = False
    is_scaled: bool = False

    def take(self, word: str) -> bool:
        """Add one word; False where the number does not go on with it."""
        if self.is_over:
            return False
        if word in ONES or word in TENS:
            return self._add(Decimal(ONES.get(word, TENS.get(word, 0))))
        if not self.seen:
            return False
        if word == "hundred" and 0 < self.current < 100:
            self.current *= 100
        elif word in BIG and self.current and BIG[word] < self.least:
            self.total, self.current, self.least = self.total + self.current * BIG[word], Decimal(0), BIG[word]
            self.is_scaled = True
        elif word in GROUPS:
            self.current, self.is_over = self.current * GROUPS[word], True
        else:
            return False
        return True

    def _add(self, value: Decimal) -> bool:
        room = self.current % 100
        fits = room == 0 if value >= 10 or not self.seen else room == 0 or (room >= 20 and room % 10 == 0)
        if self.seen and room == 0 and 0 < self.current < 100:
            fits = False
        if fits:
            self.current, self.seen = self.current + value, True
        return fits

    @property
    def value(self) -> Decimal:
        """The number said so far."""
        return self.total + self.current


def _words(tokens: Sequence[Token], start: int) -> Amount | None:
    """ "one hundred and fifty", "a dozen", "twenty-five", "two and a half", "two point five", "fifteen hundred"."""
    at, said = start, _Sum()
    if _low(tokens, at) in {"a", "an"} and _low(tokens, at + 1) == "grand":
        return Amount(Decimal(1), 1)
    if _low(tokens, at) in {"a", "an"} and _low(tokens, at + 1) in {*BIG, *GROUPS, "hundred"}:
        said.current, said.seen, at = Decimal(1), True, at + 1
    while said.take(_low(tokens, at)) or (
        said.seen and _low(tokens, at) == "and" and _continues(tokens, at, said.total, said.current)
    ):
        at += 1
    if not said.seen:
        return read_point(tokens, start, Decimal(0), start)
    if more := _and_a_part(tokens, at):
        return Amount(said.value + more, at + 3 - start)
    pointed = read_point(tokens, at, said.value, start)
    return pointed or Amount(said.value, at - start, is_scaled=said.is_scaled)


def _continues(tokens: Sequence[Token], at: int, total: Decimal, current: Decimal) -> bool:
    """Whether "and" goes on inside a number: "one hundred and fifty", not "ten and five"."""
    following = _low(tokens, at + 1)
    round_so_far = (current >= 100 and current % 100 == 0) or (current == 0 and total > 0)
    return round_so_far and (following in ONES or following in TENS) and following != "zero"


def read_point(tokens: Sequence[Token], at: int, whole: Decimal, start: int) -> Amount | None:
    """The decimals of "two point five" or "point two five"."""
    if _low(tokens, at) != "point":
        return None
    digits, step = "", at + 1
    while _low(tokens, step) in ONES and ONES[_low(tokens, step)] < 10:
        digits += str(ONES[_low(tokens, step)])
        step += 1
    return Amount(whole + Decimal(f"0.{digits}"), step - start) if digits else None


def _with_unit(tokens: Sequence[Token], start: int, found: Amount) -> Amount:
    """The amount with the money or percent word that follows it."""
    following = _low(tokens, start + found.length)
    if found.kind == "percent":
        return found
    if following in MONEY_WORDS:
        return replace(found, kind="money", length=found.length + 1, is_part=False)
    if following in {"cents", "cent"} and found.kind == "plain":
        return replace(found, kind="money", value=found.value / 100, length=found.length + 1, is_part=False)
    if following == "grand":
        extra = 2 if _low(tokens, start + found.length + 1) in MONEY_WORDS else 1
        return replace(found, kind="money", value=found.value * 1000, length=found.length + extra, is_part=False)
    if following in PERCENT_WORDS and found.kind == "plain":
        return replace(found, kind="percent", length=found.length + 1, is_part=False)
    if following == "per" and _low(tokens, start + found.length + 1) == "cent":
        return replace(found, kind="percent", length=found.length + 2, is_part=False)
    if found.kind == "money" and not found.is_part and following in {"us", "u.s"}:
        return replace(found, length=found.length + 1)
    return found
