"""What every test may lean on: clean limits, and a plain answer about the services that are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from arbion.lib.clock import SYSTEM
from marketdata import timetable
from tests import flush
from tests.openai_server import openai_server

__all__ = ["openai_server"]

flush.install()

# How long an example takes says how busy the machine is, and nothing about the code.
property_settings.register_profile("arbion", deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_settings.load_profile("arbion")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SERVICES_REQUIRED = os.environ.get("ARBION_REQUIRE_SERVICES") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose what a second run on another database is for, and skip what needs a service that is not there."""
    if os.environ.get("ARBION_TESTS_OF_DATABASE") == "1":
        config.hook.pytest_deselected(items=[item for item in items if not _asks_a_database(item)])
        items[:] = [item for item in items if _asks_a_database(item)]
    # Where services are required nothing is skipped: what lacks its service fails by itself.
    there = {
        "postgres": SERVICES_REQUIRED or settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
        "redis": SERVICES_REQUIRED or bool(os.environ.get("TEST_REDIS_URL")),
        "browser": SERVICES_REQUIRED or CHROMIUM is not None,
    }
    for item in items:
        for mark, is_there in there.items():
            if item.get_closest_marker(mark) and not is_there:
                item.add_marker(pytest.mark.skip(reason=f"{mark} is not there"))


def _asks_a_database(item: pytest.Item) -> bool:
    marks = {mark.name for mark in item.iter_markers()}
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(marks & {"django_db", "postgres"} or fixtures & {"db", "transactional_db"})


@pytest.fixture(autouse=True)
def _clean_limits() -> Iterator[None]:
    """No test inherits another's request limits."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody watches the stops until a test leaves a mark of its own, or asks for the fixture `unwatched`."""
    from trading import selectors  # models exist only once the apps stand
    from trading.execution import watchdog

    if "unwatched" not in request.fixturenames:
        for reader in ("facts", "watchdog"):
            monkeypatch.setattr(
                f"trading.execution.{reader}.watched_ago", lambda at: selectors.watched_ago(at) or timedelta(0)
            )
    monkeypatch.setattr(watchdog.look_after_monitor, "__kwdefaults__", {"clock": SYSTEM, "memory": watchdog.Memory()})


@pytest.fixture
def unwatched() -> None:
    """What the gate knows of the stop monitor is what its rows say, and at first they say nothing."""


@pytest.fixture(autouse=True)
def _published_hours() -> None:
    """The market keeps the published hours until a test edits them."""
    timetable.stand_still()
