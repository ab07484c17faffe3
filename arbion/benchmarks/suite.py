"""One whole run: each measurement in a room of its own, what came of it, and what could not be measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from arbion.benchmarks import rooms
from arbion.benchmarks.figures import Figures, machine
from arbion.benchmarks.rooms import NotMeasured

BENCHES = {
    "orders": "orders a second through the whole road, beside the same writes without the house",
    "ticks": "one tick of 2,000 and of 10,000 instruments, made and recorded, beside plain numpy",
    "resting": "a look at the market among 100,000 resting orders, beside plain numpy and one SQL statement",
    "candles": "the tick that closes a minute of 10,000 instruments, beside rows that are only written",
    "verdicts": "a verdict for an account with 1,000 positions and 500 open orders, beside its bare SELECTs",
    "stops": "a look of the stop monitor among 100,000 guarded positions at a burst of 1,000 quotes, beside one SQL",
    "reader": "a sentence read by the embedded reader, over all that it is tested with, beside the limit of 10 ms",
    "fanout": "each tick to 200 sockets with 50 symbols each, beside a bare broadcast",
}
# These depend on the database, so they are measured on each that answers.
EXCHANGE, RISK = ("orders", "ticks", "resting", "candles"), ("verdicts", "stops")
ON_EACH_DATABASE = (*EXCHANGE, *RISK)
# Names that stand for several.
GROUPS = {"exchange": EXCHANGE, "risk": RISK, "all": tuple(BENCHES)}
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
ROOM_SECONDS_EXTRA = 240.0
SECONDS_FACTOR = 20.0


@dataclass
class Run:
    """What was measured: by bench, and within it by database."""

    machine: Figures = field(default_factory=machine)
    benches: dict[str, dict[str, Figures]] = field(default_factory=dict)
    could_not: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The run as JSON values."""
        return {
            "machine": self.machine,
            "benches": self.benches,
            "could_not": self.could_not,
            "notes": self.notes,
        }


def run(names: Sequence[str], *, seconds: float, small: bool, say: Callable[[str], object]) -> Run:
    """Measure these, one after the other; what cannot be measured is told and does not hold up the rest.

    Each is measured in a room of its own, so that none finds what another left behind.
    """
    done = Run()
    names = list(dict.fromkeys(names))
    together = [name for name in names if name in ON_EACH_DATABASE]
    url = rooms.postgres_url() if together else ""
    if together and not url:
        done.notes.append("PostgreSQL does not answer, so nothing was measured on it.")
    for name in names:
        for database, address in ((SQLITE, ""), (POSTGRES, url)):
            if database == SQLITE or (url and name in ON_EACH_DATABASE):
                say(f"{name} on {database} …")
                _visit(done, name, database=database, url=address, seconds=seconds, small=small)
    return done


def _visit(done: Run, name: str, *, database: str, url: str, seconds: float, small: bool) -> None:
    arguments = [name, f"--seconds={seconds}", *(["--small"] if small else [])]
    try:
        figures = rooms.measure(arguments, url=url, seconds_max=ROOM_SECONDS_EXTRA + SECONDS_FACTOR * seconds)
    except NotMeasured as reason:
        done.could_not.append(f"{name} on {database}: {reason}")
        return
    done.benches.setdefault(name, {})[database] = figures[name]
    for part in figures[name].get("raw", {}).values():
        if isinstance(part, dict) and part.get("failed"):
            done.could_not.append(f"the peer of {name} on {database}: {part['failed']}")
        if isinstance(part, dict) and part.get("missing") and part["missing"] not in done.notes:
            done.notes.append(part["missing"])
