"""The outage proof: with Redis stopped, beat frozen and the model dead, stops, halts and reconciliation still act.

A whole installation runs with every process its own. In each trial one of the three is taken away, or all at once; then
a stop is breached by the market's own price, the venue's book is changed behind the house's back, and trading is halted
by the operator's command and over REST. Afterwards all comes back, and the schedule must work again by itself.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.management import call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.models import Scope, User
from accounts.tokens import issue
from arbion import heartbeats, schedules
from arbion.domain.enums import OPEN, OrderStatus, OrderType, Side, Source, TimeInForce
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM
from arbion.proofs import databases
from arbion.proofs.installation import Installation, eventually, installed
from arbion.upkeep import PERIODS_MAX
from brokers.models import BrokerAccount, VenueCash, VenueOrder
from brokers.simulator.custody import RESTING
from marketdata.models import Instrument, Quote
from riskdesk.models import RiskLimit
from riskdesk.stops import StopKind
from trading.books.opening import ensure_simulated_account
from trading.execution.place import place_order
from trading.execution.protection.attach import attach
from trading.instruction import Instruction
from trading.models import Discrepancy, Order, Stop

REDIS, BEAT, MODEL = "Redis stopped", "beat frozen", "model dead"
# The model's address leads to a dead port all the time: alone it is a trial in which all else is well.
OUTAGES: tuple[frozenset[str], ...] = (
    frozenset({REDIS, BEAT, MODEL}), frozenset({REDIS, MODEL}), frozenset({BEAT, MODEL}), frozenset({MODEL}),
)  # fmt: skip
NAMES = dict(zip(OUTAGES, ("all three", REDIS, BEAT, MODEL), strict=True))
WILD, CALM = "WILD", "CALM"
RECONCILE = "trading.tasks.reconcile_accounts"
PERIOD_SECONDS = 6
START_SECONDS, BACK_SECONDS, PATIENCE_SECONDS = 120.0, 90.0, 60.0
EXIT_SECONDS_MAX, HALT_SECONDS_MAX = 5.0, 60.0
# The account is compared within a period and a half, and then the comparing itself takes a while.
FOUND_SECONDS_MAX = PERIODS_MAX * PERIOD_SECONDS + 6.0
NEAR = Decimal("0.003")


@dataclass
class Report:
    """What the outages came to; seconds are the slowest of each."""

    database: str
    seed: int
    redis: str = "a server of its own, killed"
    trials: int = 0
    outages: dict[str, int] = field(default_factory=dict)
    exits: int = 0
    halts: int = 0
    breaks_found: int = 0
    exit_seconds: float = 0.0
    halt_seconds: float = 0.0
    found_seconds: float = 0.0
    back_seconds: float = 0.0
    revived: int = 0
    wrong: int = 0
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether everything that had to act did, in every trial."""
        return self.wrong == 0 < self.trials == self.exits == self.breaks_found and self.halts == 2 * self.trials

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        met = ", ".join(f"{name} {count}" for name, count in sorted(self.outages.items()))
        lines = [
            f"{self.database}, seed {self.seed}: {self.trials} outages ({met}); Redis: {self.redis}; {self.seconds} s.",
            f"{self.exits} breached stops have their exits, the slowest {self.exit_seconds:.1f} s after the quote.",
            f"{self.halts} halts by command and REST say zero, the slowest after {self.halt_seconds:.1f} s.",
            f"{self.breaks_found} planted breaks found, the slowest after {self.found_seconds:.1f} s.",
            f"The period is {PERIOD_SECONDS} s. All was back within {self.back_seconds:.1f} s.",
            f"A process of Celery had ended with Redis and was started again {self.revived} times.",
            *self.details[:20],
            "Verdict: clean." if self.is_clean else "Verdict: NOT CLEAN.",
        ]
        return "\n".join(lines)

    def slowest(self, name: str, seconds: float, most: float, what: str) -> None:
        """Keep the slowest; what took too long is a fault."""
        setattr(self, name, round(max(getattr(self, name), seconds), 2))
        if seconds > most:
            self.details.append(f"{what} took {seconds:.1f} s, which is over {most:g} s")


