"""An operator's word about the market: in force, flagged, audited, told, and over by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import AuditEntry, User
from accounts.services import create_person
from arbion.domain.enums import AssetClass, Role, SessionPhase
from arbion.domain.errors import Forbidden, InvalidInput
from arbion.lib import bus
from arbion.lib.clock import FrozenClock
from marketdata import hours, override
from marketdata.models import MarketOverride

pytestmark = pytest.mark.django_db
SHARES, COINS = AssetClass.EQUITY, AssetClass.CRYPTO


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)


FRIDAY_NOON, SATURDAY_NOON = at("2026-11-20T12:00"), at("2026-11-21T12:00")


@pytest.fixture(autouse=True)
def _real_hours(settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada() -> User:
    return create_person(email="ada@example.com", password="correct horse battery", role=Role.ADMIN)


@pytest.fixture
def told(monkeypatch) -> list[tuple[str, dict[str, object]]]:
    heard: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(bus, "publish", lambda group, message: heard.append((group, message)))
    return heard


@pytest.mark.parametrize("always_open", [False, True])
def test_closing(ada, told, settings, always_open, django_capture_on_commit_callbacks) -> None:
    settings.MARKET_ALWAYS_OPEN = always_open
    with django_capture_on_commit_callbacks(execute=True):
        override.impose(is_open=False, reason=" A wrong  feed ", by=ada, clock=FrozenClock(FRIDAY_NOON))
    assert told == [(bus.EVERYONE, {"type": "market.changed"})]
    assert hours.class_phase(SHARES, FRIDAY_NOON) is SessionPhase.CLOSED
    assert hours.is_class_open(SHARES, FRIDAY_NOON, extended=True) is False
    assert hours.is_class_open(COINS, FRIDAY_NOON) is True
    assert hours.is_class_open(SHARES, FRIDAY_NOON - timedelta(seconds=1)) is True
    state = hours.session(FRIDAY_NOON)
    assert (state.is_open, state.phase, state.next_change) == (False, SessionPhase.CLOSED, None)
    assert (state.short, state.always_open) == ("Closed by operator", always_open)
    assert state.label == "Market closed by the operator until further notice: A wrong feed"
    entry = AuditEntry.objects.get(action="market.closed")
    assert (entry.actor, entry.data) == (ada, {"reason": "A wrong feed", "until": None})
    message = override.market_message(clock=FrozenClock(FRIDAY_NOON))
    assert (message["is_open"], message["overridden"], message["reason"]) == (False, True, "A wrong feed")


def test_it_ends_by_itself(ada) -> None:
    until = FRIDAY_NOON + timedelta(hours=1)
    override.impose(is_open=False, reason="Fire drill", by=ada, until=until, clock=FrozenClock(FRIDAY_NOON))
    assert hours.session(FRIDAY_NOON).next_change == until
    assert hours.next_open(SHARES, FRIDAY_NOON) == until
    assert hours.day_ends(SHARES, FRIDAY_NOON) == at("2026-11-20T16:00")
    assert hours.is_class_open(SHARES, until) is True
    assert hours.session(until).override is None
    assert override.lift(by=ada, clock=FrozenClock(until)) is False
    row = MarketOverride.objects.get()
    assert (row.lifted_at, row.lifted_by) == (until, None)


def test_opening_on_a_saturday(ada) -> None:
    override.impose(is_open=True, reason="Rehearsal", by=ada, clock=FrozenClock(SATURDAY_NOON))
    later = SATURDAY_NOON + timedelta(hours=2)
    assert hours.class_phase(SHARES, later) is SessionPhase.REGULAR
    found = hours.session_bounds(SHARES, later)
    assert (found.opens_at, found.closes_at) == (SATURDAY_NOON, at("2026-11-22T00:00"))
    assert hours.day_ends(SHARES, later) == at("2026-11-22T00:00")
    assert hours.next_open(SHARES, later) == at("2026-11-22T00:00")
    assert hours.session(later).short == "Opened by operator"


def test_opening_before_the_session_joins_it(ada) -> None:
    early = at("2026-11-20T06:00")
    until = early + timedelta(hours=4)
    override.impose(is_open=True, reason="Early start", by=ada, until=until, clock=FrozenClock(early))
    found = hours.session_bounds(SHARES, early)
    assert (found.pre_opens_at, found.opens_at) == (at("2026-11-20T04:00"), early)
    assert found.closes_at == at("2026-11-20T16:00")


def test_lifting_and_replacing(ada, told, django_capture_on_commit_callbacks) -> None:
    override.impose(is_open=False, reason="First", by=ada, clock=FrozenClock(FRIDAY_NOON))
    later = FrozenClock(FRIDAY_NOON + timedelta(minutes=5))
    override.impose(is_open=True, reason="Second", by=ada, clock=later)
    assert hours.session(later.now()).label.endswith("Second")
    with django_capture_on_commit_callbacks(execute=True):
        assert override.lift(by=ada, clock=later) is True
    assert told == [(bus.EVERYONE, {"type": "market.changed"})]
    assert hours.session(later.now() + timedelta(seconds=1)).override is None
    assert list(MarketOverride.objects.filter(lifted_at=None)) == []
    assert AuditEntry.objects.filter(action="market.override_lifted").count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"reason": " "}, "reason", "required"),
        ({"reason": "x" * 201}, "reason", "too_long"),
        ({"until": FRIDAY_NOON}, "until", "in_the_past"),
        ({"until": datetime(2030, 1, 1)}, "until", "time_without_zone"),  # noqa: DTZ001  what is refused
    ],
)
def test_refusals_move_nothing(ada, fields, field, code) -> None:
    given = {"is_open": False, "reason": "Why", "by": ada, "clock": FrozenClock(FRIDAY_NOON)} | fields
    with pytest.raises(InvalidInput) as refused:
        override.impose(**given)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
    assert not MarketOverride.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="market.").exists()
    assert hours.session(FRIDAY_NOON).override is None


def test_ordinary_people_neither_close_nor_lift(ada) -> None:
    alice = create_person(email="alice@example.com", password="correct horse battery")
    with pytest.raises(Forbidden):
        override.impose(is_open=False, reason="Please", by=alice, clock=FrozenClock(FRIDAY_NOON))
    assert not MarketOverride.objects.exists()
    override.impose(is_open=False, reason="Why", by=ada, clock=FrozenClock(FRIDAY_NOON))
    with pytest.raises(Forbidden):
        override.lift(by=alice, clock=FrozenClock(FRIDAY_NOON))
    assert hours.is_class_open(SHARES, FRIDAY_NOON) is False
