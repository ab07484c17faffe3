"""What every test may lean on: clean limits, and a plain answer about the services that are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache

from tests import flush

flush.install()

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SERVICES_REQUIRED = os.environ.get("ARBION_REQUIRE_SERVICES") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a service that is not there, unless the services are required: then it fails by itself."""
    if SERVICES_REQUIRED:
        return
    there = {
        "postgres": settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
        "redis": bool(os.environ.get("TEST_REDIS_URL")),
        "browser": CHROMIUM is not None,
    }
    for item in items:
        for mark, is_there in there.items():
            if item.get_closest_marker(mark) and not is_there:
                item.add_marker(pytest.mark.skip(reason=f"{mark} is not there"))


@pytest.fixture(autouse=True)
def _clean_limits() -> Iterator[None]:
    """No test inherits another's request limits."""
    cache.clear()
    yield
    cache.clear()
