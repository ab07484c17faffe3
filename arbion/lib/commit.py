"""Work that follows a commit: at once in tests, on a thread when embedded, through Celery in production.

What is handed over is only a hint. The row it speaks of is the truth, and a sweeper finds what a lost hint left behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

# A message of the queue may name anything; only our own packages are ever imported for it.
OURS = frozenset({"accounts", "marketdata", "brokers", "riskdesk", "trading", "autotrade", "arbion"})

_Function = TypeVar("_Function", bound=Callable[..., object])
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="after-commit")


class NotDeferrable(LookupError):
    """A queue message named a function that was not marked as deferrable."""


def deferrable(function: _Function) -> _Function:
    """Mark a function that may be called by name after a commit; its arguments must be JSON values."""
    function.is_deferrable = True  # type: ignore[attr-defined]
    return function


def after_commit(function: Callable[..., object], *args: Any) -> None:
    """Call the function once the current transaction has committed, never inside it."""
    path = f"{function.__module__}.{function.__qualname__}"
    if not getattr(function, "is_deferrable", False):
        raise NotDeferrable(path)
    transaction.on_commit(lambda: _hand_over(path, args), robust=True)


def beside(function: Callable[..., object], *args: Any) -> None:
    """Call a deferrable function on a thread of this process, whatever has become of the queue; in tests at once.

    For what must not wait for Redis or a worker. Must not be called inside a transaction whose rows it reads.
    """
    path = f"{function.__module__}.{function.__qualname__}"
    if not getattr(function, "is_deferrable", False):
        raise NotDeferrable(path)
    if settings.AFTER_COMMIT == "at_once":
        run_deferred(path, list(args))
    else:
        _pool.submit(_run_on_thread, path, list(args))


def run_deferred(path: str, args: list[Any]) -> None:
    """Call a deferrable function by its dotted path; anything else is refused."""
    if path.partition(".")[0] not in OURS:
        raise NotDeferrable(path)
    function = import_string(path)
    if not getattr(function, "is_deferrable", False):
        raise NotDeferrable(path)
    function(*args)


def _hand_over(path: str, args: tuple[Any, ...]) -> None:
    if settings.AFTER_COMMIT == "at_once":
        run_deferred(path, list(args))
    elif settings.AFTER_COMMIT == "thread":
        _pool.submit(_run_on_thread, path, list(args))
    else:
        from arbion.lib.tasks import run_deferred_task  # noqa: PLC0415  Celery is not needed when embedded

        run_deferred_task.delay(path, list(args))


def _run_on_thread(path: str, args: list[Any]) -> None:
    close_old_connections()
    try:
        run_deferred(path, args)
    except Exception:  # a task's outermost loop: the sweeper will find what this left undone
        logger.exception("deferred call failed: %s", path)
    finally:
        close_old_connections()
