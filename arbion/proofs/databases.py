"""A database for every trial, copied from the one that was built once; made and thrown away in milliseconds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection, connections
from psycopg import sql

from arbion.proofs import sandbox


def is_postgres() -> bool:
    """Which database the sandbox has."""
    return connection.vendor == "postgresql"


def settle() -> None:
    """Leave the built database as one that can be copied: nothing open, nothing beside the file."""
    if not is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()


def without_pool() -> None:
    """One plain connection a process: a pool's threads do not survive a fork."""
    connection.settings_dict["OPTIONS"].pop("pool", None)


@contextmanager
def copy(name: str) -> Iterator[str]:
    """A copy of the built database under a name of its own, for `use`; gone afterwards."""
    base = str(connection.settings_dict["NAME"])
    if not is_postgres():
        place = Path(base).with_name(name)
        place.mkdir()
        try:
            yield str(shutil.copy(base, str(place)))
        finally:
            shutil.rmtree(place)
        return
    made = f"{base}_{name}"
    with psycopg.connect(os.environ[sandbox.SERVER], autocommit=True) as line:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        line.execute(statement.format(sql.Identifier(made), sql.Identifier(base)))
        try:
            yield made
        finally:
            line.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(made)))


def use(name: str) -> None:
    """Work on that copy from here on; for a forked process, which has opened nothing yet."""
    connections.close_all()
    connection.settings_dict["NAME"] = name
