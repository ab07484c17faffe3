"""Where identifiers come from: one door to chance."""

from __future__ import annotations

import uuid
from collections.abc import Callable

IdSource = Callable[[], uuid.UUID]


def new_id() -> uuid.UUID:
    """A random UUID (version 4)."""
    return uuid.uuid4()
