"""The proof of the proofs: bugs planted in the road, the books and the exchange, each of which must be noticed."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.core.management import call_command

from arbion.domain.enums import OrderStatus, OrderType, Trigger
from arbion.domain.numbers import ONE, ZERO, gross
from arbion.proofs import databases, gauntlet, scenes
from arbion.proofs.forks import Fork, Say
from brokers.margin import Requirement
from brokers.simulator import corporate as exchange_corporate
from brokers.simulator import custody, groups, judging, market, matching
from riskdesk import gate
from trading.books import activities, fills, holds, lots
from trading.execution import activities as executing
from trading.execution import apply, cancel, claims, dispatch, finish, held, place, sweep
from trading.execution.record import record
from trading.lifecycle import TRANSITIONS

WALK_SECONDS_MAX = 120.0
REAL_ORDERS = custody.order_and_others


@dataclass(frozen=True)
class Mutant:
    """One bug: what is wrong, and how it is planted."""

    name: str
    plant: Callable[[], Any]


@dataclass
class Report:
    """Which bugs were noticed, and by what."""

    database: str
    seed: int
    mutants: int = 0
    caught: int = 0
    is_sound: bool = False
    by: dict[str, str] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether the road without a bug is faultless, and each bug was noticed."""
        return self.is_sound and self.mutants >= 20 and self.caught == self.mutants

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        lines = [
            f"{self.database}: {self.caught} of {self.mutants} planted bugs caught, in {self.seconds} s.",
            *(f"  {name}: {what[:110]}" for name, what in self.by.items()),
            *self.details,
            "Verdict: clean." if self.is_clean else "Verdict: NOT CLEAN.",
        ]
        return "\n".join(lines)


def prove(*, trials: int, seed: int) -> Report:
    """Walk the gauntlet without a bug, and then with each, in an order that the seed decides, so many times."""
    begun = time.monotonic()
    databases.without_pool()
    call_command("migrate", interactive=False, verbosity=0)
    gauntlet.build()
    databases.settle()
    gc.freeze()
    report = Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed)
    sound = _walk("none", lambda: patch.dict({}, {}))
    report.is_sound = sound == []
    report.details += [f"without a bug: {fault}" for fault in sound or []]
    order = list(MUTANTS) * trials
    random.Random(seed).shuffle(order)
    for number, mutant in enumerate(order):
        noticed = _walk(f"mutant{number}", mutant.plant)
        report.mutants += 1
        if noticed:
            report.caught += 1
            report.by[mutant.name] = noticed[0]
        else:
            report.details.append(f"NOT NOTICED: {mutant.name}")
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def _walk(name: str, plant: Callable[[], Any]) -> list[str]:
    """What a walk in a process and a database of its own found; one that does not end is a fault as well."""
    with databases.copy(name) as copied:
        end = Fork(lambda say: _lead(copied, plant, say)).end(seconds_max=WALK_SECONDS_MAX)
    found: list[str] | None = end.heard("faults")
    return [f"the walk did not end: {end.heard('error')}"] if found is None else found


def _lead(name: str, plant: Callable[[], Any], say: Say) -> None:
    databases.use(name)
    stage = scenes.enter(scenes.BEGINNING + timedelta(minutes=10))
    stage.quote()
    with plant():
        say({"faults": gauntlet.run(stage)})


def _swap(module: Any, name: str, replacement: Any) -> Callable[[], Any]:
    return lambda: patch.object(module, name, replacement)


