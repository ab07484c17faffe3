"""Prices as people speak them, without "hundred" or "point": "one eighty", "two forty five fifty", "eleven oh five"."""

from collections.abc import Sequence
from decimal import Decimal

from trading.interpreter.numbers import ONES, TENS, Amount, read_amount, read_point
from trading.interpreter.tokens import Token

CENTS = Decimal(100)
# Nothing trades this many times away from its usual price.
FAR = Decimal(4)


def read_price(tokens: Sequence[Token], start: int, usual: Decimal | None = None) -> Amount | None:
    """The price that begins here; of two ways to hear it, the one nearer to what the thing usually costs."""
    groups, end = _groups(tokens, start)
    if len(groups) < 2:
        return _with_cents(tokens, start)
    whole = Decimal(groups[0] * 100 + groups[1])
    if len(groups) == 2 and (tail := read_point(tokens, end, whole, start)):
        return tail
    if len(groups) == 3:
        return Amount(whole + groups[2] / CENTS, end - start)
    pointed = groups[0] + groups[1] / CENTS
    return Amount(_likelier(whole, pointed, usual, is_short=groups[0] < 10), end - start)


def is_near(value: Decimal, usual: Decimal | None) -> bool:
    """Whether a figure can be a price of something that usually costs so much."""
    return usual is not None and usual / FAR <= value <= usual * FAR


def _likelier(whole: Decimal, pointed: Decimal, usual: Decimal | None, *, is_short: bool) -> Decimal:
    """ "One eighty" is 180 and "twelve fifty" 12.50, unless only the other is anywhere near the usual price."""
    first, second = (whole, pointed) if is_short else (pointed, whole)
    return second if is_near(second, usual) and not is_near(first, usual) else first


def _low(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].low if 0 <= at < len(tokens) else ""


def _groups(tokens: Sequence[Token], start: int) -> tuple[list[int], int]:
    """Two or three figures said one after the other, each after the first of two digits."""
    groups: list[int] = []
    at = start
    while len(groups) < 3 and (found := _group(tokens, at, is_first=not groups)):
        groups.append(found[0])
        at += found[1]
    goes_on = _low(tokens, at) in {"hundred", "thousand", "k", "grand", "million", "dozen", "percent"}
    goes_on = goes_on or (_low(tokens, at) == "point" and len(groups) != 2)
    return ([], start) if goes_on or not groups or groups[0] == 0 else (groups, at)


def _group(tokens: Sequence[Token], at: int, *, is_first: bool) -> tuple[int, int] | None:
    word, following = _low(tokens, at), _low(tokens, at + 1)
    if word in TENS:
        ones = ONES.get(following, 0)
        return (TENS[word] + ones, 2) if 0 < ones < 10 else (TENS[word], 1)
    if word in ONES and (is_first or ONES[word] >= 10):
        return ONES[word], 1
    if word in {"oh", "o", "zero"} and 0 < ONES.get(following, 0) < 10 and not is_first:
        return ONES[following], 2
    return None


def _with_cents(tokens: Sequence[Token], start: int) -> Amount | None:
    """ "A buck fifty", "ten dollars and fifty cents", "one hundred eighty two fifty"."""
    bucks = 1 if [_low(tokens, start), _low(tokens, start + 1)] == ["a", "buck"] else 0
    found = Amount(Decimal(1), 2, kind="money") if bucks else read_amount(tokens, start)
    if found is None or found.kind == "percent" or found.is_part or found.value != int(found.value):
        return found
    at = start + found.length
    if found.kind == "money":
        step = at + (_low(tokens, at) == "and")
        cents = _group(tokens, step, is_first=False) or _digits(tokens, step)
        if cents and (bucks or _low(tokens, step + cents[1]) in {"cents", "cent"}):
            end = step + cents[1] + (_low(tokens, step + cents[1]) in {"cents", "cent"})
            return Amount(found.value + cents[0] / CENTS, end - start, kind="money")
        return found
    spelled = start < len(tokens) and tokens[start].kind == "word"
    cents = _group(tokens, at, is_first=False) if spelled and found.value >= 100 else None
    return Amount(found.value + cents[0] / CENTS, at + cents[1] - start) if cents else found


def _digits(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    token = tokens[at] if at < len(tokens) else None
    is_cents = token and token.kind == "number" and token.text.isdigit() and len(token.text) <= 2
    return (int(token.text), 1) if token and is_cents else None
