"""How language models stand: for one person on their page, and for the house in the operators' room."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from accounts import vault
from accounts.llm import budget, keys
from accounts.llm.records import OK
from accounts.llm.roles import Served, endpoint, served, warning_of
from accounts.models import KeyOwner, ModelCall, Secret, SecretPurpose, User
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm import allowance, faults
from arbion.lib.llm.allowance import Allowance
from arbion.lib.llm.breaker import Breaker, State
from arbion.lib.llm.faults import ModelFault, Resting, WrongKey
from arbion.lib.llm.port import Role

HEALTH_SPAN = timedelta(hours=24)
HEALTH_ROWS = 2000
# What says nothing of the provider: the person's or the house's own doing.
OWN_DOING = ("model_stopped", "model_budget_used", "interrupted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A fault that happened, as a person is told of it."""

    code: str
    title: str
    words: str
    what_to_do: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person has: which key, what it was used for today, and what went wrong last."""

    state: str  # none, own, house
    provider: str
    is_vendor: bool
    secret: Secret | None
    tokens_today: int
    tokens_max: int | None
    money_today: Decimal
    calls_today: int
    trouble: Trouble | None
    breaker: str  # closed, resting, waiting, trial; nothing where nobody is asked
    breaker_until: datetime | None

    @property
    def percent(self) -> int:
        """How much of the share is used, in whole percent."""
        return min(100, self.tokens_today * 100 // self.tokens_max) if self.tokens_max else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one provider did lately."""

    provider: str
    calls: int
    failed: int
    p50_ms: int | None
    p95_ms: int | None
    faults: tuple[tuple[str, int], ...]
    last_fault: Trouble | None
    last_ok: datetime | None

    @property
    def error_percent(self) -> Decimal:
        """How many of a hundred calls failed."""
        return (Decimal(self.failed * 100) / self.calls).quantize(Decimal("0.1")) if self.calls else Decimal(0)


def standing(user: User, *, clock: Clock = SYSTEM) -> Standing:
    """How this person stands."""
    now = clock.now()
    secret = vault.shown(user, SecretPurpose.LANGUAGE_MODEL)
    state = "own" if secret else "house" if settings.OPENAI_API_KEY else "none"
    owner = KeyOwner.OWN if secret else KeyOwner.HOUSE
    use, begun = budget.used_by(user, now, owner=owner), _midnight(now)
    way = endpoint("")
    mine = ModelCall.objects.filter(user=user, key_owner=owner)
    since = secret.saved_at if secret else begun
    # That it is left alone says the breaker; here stands what it is left alone for.
    asked = mine.filter(at__gte=since).exclude(verdict=Resting.code)
    rest = _breaker_state(user, clock)
    return Standing(
        state=state,
        provider=way.host,
        is_vendor=way.is_vendor,
        secret=secret,
        tokens_today=use.tokens,
        tokens_max=None if secret else settings.MODEL_TOKENS_A_DAY,
        money_today=use.money,
        calls_today=mine.filter(at__gte=begun).count(),
        trouble=_trouble(asked.order_by("-pk").first()),
        breaker="" if rest is None else rest.name(now),
        breaker_until=None if rest is None or rest.until is None or rest.until <= now else rest.until,
    )


def _breaker_state(user: User, clock: Clock) -> State | None:
    """How the breaker stands for the key that this person's questions go with; None where there is no such key."""
    try:
        way = keys.way_with(user)
    except WrongKey:
        return None
    if way is None and settings.OPENAI_API_KEY:
        way = endpoint(settings.OPENAI_API_KEY)
    return None if way is None else Breaker(way, clock).state()


def models() -> list[tuple[Served, str]]:
    """The model of each role, with what is to be said against it."""
    return [(model, warning_of(model.name)) for model in map(served, Role)]


def health(*, clock: Clock = SYSTEM) -> list[Health]:
    """Every provider that was asked in the last day, from the newest calls."""
    since = clock.now() - HEALTH_SPAN
    newest = ModelCall.objects.filter(at__gte=since).order_by("-pk").defer("messages", "tools", "reply")
    by_provider: dict[str, list[ModelCall]] = {}
    for row in newest[:HEALTH_ROWS]:
        by_provider.setdefault(row.provider, []).append(row)
    return [_health_of(name, rows) for name, rows in sorted(by_provider.items())]


def house_breaker(*, clock: Clock = SYSTEM) -> str:
    """How the breaker stands for the house's key; nothing where there is no such key."""
    if not settings.OPENAI_API_KEY:
        return ""
    return Breaker(endpoint(settings.OPENAI_API_KEY), clock).state().name(clock.now())


def house_allowances() -> list[tuple[Served, Allowance]]:
    """What the provider said is left of the house key's allowance, for each model that was asked lately."""
    if not settings.OPENAI_API_KEY:
        return []
    fingerprint = endpoint(settings.OPENAI_API_KEY).fingerprint
    named = {model.name: model for model, _ in models()}
    found = [(model, allowance.kept(f"{fingerprint}:{name}")) for name, model in named.items()]
    return [(model, kept) for model, kept in found if kept is not None]


def state_in_a_word(*, clock: Clock = SYSTEM) -> str:
    """For the health checks, which it never decides: `no key`, `ok`, `not asked lately`, or what went wrong last."""
    if not settings.OPENAI_API_KEY:
        return "no house key"
    stands = house_breaker(clock=clock)
    if stands in {"resting", "waiting", "trial"}:
        return stands
    about = ModelCall.objects.filter(key_owner=KeyOwner.HOUSE, at__gte=clock.now() - HEALTH_SPAN)
    last = about.exclude(Q(verdict__in=OWN_DOING)).order_by("-pk").values_list("verdict", flat=True).first()
    return "not asked lately" if last is None else "ok" if last == OK else last


def fault_named(code: str) -> type[ModelFault]:
    """The kind of fault behind a code."""
    kinds = [kind for kind in vars(faults).values() if isinstance(kind, type) and issubclass(kind, ModelFault)]
    return next((kind for kind in kinds if kind.code == code), ModelFault)


def _health_of(name: str, rows: list[ModelCall]) -> Health:
    counted = [row for row in rows if row.verdict not in OWN_DOING]
    failed = [row for row in counted if row.verdict != OK]
    took = sorted(row.latency_ms for row in counted if row.verdict == OK)
    return Health(
        provider=name,
        calls=len(counted),
        failed=len(failed),
        p50_ms=_percentile(took, 50),
        p95_ms=_percentile(took, 95),
        faults=tuple(Counter(row.verdict for row in failed).most_common()),
        last_fault=_trouble(failed[0]) if failed else None,
        last_ok=next((row.at for row in counted if row.verdict == OK), None),
    )


def _percentile(ordered: list[int], percent: int) -> int | None:
    """The smallest figure that so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def _trouble(row: ModelCall | None) -> Trouble | None:
    """What went wrong in a call; None where it went well or was ended on purpose."""
    if row is None or row.verdict == OK or row.verdict in OWN_DOING:
        return None
    kind = fault_named(row.verdict)
    words = (kind.__doc__ or "").strip()
    return Trouble(code=kind.code, title=kind.title, words=words, what_to_do=kind.what_to_do, at=row.at)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
