"""Which PostgreSQL and Redis the tests may use: those named in the environment, or the local defaults if they answer.

As a program it writes two shell assignments, for `.ci/test`.
"""

from __future__ import annotations

import getpass
import os
import shlex
import sys
from urllib.parse import urlsplit

import psycopg
import redis

REQUIRED = os.environ.get("ARBION_REQUIRE_SERVICES") == "1"


def database_url() -> str:
    """An address of PostgreSQL that answers, or nothing."""
    named = os.environ.get("TEST_DATABASE_URL", "")
    url = named or f"postgres://{getpass.getuser()}@127.0.0.1:5432/test"
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error as error:
        _complain("PostgreSQL", named, error)
        return ""
    return url


def redis_url() -> str:
    """An address of Redis that answers, or nothing."""
    named = os.environ.get("TEST_REDIS_URL", "")
    url = named or "redis://127.0.0.1:6379/9"
    try:
        redis.Redis.from_url(url, socket_connect_timeout=2).ping()
    except (redis.RedisError, OSError) as error:
        _complain("Redis", named, error)
        return ""
    return url


def without_password(url: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}" if url else "none"


def _complain(what: str, named: str, error: Exception) -> None:
    if named or REQUIRED:
        sys.exit(f"{what} is required but does not answer: {error}")


if __name__ == "__main__":
    database, store = database_url(), redis_url()
    if "--names" in sys.argv:
        sys.stdout.write(f"PostgreSQL at {without_password(database)}, Redis at {without_password(store)}")
    else:
        sys.stdout.write(f"TEST_DATABASE_URL={shlex.quote(database)}\nTEST_REDIS_URL={shlex.quote(store)}\n")
