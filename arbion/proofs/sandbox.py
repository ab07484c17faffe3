"""A place to prove things in: a database and a folder of its own that end with it, never the person's data."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from psycopg import sql

# Set for the process that runs inside: the folder that may be written to, and the server its database was made on.
MARK = "ARBION_SANDBOX"
SERVER = "ARBION_SANDBOX_SERVER"
MANAGE = Path(settings.BASE_DIR) / "manage.py"


def is_inside() -> bool:
    """Whether this process works on a database that was made for it."""
    return MARK in os.environ


def folder() -> Path:
    """The sandbox's folder."""
    return Path(os.environ[MARK])


def postgres_url() -> str:
    """An address of PostgreSQL under which a database may be made: named, or local; nothing where none answers."""
    local = [f"postgres://{getpass.getuser()}@127.0.0.1:5432/{name}" for name in ("postgres", "test")]
    named = [os.environ.get(name, "") for name in ("TEST_DATABASE_URL", "DATABASE_URL")]
    for url in (*named, *local):
        if url.startswith(("postgres://", "postgresql://")) and _answers(url):
            return url
    return ""


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


@contextmanager
def database(url: str) -> Iterator[str]:
    """A new PostgreSQL database beside the one that is named, dropped in the end; for no address nothing is made."""
    if not url:
        yield ""
        return
    name = f"arbion_sandbox_{secrets.token_hex(6)}"
    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            for row in line.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}%"]).fetchall():
                line.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(row[0])))


def run(arguments: Sequence[str], *, url: str, seconds_max: int, program: Path = MANAGE) -> int:
    """Run a command of manage.py inside a new sandbox, on this PostgreSQL or else on SQLite; its exit code."""
    done = _run(arguments, url=url, seconds_max=seconds_max, program=program)
    return 1 if done is None else done.returncode


def ask(arguments: Sequence[str], *, url: str, seconds_max: int, program: Path = MANAGE) -> dict[str, Any]:
    """Run a command in the same way and take the JSON it answers; a command that fails answers only its `error`."""
    done = _run(arguments, url=url, seconds_max=seconds_max, program=program, is_heard=True)
    if done is None or done.returncode:
        return {"error": f"{' '.join(arguments)}: " + ("too slow" if done is None else f"ended with {done.returncode}")}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _run(
    arguments: Sequence[str], *, url: str, seconds_max: int, program: Path, is_heard: bool = False
) -> subprocess.CompletedProcess[bytes] | None:
    with tempfile.TemporaryDirectory(prefix="arbion-sandbox-", dir=room()) as place, database(url) as made:
        environment = {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}},
            MARK: place,
            SERVER: url,
            "ARBION_DATA_DIR": place,
            "ARBION_MODE": "embedded",
            "AFTER_COMMIT": "at_once",
            "DATABASE_URL": made or f"sqlite:///{place}/arbion.sqlite3",
            "REDIS_URL": "",
            "LOG_LEVEL": "CRITICAL",
            "EMAIL_URL": "dummymail://",  # what people are told would stand among the answers
            "PYTHONHASHSEED": "0",  # one seed, one course of events
            "MARKET_ALWAYS_OPEN": "true",
            "OPENING_CASH": "100000",
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "arbion.settings"),
        }
        command = [sys.executable, str(program), *arguments]
        heard = subprocess.PIPE if is_heard else None
        try:
            return subprocess.run(command, env=environment, check=False, timeout=seconds_max, stdout=heard)  # noqa: S603
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"{arguments[0]} did not end within {seconds_max} s.\n")
            return None


def room() -> str:
    """Where small files are quickest: memory, where there is some."""
    shared = Path("/dev/shm")  # noqa: S108  a file system, not a file
    is_roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 256 * 2**20
    return str(shared) if is_roomy else tempfile.gettempdir()