def prove(*, trials: int, seed: int) -> Report:
    """So many outages in turn, those of one kind each and those of all, on the sandbox's database."""
    begun, chance = time.monotonic(), random.Random(seed)
    databases.without_pool()
    call_command("migrate", interactive=False, verbosity=0)
    build()
    report = Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed)
    # All at once comes first, for a proof of one trial; the others in an order that the seed decides.
    kinds = [OUTAGES[0], *chance.sample(OUTAGES[1:], len(OUTAGES) - 1)]
    met: Counter[str] = Counter()
    with installed() as house:
        if not house.has_redis:
            report.redis = "no server here; its port is closed throughout"
        if not eventually(lambda: is_up(house), within=START_SECONDS):
            report.details.append("the installation did not come up")
        for number in range(trials if not report.details else 0):
            kind = kinds[number % len(kinds)]
            strike(house, number, kind, report)
            met[NAMES[kind]] += 1
            report.trials += 1
            report.details += house.fallen()
            if house.fallen():
                break
        report.revived = house.revived
    report.outages, report.wrong = dict(met), len(report.details)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def build() -> None:
    """Two shares, one restless; limits that nothing here reaches; accounts are compared every few seconds."""
    for symbol, volatility in ((WILD, 5.0), (CALM, 0.01)):
        Instrument.objects.create(
            symbol=symbol, name=symbol, asset_class="equity", exchange="PROOF", base_price=Decimal(100), drift=0.0,
            volatility=volatility, price_increment=Decimal("0.01"), size_increment=Decimal(1),
        )  # fmt: skip
    for name in ("orders_per_minute", "daily_loss_usd"):
        RiskLimit.objects.create(name=name, value=Decimal(1_000_000))
    schedules.setup_schedules()
    often, _ = IntervalSchedule.objects.get_or_create(every=PERIOD_SECONDS, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(task=RECONCILE).update(interval=often, expire_seconds=PERIOD_SECONDS)


def is_up(house: Installation) -> bool:
    """Whether the market moves, the monitor looks, the web answers and, with a Redis, the schedule works."""
    ages = heartbeats.ages()
    wanted = {heartbeats.ENGINE, heartbeats.MONITOR} | ({schedules.SWEEP.task, RECONCILE} if house.has_redis else set())
    is_alive = all(ages.get(name, 999.0) < 2 * PERIOD_SECONDS for name in wanted)
    return is_alive and Quote.objects.count() > 1 and house.post("/health/live/", {}, key="")[0] != 0


def strike(house: Installation, number: int, kind: frozenset[str], report: Report) -> None:
    """One outage: take away, see that the three act, give back, and see that the schedule works again."""
    what = f"trial {number}, {NAMES[kind]}"
    alice, bob = person(f"alice{number}"), person(f"bob{number}")
    _, key = issue(user=bob.user, name="proof", scope=Scope.TRADE, actor=bob.user)
    if REDIS in kind:
        house.stop_redis()
    if BEAT in kind:
        house.freeze("beat")
    planted = SYSTEM.now()
    book = VenueCash.objects.get(reference=bob.reference)
    VenueCash.objects.filter(pk=book.pk).update(amount=book.amount + 1)
    breach(alice, what, report)
    if eventually(lambda: is_different(bob), within=PATIENCE_SECONDS):
        report.breaks_found += 1
        seen = Discrepancy.objects.get(account=bob, resolved_at=None).seen_at
        report.slowest("found_seconds", (seen - planted).total_seconds(), FOUND_SECONDS_MAX, f"{what}: the comparing")
    else:
        report.details.append(f"{what}: the planted break was not found")
    halt_by_command(house, alice, what, report)
    halt_by_rest(house, bob, key, what, report)
    given_back, now = time.monotonic(), SYSTEM.now()
    if REDIS in kind:
        house.start_redis()
    if BEAT in kind:
        house.wake("beat")
    VenueCash.objects.filter(pk=book.pk).update(amount=book.amount)
    if not eventually(lambda: not is_different(bob) and is_back(house, now), within=BACK_SECONDS):
        report.details.append(f"{what}: the schedule did not come back")
    report.back_seconds = round(max(report.back_seconds, time.monotonic() - given_back), 2)


def person(name: str) -> BrokerAccount:
    """Somebody with ten restless shares and an order that rests."""
    user = User.objects.create_user(f"{name}@arbion.localhost")
    account = ensure_simulated_account(user)
    order(account, WILD, f"{name} holds", OrderType.MARKET)
    order(account, CALM, f"{name} rests", OrderType.LIMIT, limit_price=Decimal(90))
    return account


def order(account: BrokerAccount, symbol: str, key: str, order_type: OrderType, **given: Any) -> None:
    """Buy ten."""
    said = Instruction(
        user=account.user, account=account, source=Source.API, client_key=key, symbol=symbol, side=Side.BUY,
        order_type=order_type, time_in_force=TimeInForce.GTC if given else TimeInForce.DAY, quantity=Decimal(10),
        **given,
    )  # fmt: skip
    place_order(said)


def breach(account: BrokerAccount, what: str, report: Report) -> None:
    """Guard the position closely on both sides, watch the market breach one, and see the exit order come."""
    stops = [guard(account, kind) for kind in (StopKind.FIXED, StopKind.TAKE_PROFIT)]
    seen: list[tuple[Stop, datetime]] = []

    def is_breached() -> bool:
        last, at = Quote.objects.values_list("last", "at").get(instrument__symbol=WILD)
        lower, upper = stops
        seen.extend((stop, at) for stop, is_so in ((lower, last <= lower.level), (upper, last >= upper.level)) if is_so)
        return bool(seen)

    if not eventually(is_breached, within=PATIENCE_SECONDS):
        report.details.append(f"{what}: the market breached nothing")
        return
    stop, at = seen[0]
    rows = Order.objects.filter(intent__client_key__startswith=stop.order_keys)
    if not eventually(lambda: rows.filter(status=OrderStatus.FILLED).exists(), within=PATIENCE_SECONDS):
        report.details.append(f"{what}: the breached stop has no exit: {list(rows.values_list('status', flat=True))}")
        return
    report.exits += 1
    made = rows.get()
    report.slowest("exit_seconds", (made.created_at - at).total_seconds(), EXIT_SECONDS_MAX, f"{what}: the exit")


def guard(account: BrokerAccount, kind: StopKind) -> Stop:
    """A stop for half the position, close to the price; the market may run past it first, and then it is set anew."""
    instrument = Instrument.objects.get(symbol=WILD)
    away = -NEAR if kind is StopKind.FIXED else NEAR
    while True:
        last = Quote.objects.get(instrument=instrument).last
        price = (last * (1 + away)).quantize(Decimal("0.01"))
        try:
            made, _ = attach(
                account, user=account.user, instrument=instrument, kind=kind, quantity=Decimal(5),
                client_key=f"{account.pk} {kind} {price}", price=price,
            )  # fmt: skip
        except ArbionError:
            time.sleep(0.1)
            continue
        return made


def halt_by_command(house: Installation, account: BrokerAccount, what: str, report: Report) -> None:
    """`manage.py halt`: canceled, confirmed, and the venue says zero."""
    begun = time.monotonic()
    code, said = house.command("halt", "--account", str(account.public_id), "--reason", "outage", "--json")
    report.slowest("halt_seconds", time.monotonic() - begun, HALT_SECONDS_MAX, f"{what}: the halt by command")
    facts = json.loads(said) if said.startswith("{") else {"said": said}
    _check_halt(account, facts, f"{what}: the halt by command ({code})", report)


def halt_by_rest(house: Installation, account: BrokerAccount, key: str, what: str, report: Report) -> None:
    """The same over REST."""
    begun = time.monotonic()
    body = {"scope": "account", "account": str(account.public_id), "reason": "outage"}
    status, facts = house.post("/api/v1/risk/halt/", body, key=key)
    report.slowest("halt_seconds", time.monotonic() - begun, HALT_SECONDS_MAX, f"{what}: the halt over REST")
    _check_halt(account, facts, f"{what}: the halt over REST ({status})", report)


def _check_halt(account: BrokerAccount, facts: dict[str, Any], what: str, report: Report) -> None:
    resting = VenueOrder.objects.filter(reference=account.reference, status__in=RESTING).count()
    left = Order.objects.filter(account=account, status__in=OPEN).count()
    if facts.get("state") != "done" or not facts.get("venue_zero_at") or resting or left:
        report.details.append(f"{what}: {resting} rest at the venue, {left} are open here, and it says {facts}"[:600])
        return
    report.halts += 1


def is_different(account: BrokerAccount) -> bool:
    """Whether the house knows that the two books differ."""
    return Discrepancy.objects.filter(account=account, resolved_at=None).exists()


def is_back(house: Installation, since: datetime) -> bool:
    """Whether beat and worker have done the schedule's work since."""
    if not house.has_redis:
        return True
    house.revive()
    age = heartbeats.age(schedules.SWEEP.task)
    return age is not None and age < (SYSTEM.now() - since).total_seconds()
