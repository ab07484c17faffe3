"""The watchdog: notices when nobody watches the stops, tells everybody concerned once, halts the house if it lasts.

Whatever still runs asks it: the engine after each tick, the sweep of the worker. The gate needs neither: it refuses new
risk by the monitor's mark alone, the moment that is too old, and lets it pass again with the next look. What is told
and halted here comes a little later, so that neither a start nor a waking machine, nor a monitor that hands over,
alarms anybody: one process must have seen the same silence for a while.

The halt takes back the orders that could still open something while nobody watches. It is not lifted by itself: a
monitor that was away for minutes is for somebody to look at. Who oversees the house lifts it, on the page with the
password or with `manage.py resume`; the owner of an installation of one's own is that person.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from arbion.lib.clock import SYSTEM, Clock
from riskdesk.models import Halt, HaltCode, Silence
from riskdesk.models.silence import OPEN
from trading.execution.halt.impose import halt
from trading.execution.telling import monitor as telling
from trading.models import HaltScope
from trading.selectors import watch_age_max, watched_ago

logger = logging.getLogger(__name__)

# Beyond the age at which the gate refuses: so long a process must have seen a silence before anybody is told of it,
# and so long before the house is halted.
TOLD_AFTER = timedelta(seconds=20)
HALTED_AFTER = timedelta(minutes=1)
# Back is who has looked again and again for so long; a single look now and then is not.
BACK_AFTER = timedelta(seconds=15)
LATELY = timedelta(seconds=5)
# A halt that somebody lifted is not imposed again at once: the gate refuses all the while.
PEACE = timedelta(minutes=15)


@dataclass(slots=True)
class Memory:
    """What a process has seen: since when the same last look is too old, and since when there are fresh ones."""

    mark: datetime | None = None
    silent_since: datetime | None = None
    fresh_since: datetime | None = None
    is_over: bool = False


MEMORY = Memory()


def look_after_monitor(*, clock: Clock = SYSTEM, memory: Memory = MEMORY) -> bool:
    """See whether somebody watches the stops, and do what follows; whether they are watched. One statement if so."""
    now = clock.now()
    ago = watched_ago(now)
    if ago is not None and ago <= watch_age_max():
        _seen_awake(now, ago, memory)
        return True
    mark = None if ago is None else now - ago
    if memory.silent_since is None or memory.mark != mark:
        memory.mark, memory.silent_since = mark, now
    memory.fresh_since, memory.is_over = None, False
    seen_for = now - memory.silent_since
    if seen_for >= TOLD_AFTER:
        _notice(mark, now)
    if seen_for >= HALTED_AFTER:
        _halt(mark, now, clock=clock)
    return False


def _seen_awake(now: datetime, ago: timedelta, memory: Memory) -> None:
    memory.silent_since = None
    if ago > LATELY:
        memory.fresh_since = None
        return
    memory.fresh_since = memory.fresh_since or now
    if not memory.is_over and now - memory.fresh_since >= BACK_AFTER:
        _end(now)
        memory.is_over = True


@transaction.atomic
def _notice(mark: datetime | None, now: datetime) -> None:
    """Write the silence down and tell of it, unless that was done."""
    if Silence.objects.filter(open_key=OPEN).exists():
        return
    silence, is_new = Silence.objects.get_or_create(open_key=OPEN, defaults={"last_look_at": mark, "noticed_at": now})
    if is_new:
        logger.error("nobody watches the stops: the stop monitor has not looked since %s", mark)
        telling.fell_silent(silence, at=now)


@transaction.atomic
def _end(now: datetime) -> None:
    """Close the silence that is open, and tell of it."""
    silence = Silence.objects.filter(open_key=OPEN).first()
    if silence is None or not Silence.objects.filter(pk=silence.pk, open_key=OPEN).update(open_key=None, ended_at=now):
        return
    logger.warning("the stops are watched again")
    is_halted = Halt.objects.filter(user=None, account=None, code=HaltCode.MONITOR, lifted_at=None).exists()
    telling.came_back(silence, is_halted=is_halted, at=now)


def _halt(mark: datetime | None, now: datetime, *, clock: Clock) -> None:
    known = Halt.objects.filter(user=None, account=None, code=HaltCode.MONITOR)
    if known.filter(lifted_at=None).exists() or known.filter(lifted_at__gt=now - PEACE).exists():
        return
    since = f"since {mark:%H:%M:%S} UTC" if mark else "yet"
    logger.error("the house is halted: nobody has watched the stops %s", since)
    halt(
        scope=HaltScope.HOUSE, reason=f"nobody has watched the stops {since}", actor=None, code=HaltCode.MONITOR,
        clock=clock,
    )  # fmt: skip
