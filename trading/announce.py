"""Telling connected people that something changed, after it was committed."""

from __future__ import annotations

from arbion.lib import bus
from arbion.lib.commit import after_commit, deferrable


def announce(user_id: int) -> None:
    """Hint to all of a person's sockets that their books changed; they read the facts from the database."""
    after_commit(hint, user_id)


@deferrable
def hint(user_id: int) -> None:
    """Send the hint now."""
    bus.publish(bus.person_group(user_id), {"type": "books.changed"})
