"""Opening or closing the stock market in an emergency, whatever its hours say: audited and told to everyone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.errors import Forbidden, InvalidInput
from arbion.lib import bus
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit, deferrable
from marketdata import hours, timetable
from marketdata.frames import timestamp
from marketdata.models import MarketOverride

REASON_LENGTH_MAX = 200


@transaction.atomic
def impose(
    *, is_open: bool, reason: str, by: User, until: datetime | None = None, clock: Clock = SYSTEM
) -> MarketOverride:
    """Open or close the stock market from now until that moment (None: until it is lifted), replacing an earlier word.

    Coins trade on: they are halted one by one. Raises Forbidden for who may not edit the market, and InvalidInput for a
    blank or long `reason` and an `until` that has passed or lacks a time zone.
    """
    now = clock.now()
    _check_person(by)
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidInput.of("reason", "required", "Say why: everyone reads it.")
    if len(reason) > REASON_LENGTH_MAX:
        raise InvalidInput.of("reason", "too_long", f"The reason has at most {REASON_LENGTH_MAX} characters.")
    if until is not None and until.tzinfo is None:
        raise InvalidInput.of("until", "time_without_zone", "Say the end with its time zone.")
    if until is not None and until <= now:
        raise InvalidInput.of("until", "in_the_past", "The end must be in the future.")
    for earlier in _in_force():
        _end(earlier, by, now)
    made = MarketOverride.objects.create(is_open=is_open, reason=reason, imposed_by=by, imposed_at=now, until=until)
    data = {"reason": reason, "until": until.isoformat() if until else None}
    audit.record(actor=by, action=f"market.{'opened' if is_open else 'closed'}", data=data, clock=clock)
    after_commit(tell)
    return made


@transaction.atomic
def lift(*, by: User, clock: Clock = SYSTEM) -> bool:
    """Give the market back to its hours; False when nothing was in force any more. Raises Forbidden."""
    _check_person(by)
    now = clock.now()
    was_in_force = False
    for earlier in _in_force():
        was_in_force = was_in_force or earlier.until is None or earlier.until > now
        _end(earlier, by, now)
    if was_in_force:
        audit.record(actor=by, action="market.override_lifted", clock=clock)
        after_commit(tell)
    return was_in_force


def market_message(*, clock: Clock = SYSTEM) -> dict[str, Any]:
    """The state of the stock market as every socket is told it; an override carries its reason."""
    timetable.forget()  # whoever heard that it changed must not answer from memory
    state = hours.session(clock.now())
    return {
        "type": "market",
        "channel": "market",
        "is_open": state.is_open,
        "phase": state.phase.value,
        "always_open": state.always_open,
        "overridden": state.override is not None,
        "reason": state.override.reason if state.override else None,
        "short": state.short,
        "label": state.label,
        "next_change": timestamp(state.next_change) if state.next_change else None,
    }


@deferrable
def tell() -> None:
    """Hint to every socket that the market's state has changed."""
    bus.publish(bus.EVERYONE, {"type": "market.changed"})


def _check_person(by: User) -> None:
    if not can(by, Ability.EDIT_MARKET):
        raise Forbidden("Only who may edit the market opens or closes it.")


def _in_force() -> list[MarketOverride]:
    """The row that is not lifted, if any: its time may have run out."""
    return list(MarketOverride.objects.filter(lifted_at=None))


def _end(row: MarketOverride, by: User, now: datetime) -> None:
    """One whose time had run out ended then, by itself."""
    expired = row.until is not None and row.until <= now
    row.lifted_at, row.lifted_by = (row.until, None) if expired else (now, by)
    row.save(update_fields=["lifted_at", "lifted_by"])
