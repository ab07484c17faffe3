"""The rules of the house, read from the source; every rule is shown to catch what it forbids."""

from __future__ import annotations

import pytest

from tests.house import sources
from tests.house.sources import Rule, house, offences, planted

# The three kinds of border where everything may be caught: a risk rule, a task's outermost loop, a socket receive.
BORDERS = {
    "riskdesk/gate.py: _ask",
    "arbion/engine.py: run",
    "arbion/upkeep.py: run",
    "arbion/upkeep.py: _do",
    "arbion/monitor.py: run",
    # Both ends of the system log: keeping a record must not add to the trouble that it tells of.
    "arbion/system_log.py: emit",
    "arbion/system_log.py: _write",
    "arbion/embedded.py: _keep",
    "arbion/lib/commit.py: _run_on_thread",
    "arbion/proofs/forks.py: _work",
    # A planted bug may raise anything, and has then been noticed.
    "arbion/proofs/gauntlet.py: run",
    "trading/consumers.py: receive",
    # One person's trouble keeps nobody else's repeating order from being placed.
    "trading/schedules/running.py: place_all_due",
    "trading/consumers.py: _follow",
}
MONEY = ("trading/", "riskdesk/", "brokers/")
# Binary fractions that count no money: how sure the reader is of a name; statistics, whose figures leave as Decimals.
FLOATS = {
    "riskdesk/analytics/beta.py",
    "riskdesk/analytics/figures.py",
    "riskdesk/analytics/repricing.py",
    "riskdesk/analytics/var.py",
    "trading/interpreter/assemble.py",
    "trading/interpreter/interpretation.py",
    "trading/interpreter/reader.py",
}
# Figures that are only put in order, and raw integers that are cast on purpose.
EXPRESSIONS = {
    "marketdata/listing.py",
    "marketdata/stored.py",
}
LOCKS = {
    "trading/locks.py: select_for_update in lock_account",
    "brokers/simulator/custody.py: select_for_update in lock_account",
    # What stands behind a quote belongs to no account: it is locked after the account's own.
    "brokers/simulator/liquidity.py: select_for_update in lock",
    # The market's own rows while a split or a dividend goes into their prices; no account is locked with them.
    "marketdata/corporate.py: select_for_update in begin",
    # A person's own lists and lines of the conversation, which belong to no account; none is locked with them.
    "trading/desk/model/assistants.py: select_for_update in save",
    "trading/desk/model/assistants.py: select_for_update in remember",
    "trading/desk/model/talking.py: select_for_update in _end",
}
DOORS_OF_CHANCE = {
    "arbion/lib/clock.py: datetime.now() in now",
    "arbion/lib/ids.py: uuid.uuid4() in new_id",
    # Windows of the shared limits are counted by the store's clock, not by an order's.
    "arbion/lib/ratelimit.py",
    # A catalogue that is the same on every machine: seeded by the symbol.
    "marketdata/catalogue/build.py: random.Random() in draw",
    # Which cuts a proof makes, by a seed that is shown.
    "arbion/proofs/crash.py: random.Random() in choose",
    "arbion/proofs/books.py: random.Random() in lead",
    "arbion/proofs/race.py: random.Random() in compete",
    "arbion/proofs/gate.py: random.Random() in prove",
    "arbion/proofs/mutants.py: random.Random() in prove",
    "arbion/proofs/stops.py: random.Random() in build",
    "arbion/proofs/lease.py: random.Random() in prove",
    "arbion/proofs/outage.py: random.Random() in prove",
    "arbion/proofs/injection_cases.py: random.Random() in cases",
}
# Opening the practice account, and letting the simulated exchange match after a tick.
VENUE_NAMES = {"trading/books/opening.py", "trading/execution/engine.py: imports brokers.simulator"}

RULES: dict[str, tuple[Rule, set[str]]] = {
    "a file has at most 400 lines": (sources.too_long, set()),
    "a function has at most 70 lines": (sources.long_functions, set()),
    "a module says what it is for": (sources.no_docstring, set()),
    "nothing listens to signals": (sources.signals, set()),
    "broad excepts stand at three borders": (sources.broad_excepts, BORDERS),
    "arithmetic is done in Python": (sources.expressions, EXPRESSIONS),
    "locks live in one place": (sources.row_locks, LOCKS),
    "time and chance come by their doors": (sources.time_and_chance, DOORS_OF_CHANCE),
    "nothing prints": (sources.printing, set()),
}