def _without_rules(*names: str) -> Callable[[], Any]:
    def kept(rules: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(rule for rule in rules if rule.__name__ not in names)

    return lambda: patch.multiple(gate, RULES=kept(gate.RULES), EXIT_RULES=kept(gate.EXIT_RULES))


def _worse(price: Decimal) -> Callable[..., Any]:
    return lambda quantity, at, multiplier=ONE: gross(quantity, at + price, multiplier)


def _no_requirement(holdings: Any) -> Requirement:
    return Requirement(cash=ZERO, units={}, uncovered=())


def _stop_at_its_price() -> Any:
    kind = OrderType.STOP
    real = matching.MATCHERS[kind]

    def at_the_stop(order: Any, ladder: Any) -> Any:
        return tuple(matching.Execution(quantity=one.quantity, price=order.stop_price) for one in real(order, ladder))

    return patch.dict(matching.MATCHERS, {kind: at_the_stop})


def _limit_ignored() -> Any:
    return patch.dict(matching.MATCHERS, {OrderType.LIMIT: matching.match_market})


def _partly_means_whole() -> Any:
    accepted = {(OrderStatus.UNKNOWN, Trigger.ACCEPT): OrderStatus.FILLED}
    return patch.dict(TRANSITIONS, {**accepted, (OrderStatus.SUBMITTED, Trigger.ACCEPT): OrderStatus.FILLED})


def _reversed_lots(rows: Any, **_: Any) -> list[Any]:
    return list(rows)[::-1]


def _as_one_share(quantity: Decimal, price: Decimal, multiplier: Decimal = ONE) -> Decimal:
    return gross(quantity, price)


def _never_seen(reference: str, client_order_id: str) -> Any:
    return None, REAL_ORDERS(reference, client_order_id)[1]


def _canceled_at_once(order: Any, trigger: Any, **how: Any) -> Any:
    return record(order, trigger or Trigger.CANCEL, cause=how["cause"])


def _another_name(account: Any, activity_id: str) -> str:
    return f"another name of {activity_id}"


def _forgets(*_: Any, **__: Any) -> None:
    return None


MUTANTS: tuple[Mutant, ...] = (
    Mutant("a sale is not checked against what is held", _without_rules("units_suffice")),
    Mutant("a purchase is not checked against the cash", _without_rules("buying_power_suffices")),
    Mutant("halts of instruments are not asked about", _without_rules("instrument_is_tradable")),
    Mutant("the limit of an order's value is not asked about", _without_rules("order_value_within_limit")),
    Mutant("options may be sold with nothing behind them", _without_rules("options_are_covered")),
    Mutant("a limit far from the market passes", _without_rules("limit_is_near_the_market")),
    Mutant("what is owed needs no security", lambda: patch.multiple(claims, requirement=_no_requirement)),
    Mutant("the same key places again", _swap(place, "placed_before", lambda instruction: None)),
    Mutant("an order claims nothing", _swap(holds, "reserve", lambda order, columns, claims: [])),
    Mutant("a closed order keeps its claim", _swap(holds, "release", _forgets)),
    Mutant("a fill uses up no claim", _swap(holds, "needed", lambda order, hold: hold.remaining)),
    Mutant("fills that were told before are booked again", _swap(apply, "_booked", lambda account_id, fills: set())),
    Mutant("money is booked at a price a cent off", _swap(fills, "gross", _worse(Decimal("0.01")))),
    Mutant("lots are closed last in, first out", _swap(lots, "in_order", _reversed_lots)),
    Mutant("a contract is booked as one share", _swap(fills, "gross", _as_one_share)),
    Mutant("acceptance counts as a fill", _partly_means_whole),
    Mutant("a lost answer is forgotten", _swap(dispatch, "_lose", _forgets)),
    Mutant("a cancel is believed before the venue has answered", _swap(cancel, "record", _canceled_at_once)),
    Mutant("exits do not follow their entry", _swap(finish, "let_followers_go", _forgets)),
    Mutant("both orders of a pair may fill", _swap(groups, "take_from", _forgets)),
    Mutant("both orders of a pair claim", _swap(held, "beyond", lambda claims, sharing: claims)),
    Mutant("a stop fills at its stop and not at the next price", _stop_at_its_price),
    Mutant("a stop is reached from the wrong side", _swap(judging, "is_reached", lambda side, stop, last: False)),
    Mutant("a limit is no limit", _limit_ignored),
    Mutant("the exchange takes a repeat for a new order", _swap(custody, "order_and_others", _never_seen)),
    Mutant("an order for the day never ends", _swap(market, "expiry", lambda *args, **kwargs: None)),
    Mutant("the answer to a change is not heard", _swap(apply, "take_terms", lambda order, report, at: False)),
    Mutant("a split leaves the lots as they were", _swap(activities, "split_lots", lambda *args, **kwargs: ZERO)),
    Mutant("a split leaves resting orders as they were", _swap(exchange_corporate, "adjust", _forgets)),
    Mutant("what happened without an order is booked again", _swap(executing, "reference_of", _another_name)),
    Mutant("nobody sweeps", _swap(sweep, "look_up", _forgets)),
)
