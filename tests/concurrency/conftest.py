"""Many hands at once on the small world: sixteen on PostgreSQL, four where one writer at a time is all there is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TypeVar

import pytest
from django.db import connection, connections

from riskdesk.models import RiskLimit
from tests.trading.conftest import World, counted, world

__all__ = ["counted", "roomy", "world"]

_Answer = TypeVar("_Answer")


def hands() -> int:
    """How many threads the database at hand is asked to bear."""
    return 16 if connection.vendor == "postgresql" else 4


def at_once(work: Callable[[int], _Answer], *, times: int = 0) -> list[_Answer | Exception]:
    """Do the work in as many threads, all beginning together; each one's answer, or what it raised."""
    times = times or hands()
    together = threading.Barrier(times)

    def one(number: int) -> _Answer | Exception:
        try:
            together.wait(timeout=30)
            return work(number)
        except Exception as error:  # noqa: BLE001  what a thread raised is an answer that the test looks at
            return error
        finally:
            connections.close_all()

    connection.close()
    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(one, range(times)))


@pytest.fixture
def roomy(world: World) -> World:
    """The small world, with limits that stand in nobody's way."""
    for name in ("order_value_usd", "position_value_usd", "daily_loss_usd", "orders_per_minute"):
        RiskLimit.objects.create(name=name, value=Decimal(1_000_000))
    return world
