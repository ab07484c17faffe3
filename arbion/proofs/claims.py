"""Everything that can be proven, by name: `manage.py prove NAME` runs the module of that name in this folder.

A module has `prove(*, trials, seed) -> Verdict`, which works inside a sandbox, on whatever database that has. It is run
once for each database. A claim about several databases together adds `conduct(*, trials, seed, quick, ask) -> Verdict`,
which works outside and has sandboxes answer: `ask(url, trials, seed)` is the JSON of `prove` there ("" is SQLite).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

Ask = Callable[[str, int, int], dict[str, Any]]


class Verdict(Protocol):
    """What a proof comes to."""

    @property
    def is_clean(self) -> bool:
        """Whether the claim held."""
        ...

    def as_json(self) -> dict[str, Any]:
        """Seed, counts and verdict."""
        ...

    def words(self) -> str:
        """The same for a person."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing to prove: what it says, and how many trials are the whole proof and the quick one."""

    says: str
    trials: int
    quick_trials: int
    postgres_trials: int = 0  # 0: as many as on SQLite
    is_quick_on_postgres: bool = False
    is_of_postgres: bool = False  # it is of the distributed mode, which knows no SQLite
    seconds_max: int = 1800


CLAIMS: dict[str, Claim] = {
    "crash": Claim(
        says="SIGKILL between any two steps loses nothing",
        trials=10_000,
        quick_trials=60,
        postgres_trials=1_000,
        seconds_max=10_800,
    ),
    "race": Claim(
        says="sixteen processes never oversell, overspend or pass a limit",
        trials=16_000,
        quick_trials=160,
        is_quick_on_postgres=True,
        seconds_max=5400,
    ),
    "gate": Claim(
        says="whatever is missing, broken or slow, entries are denied and exits stay open",
        trials=20,
        quick_trials=1,
        seconds_max=5400,
    ),
    "mutants": Claim(says="bugs planted in the road and the books are caught", trials=1, quick_trials=1),
    "books": Claim(
        says="random lives of orders leave books that agree to the last unit",
        trials=10_000,
        quick_trials=50,
        postgres_trials=2_000,
        seconds_max=5400,
    ),
    "stops": Claim(
        says="every valid breach has an exit order within two seconds, and no wild tick has one",
        trials=1_000,
        quick_trials=40,
        seconds_max=5400,
    ),
    "lease": Claim(
        says="of three stop monitors one acts, whoever is killed or frozen",
        trials=200,
        quick_trials=6,
        seconds_max=3600,
    ),
    "outage": Claim(
        says="with Redis stopped, beat frozen and the model dead, stops, halts and reconciliation still act",
        trials=20,
        quick_trials=1,
        is_of_postgres=True,
        seconds_max=3600,
    ),
    "injection": Claim(
        says="a model that obeys an attacker moves nothing: no order, no limit, no secret, nobody else's things",
        trials=1_000,
        quick_trials=312,
        postgres_trials=312,
        seconds_max=3600,
    ),
    "seed": Claim(says="one seed gives one market, on any database", trials=900, quick_trials=120),
}


def module_of(name: str) -> ModuleType:
    """The code that proves a claim, loaded when it is asked for."""
    return import_module(f"arbion.proofs.{name}")
