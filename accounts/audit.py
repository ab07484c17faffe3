"""Writing the audit log."""

from __future__ import annotations

from typing import Any

from accounts.context import current_address
from accounts.models import AuditEntry, User
from arbion.lib.clock import SYSTEM, Clock


def record(
    *, actor: User | None, action: str, subject: str = "", data: dict[str, Any] | None = None, clock: Clock = SYSTEM
) -> None:
    """Add one line: a dotted action such as `account.token_created`, its subject, and facts that hold no secret."""
    AuditEntry.objects.create(
        at=clock.now(), actor=actor, action=action, subject=subject[:200], address=current_address(), data=data or {}
    )
