"""Exactly one of several processes: a lease row with a deadline and a number that rises with every new holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import F

from arbion.lib.clock import SYSTEM, Clock
from arbion.models import Lease


@dataclass(frozen=True, slots=True)
class Hold:
    """A lease that is held: renewing it fails once somebody else has taken it."""

    name: str
    holder: str
    fence: int


def take(name: str, holder: str, *, seconds: float, clock: Clock = SYSTEM) -> Hold | None:
    """Take a lease that nobody holds any more; None while somebody else does.

    One UPDATE decides between two who try at the same moment. A holder who comes back under its own name takes over
    from itself at once.
    """
    now = clock.now()
    if Lease.objects.filter(name=name, deadline__gt=now).exclude(holder=holder).exists():
        return None  # whoever waits only reads
    Lease.objects.bulk_create([Lease(name=name, holder="", deadline=now, fence=0)], ignore_conflicts=True)
    free = Lease.objects.filter(name=name, deadline__lte=now) | Lease.objects.filter(name=name, holder=holder)
    if not free.update(holder=holder, deadline=now + timedelta(seconds=seconds), fence=F("fence") + 1):
        return None
    row = Lease.objects.get(name=name)
    return Hold(name, holder, row.fence) if row.holder == holder else None


def renew(hold: Hold, *, seconds: float, clock: Clock = SYSTEM) -> bool:
    """Push the deadline out; False when the lease has run out or somebody else has taken it."""
    now = clock.now()
    mine = Lease.objects.filter(name=hold.name, holder=hold.holder, fence=hold.fence, deadline__gt=now)
    return bool(mine.update(deadline=now + timedelta(seconds=seconds)))


def insist(hold: Hold, *, seconds: float, clock: Clock = SYSTEM) -> bool:
    """Inside a transaction: whether this hold is still the newest, which it then stays until the transaction ends.

    Nobody has taken a lease whose number is unchanged, even when its deadline has passed; so the number alone decides,
    and the deadline is pushed out. On PostgreSQL a holder that is frozen in here is cut off by the server after two
    seconds, and one that waits for a lock gives up, so that neither keeps the next one from taking over.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 2000")
            cursor.execute("SET LOCAL lock_timeout = 2000")
    mine = Lease.objects.filter(name=hold.name, holder=hold.holder, fence=hold.fence)
    return bool(mine.update(deadline=clock.now() + timedelta(seconds=seconds)))


def give_back(hold: Hold, *, clock: Clock = SYSTEM) -> None:
    """Let the next one in without waiting for the deadline."""
    Lease.objects.filter(name=hold.name, holder=hold.holder, fence=hold.fence).update(deadline=clock.now())
