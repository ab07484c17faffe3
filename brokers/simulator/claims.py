"""Whether an account can carry an order beside all that it holds and all that its other orders claim: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from arbion.domain.enums import AssetClass, PositionEffect, Side
from arbion.domain.numbers import ONE, ZERO, plain, spoken
from arbion.domain.options import OptionTerms
from brokers.margin import Holding, Requirement, requirement
from brokers.simulator.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What an order does, or still wants to do, in one instrument; `price` is what it is reckoned at, per unit."""

    symbol: str
    side: Side
    effect: PositionEffect
    quantity: Decimal
    price: Decimal
    multiplier: Decimal = ONE
    option: OptionTerms | None = None
    asset_class: AssetClass = AssetClass.EQUITY

    @property
    def signed(self) -> Decimal:
        """What it adds to the position."""
        return self.quantity if self.side is Side.BUY else -self.quantity

    @property
    def opens_short(self) -> bool:
        """Whether it sells what is not held."""
        return self.side is Side.SELL and self.effect is PositionEffect.OPEN

    @property
    def holding(self) -> Holding:
        """The same as a position of its own."""
        return Holding(
            symbol=self.symbol,
            quantity=self.signed,
            price=self.price,
            multiplier=self.multiplier,
            option=self.option,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An order as a claim. `pays` is the cash it may take, with fees; below zero is what it brings.

    Orders of one `group` are one wish: only the largest claim of each kind among them counts.
    """

    parts: tuple[Part, ...]
    pays: Decimal
    group: str = ""

    @property
    def is_package(self) -> bool:
        """Whether several instruments go together."""
        return len(self.parts) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an account has: cash, and a signed holding a symbol with its mark."""

    cash: Decimal
    currency: str
    allows_short: bool
    holdings: Mapping[str, Holding]

    def units(self, symbol: str) -> Decimal:
        """Units held; below zero what is owed."""
        found = self.holdings.get(symbol)
        return ZERO if found is None else found.quantity


def lack(standing: Standing, wish: Wish, others: Sequence[Wish]) -> Refusal | None:
    """Why the account cannot carry the wish, or None. `others` are those of its other resting orders."""
    others = [other for other in others if not wish.group or other.group != wish.group]
    for part in wish.parts:
        if refusal := _misfit(standing, part, others):
            return refusal
    if _owes(standing, [wish, *others]):
        return _lack_of_security(standing, wish, others)
    return _lack_of_cash(standing, wish.pays, free=standing.cash - _claimed_cash(others))


def owes_or_will(standing: Standing, wishes: Iterable[Wish]) -> bool:
    """Whether anything is owed, or would be: only then does the account need security."""
    return _owes(standing, wishes)


def _misfit(standing: Standing, part: Part, others: Sequence[Wish]) -> Refusal | None:
    """An order opens or closes, never both; what it closes must be there and not be wanted by another order."""
    held = standing.units(part.symbol)
    if part.effect is PositionEffect.OPEN:
        if held and (held > ZERO) != (part.side is Side.BUY):
            word = "held" if held > ZERO else "owed"
            return Refusal("crosses_zero", f"{plain(abs(held))} {part.symbol} are {word}: close them first.")
        is_share = part.option is None
        if part.opens_short and is_share and not (standing.allows_short and part.asset_class is not AssetClass.CRYPTO):
            return Refusal("short_not_allowed", f"This account may not sell {part.symbol} that it does not hold.")
        return None
    there = max(held if part.side is Side.SELL else -held, ZERO)
    free = max(there - _closing_units(others, part.symbol, part.side), ZERO)
    if part.quantity <= free:
        return None
    if part.side is Side.SELL:
        return Refusal("insufficient_holdings", f"Only {plain(free)} {part.symbol} are free to sell.")
    return Refusal("insufficient_holdings", f"Only {plain(free)} {part.symbol} are owed and free to buy back.")


def _lack_of_cash(standing: Standing, needed: Decimal, *, free: Decimal) -> Refusal | None:
    if needed <= max(free, ZERO):
        return None
    wanted = spoken(needed, rounding=ROUND_CEILING)
    return Refusal(
        "insufficient_cash",
        f"The order needs {wanted} {standing.currency}; {spoken(max(free, ZERO))} are free.",
    )


def _lack_of_security(standing: Standing, wish: Wish, others: Sequence[Wish]) -> Refusal | None:
    """The same where something is owed: after all that the other orders would sell, and then this one.

    What others would buy is not counted on, for it is not there yet; what they would pay is gone.
    """
    marks = _marks(standing, [wish, *others])
    held = list(standing.holdings.values())
    sold = [part.holding for other in _one_a_group(others) for part in other.parts if _takes(other, part)]
    before = _requirement([*held, *sold], marks)
    after = _requirement([*held, *sold, *(part.holding for part in wish.parts)], marks)
    if len(after.uncovered) > len(before.uncovered) or set(after.uncovered) - set(before.uncovered):
        symbols = ", ".join(after.uncovered)
        return Refusal("uncovered", f"Nothing would cover what is owed in {symbols}.")
    # What the wish would make good of what others only want to sell is not set free yet.
    owed = _requirement(held, marks)
    alone = _requirement([*held, *(part.holding for part in wish.parts)], marks)
    needed = wish.pays + max(after.cash - before.cash, alone.cash - owed.cash)
    if needed <= ZERO:
        return None
    claimed = _claimed_cash([other for other in others if not _is_closing_purchase(other)])
    for other in _one_a_group(others):
        if _is_closing_purchase(other):
            then = _requirement([*held, *(part.holding for part in other.parts)], marks)
            claimed += max(other.pays + then.cash - owed.cash, ZERO)
    brought = sum((min(other.pays, ZERO) for other in _one_a_group(others) if _brings(other)), ZERO)
    return _lack_of_cash(standing, needed, free=standing.cash - before.cash - claimed - brought)


def _requirement(holdings: Sequence[Holding], marks: Mapping[str, Decimal]) -> Requirement:
    return requirement(replace(row, price=marks.get(row.symbol, row.price)) for row in holdings)


def _marks(standing: Standing, wishes: Iterable[Wish]) -> dict[str, Decimal]:
    """One price a symbol, the dearest that it is held or sold short at, so that before and after compare."""
    marks = {symbol: row.price for symbol, row in standing.holdings.items()}
    for wish in wishes:
        for part in wish.parts:
            if part.opens_short:
                marks[part.symbol] = max(marks.get(part.symbol, ZERO), part.price)
    return marks


def _owes(standing: Standing, wishes: Iterable[Wish]) -> bool:
    return any(row.quantity < ZERO for row in standing.holdings.values()) or any(
        part.opens_short for wish in wishes for part in wish.parts
    )


def _takes(wish: Wish, part: Part) -> bool:
    """Whether this part is reckoned with before it fills: all of a package, of others what is sold."""
    return wish.is_package or part.side is Side.SELL


def _brings(wish: Wish) -> bool:
    """Whether what the wish brings is there once its security is: of what is sold short, alone or in a package."""
    return any(part.opens_short for part in wish.parts)


def _is_closing_purchase(wish: Wish) -> bool:
    """Buying back what is owed is paid from the security that it sets free."""
    return all(part.side is Side.BUY and part.effect is PositionEffect.CLOSE for part in wish.parts)


def _claimed_cash(wishes: Iterable[Wish]) -> Decimal:
    alone = ZERO
    groups: dict[str, Decimal] = {}
    for wish in wishes:
        if wish.group:
            groups[wish.group] = max(groups.get(wish.group, ZERO), wish.pays)
        else:
            alone += max(wish.pays, ZERO)
    return alone + sum(groups.values(), ZERO)


def _closing_units(wishes: Iterable[Wish], symbol: str, side: Side) -> Decimal:
    alone = ZERO
    groups: dict[str, Decimal] = {}
    for wish in wishes:
        for part in wish.parts:
            if (part.symbol, part.side, part.effect) != (symbol, side, PositionEffect.CLOSE):
                continue
            if wish.group:
                groups[wish.group] = max(groups.get(wish.group, ZERO), part.quantity)
            else:
                alone += part.quantity
    return alone + sum(groups.values(), ZERO)


def _one_a_group(wishes: Iterable[Wish]) -> list[Wish]:
    """Every wish that stands alone, and of each group the one with the largest size."""
    alone: list[Wish] = []
    groups: dict[str, Wish] = {}
    for wish in wishes:
        if not wish.group:
            alone.append(wish)
            continue
        known = groups.get(wish.group)
        if known is None or wish.parts[0].quantity > known.parts[0].quantity:
            groups[wish.group] = wish
    return [*alone, *groups.values()]
