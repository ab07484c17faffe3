"""What can go wrong at the gate: every rule, and every figure that it is seen to read, and how each is broken."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.db import OperationalError

from riskdesk import gate
from riskdesk.rules import market
from riskdesk.rules.base import Rule, passed
from riskdesk.snapshot import RiskSnapshot
from trading.execution import judging

D = Decimal
# What an order says of itself is no reading: an order at the market has no limit.
OWN_WORDS = {"is_package", "is_at_market", "has_stop", "is_exit"}
MAY_BE_NONE = {"limit_price"}
# An exit holds at most the cash that there is.
EXIT_CLAIMS = {"cash", "cash_held", "cash_required"}
STALE_SECONDS = 3600
NO_NUMBERS = (D("NaN"), D("sNaN"), D("Infinity"), D("-Infinity"))

Plant = Callable[[ExitStack], None]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong: at which rule, what, of which figure, and how it is planted."""

    rule: str
    kind: str
    figure: str
    plant: Plant
    traps_exits: bool = False
    is_at_market: bool | None = None
    is_its_own: bool = True


def faults_of(picture: RiskSnapshot, chance: random.Random, *, is_at_market: bool) -> Iterator[Fault]:
    """Everything that can go wrong at every rule; which of the things that are no numbers, chance says."""
    of_exits = {rule.__name__ for rule in gate.EXIT_RULES}
    read_by_exits = EXIT_CLAIMS.union(*(reads(rule, picture) for rule in (*gate.EXIT_RULES, _is_exit)))
    for rule in gate.RULES:
        name = rule.__name__
        for kind, error in (("exception", ValueError("x")), ("database timeout", OperationalError("timeout"))):
            yield Fault(name, kind, "", _failing(rule, error), traps_exits=name in of_exits)
        yield Fault(name, "stale quote", "", _stale(rule), is_its_own=rule is market.quote_is_fresh)
        for figure in sorted(reads(rule, picture)):
            is_trap = figure in read_by_exits
            if figure not in MAY_BE_NONE:
                yield Fault(name, "missing", figure, _unread(figure, None), is_trap, is_at_market=is_at_market)
            value = chance.choice(NO_NUMBERS)
            yield Fault(name, "not a number", figure, _unread(figure, value), is_trap, is_at_market=is_at_market)


class Watched:
    """A picture that notes which of its figures are read."""

    def __init__(self, of: Any, seen: set[str], prefix: str = "") -> None:
        self._of, self._seen, self._prefix = of, seen, prefix

    def __getattr__(self, name: str) -> Any:
        """The value; what a property or a method of the picture reads is noted too."""
        described = getattr(type(self._of), name, None)
        if isinstance(described, property) and described.fget is not None:
            return described.fget(self)
        if callable(described) and not name.startswith("__"):
            return described.__get__(self)
        value = getattr(self._of, name)
        if name == "limits":
            return Watched(value, self._seen, "limits.")
        if is_figure(value) and name not in OWN_WORDS:
            self._seen.add(self._prefix + name)
        return value


def is_figure(value: object) -> bool:
    """Whether a value is read from somewhere: a number, a yes or no, a list, a moment."""
    return isinstance(value, Decimal | int | tuple) or value is None or isinstance(value, datetime)


def reads(rule: Callable[[Any], object], picture: RiskSnapshot) -> set[str]:
    """The figures of the picture that a rule reads to let this order pass."""
    seen: set[str] = set()
    rule(Watched(picture, seen))
    known = {one.name for one in fields(RiskSnapshot)}
    return {name for name in seen if name.startswith("limits.") or (name in known and name != "at")}


def _is_exit(picture: Any) -> object:
    return RiskSnapshot.is_exit.fget(picture)  # type: ignore[attr-defined]


def _failing(rule: Rule, error: Exception) -> Plant:
    def broken(snapshot: RiskSnapshot) -> Any:
        raise error

    broken.__name__ = rule.__name__

    def plant(planted: ExitStack) -> None:
        for table in ("RULES", "EXIT_RULES", "WAITING_RULES", "CONDITION_RULES"):
            rules = tuple(broken if one is rule else one for one in getattr(gate, table))
            planted.enter_context(patch.object(gate, table, rules))

    return plant


def _stale(rule: Rule) -> Plant:
    """The price is old while this rule sees nothing wrong with anything."""

    def blind(snapshot: RiskSnapshot) -> Any:
        return passed(rule.__name__) if rule is not market.quote_is_fresh else rule(snapshot)

    blind.__name__ = rule.__name__

    def plant(planted: ExitStack) -> None:
        rules = tuple(blind if one is rule else one for one in gate.RULES)
        planted.enter_context(patch.object(gate, "RULES", rules))
        planted.enter_context(_shown(lambda picture: replace(picture, quote_age_seconds=D(STALE_SECONDS))))

    return plant


def _unread(figure: str, value: object) -> Plant:
    def change(picture: RiskSnapshot) -> RiskSnapshot:
        if figure.startswith("limits."):
            limit: Any = {figure.removeprefix("limits."): value}
            return replace(picture, limits=replace(picture.limits, **limit))
        changed: Any = {figure: value}
        return replace(picture, **changed)

    def plant(planted: ExitStack) -> None:
        planted.enter_context(_shown(change))

    return plant


def _shown(change: Callable[[RiskSnapshot], RiskSnapshot]) -> Any:
    """Show the gate another picture than what is true."""
    real = judging.take_snapshot
    return patch.object(judging, "take_snapshot", lambda *given, **named: change(real(*given, **named)))