@pytest.mark.parametrize("name", RULES)
def test_rule_of_the_house(name: str) -> None:
    rule, but = RULES[name]
    assert offences(rule, of=house(), but=but) == []


@pytest.mark.parametrize("name", RULES)
def test_every_reviewed_exception_is_still_needed(name: str) -> None:
    rule, but = RULES[name]
    found = offences(rule, of=house())
    unused = [entry for entry in but if not any(line == entry or line.startswith(f"{entry}:") for line in found)]
    assert unused == []


def test_money_is_never_a_binary_fraction() -> None:
    money = tuple(source for source in house() if source.path.startswith(MONEY))
    assert len(money) > 50
    assert offences(sources.floats, of=money, but=FLOATS) == []


def test_trading_calls_no_venue_by_its_name() -> None:
    trading = tuple(source for source in house() if source.path.startswith("trading/"))
    assert offences(sources.venue_names, of=trading, but=VENUE_NAMES) == []


@pytest.mark.parametrize("rule", [sources.too_long, sources.long_functions, sources.no_docstring])
def test_tests_keep_the_sizes_too(rule: Rule) -> None:
    assert offences(rule, of=sources.tests()) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (sources.too_long, "x = 1\n" * 401),
        (sources.long_functions, "def f():\n" + "    x = 1\n" * 70),
        (sources.no_docstring, "x = 1\n"),
        (sources.signals, "from django.db.models.signals import post_save"),
        (sources.signals, "from django.dispatch import receiver"),
        (sources.signals, "import celery.signals"),
        (sources.signals, "post_save.connect(f)"),
        (sources.signals, "@receiver(x)\ndef f(): ..."),
        (sources.broad_excepts, "try:\n    f()\nexcept Exception:\n    pass"),
        (sources.broad_excepts, "try:\n    f()\nexcept (ValueError, BaseException) as e:\n    log(e)"),
        (sources.broad_excepts, "try:\n    f()\nexcept:\n    pass"),
        (sources.floats, "price = 0.5"),
        (sources.floats, "price = float(x)"),
        (sources.floats, "def f(price: float): ..."),
        (sources.floats, "price = models.FloatField()"),
        (sources.expressions, "rows.update(balance=F('balance') + 1)"),
        (sources.expressions, "rows.update(balance=models.F('balance') - 1)"),
        (sources.row_locks, "rows.select_for_update().get()"),
        (sources.time_and_chance, "at = datetime.now(UTC)"),
        (sources.time_and_chance, "at = timezone.now()"),
        (sources.time_and_chance, "at = time.time()"),
        (sources.time_and_chance, "key = uuid.uuid4()"),
        (sources.time_and_chance, "from uuid import uuid4"),
        (sources.time_and_chance, "x = random.random()"),
        (sources.printing, "print('x')"),
        (sources.venue_names, "if account.venue == Venue.SCHWAB: ..."),
        (sources.venue_names, "if account.venue == 'coinbase': ..."),
        (sources.venue_names, "from brokers.simulator import venue"),
        (sources.venue_names, "from brokers.schwab.client import get"),
    ],
)
def test_an_offence_is_caught(rule: Rule, text: str) -> None:
    assert len(offences(rule, of=(planted(text),))) >= 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (sources.broad_excepts, "try:\n    f()\nexcept BaseException:\n    tidy()\n    raise"),
        (sources.broad_excepts, "try:\n    f()\nexcept ValueError:\n    pass"),
        (sources.expressions, "class Meta:\n    constraints = [Q(a__lte=models.F('b'))]"),
        (sources.time_and_chance, "id = UUIDField(default=uuid.uuid4)"),
        (sources.signals, "broker = registry.connect(account)"),
        (sources.venue_names, "from brokers.models import BrokerAccount"),
    ],
)
def test_what_is_allowed_passes(rule: Rule, text: str) -> None:
    assert offences(rule, of=(planted(text),)) == []
