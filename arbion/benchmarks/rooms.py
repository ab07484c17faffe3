"""Where a measurement takes place: a process of its own, on a throw-away database, with a folder that ends with it."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from urllib.parse import urlsplit

import psycopg
from django.conf import settings

from arbion.benchmarks.figures import Figures
from arbion.proofs import sandbox

KEPT = frozenset({"PATH", "HOME", "LANG", "TMPDIR"})


class NotMeasured(Exception):
    """A measurement that could not be made, with the reason as people read it."""


def postgres_url() -> str:
    """A PostgreSQL on which a database may be made: the one named for tests, else the local default; or nothing."""
    url = os.environ.get("TEST_DATABASE_URL", "") or f"postgres://{getpass.getuser()}@127.0.0.1:5432/test"
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        return ""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return ""
    return url


def measure(arguments: Sequence[str], *, url: str, seconds_max: float) -> Figures:
    """Let `arbion.benchmarks.inside` measure, on this PostgreSQL or else on SQLite. Raises NotMeasured."""
    # Beside other files of the machine, not in memory: commits that reach a disk are part of what is measured.
    with tempfile.TemporaryDirectory(prefix="arbion-bench-") as place, sandbox.database(url) as made:
        environment = environment_of(place, made or f"sqlite:///{place}/arbion.sqlite3")
        command = [sys.executable, "-m", "arbion.benchmarks.inside", *arguments]
        try:
            done = subprocess.run(  # noqa: S603
                command,
                cwd=settings.BASE_DIR,
                env=environment,
                check=False,
                timeout=seconds_max,
                capture_output=True,
                text=True,
            )
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"{' '.join(arguments)} did not end within {seconds_max:.0f} s") from None
    if done.returncode != 0:
        raise NotMeasured(reason_of(done.stderr) or f"ended with {done.returncode}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def environment_of(place: str, database_url: str) -> dict[str, str]:
    """The environment of a process that knows nothing of the person's own settings, folder and database."""
    return {
        **{name: value for name, value in os.environ.items() if name in KEPT},
        sandbox.MARK: place,
        "ARBION_DATA_DIR": place,
        "ARBION_MODE": "embedded",
        "AFTER_COMMIT": "at_once",
        "DATABASE_URL": database_url,
        "DATABASE_POOL_SIZE": "8",
        "REDIS_URL": "",
        "LOG_LEVEL": "CRITICAL",
        "EMAIL_URL": "dummymail://",
        "MARKET_ALWAYS_OPEN": "true",
        "TICK_INTERVAL_SECS": "2",
        "QUOTE_AGE_SECONDS_MAX": "3600",
        "MONITOR_PERIOD_SECS": "3600",
        "OPENING_CASH": "100000",
        "DJANGO_SETTINGS_MODULE": "arbion.settings",
    }


def reason_of(stderr: str) -> str:
    """What a process died of: the exception of its last traceback, else the last thing it said."""
    lines = [line for line in stderr.rpartition("Traceback (most recent call last):")[2].splitlines() if line.strip()]
    said = next((line for line in lines if not line.startswith(" ")), lines[-1] if lines else "")
    return said[:300]
