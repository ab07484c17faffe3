"""Quiet hours: when a message that can wait is held back, by the person's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def ends_at(at: datetime, *, zone: str, quiet_from: time | None, quiet_until: time | None) -> datetime:
    """The end of the quiet hours that `at` lies in, in UTC; `at` itself outside of them.

    The hours begin at `quiet_from` and end just before `quiet_until`, both by the wall clock of `zone`; they may span
    midnight. Equal times, or a missing one, mean that there are none. Where clocks are set back during them, the hours
    last until the wall clock first shows their end.
    """
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return at
    local = at.astimezone(ZoneInfo(zone))
    now = local.time().replace(tzinfo=None)
    if quiet_from < quiet_until:
        is_quiet, ends_tomorrow = quiet_from <= now < quiet_until, False
    else:
        is_quiet, ends_tomorrow = now >= quiet_from or now < quiet_until, now >= quiet_from
    if not is_quiet:
        return at
    day = local.date() + timedelta(days=1) if ends_tomorrow else local.date()
    return max(at, datetime.combine(day, quiet_until, tzinfo=ZoneInfo(zone)).astimezone(UTC))
