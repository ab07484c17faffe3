"""Emptying append-only tables between tests: SQLite deletes row by row, so its triggers step aside for the moment."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3.base import DatabaseOperations  # before its own module, which needs this one first

_flush = DatabaseOperations.execute_sql_flush


def flush_past_triggers(self: Any, sql_list: list[str]) -> None:
    """Django's own flush of a test database, with the triggers taken off and put back."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        _flush(self, sql_list)
        for _, statement in triggers:
            cursor.execute(statement)


def install() -> None:
    """Use it for every test that flushes."""
    DatabaseOperations.execute_sql_flush = flush_past_triggers
