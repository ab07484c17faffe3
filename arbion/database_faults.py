"""What a database error means for the person at the keyboard, where it is something that they can settle."""

from __future__ import annotations

from django.db import DatabaseError, OperationalError, connection


def sentence(error: DatabaseError) -> str:
    """One sentence, or nothing when the error is a fault of ours."""
    try:
        connection.close()
        tables = connection.introspection.table_names()
    except OperationalError as silent:
        reason = " ".join(str(silent).split())
        return f"The database does not answer ({reason}): see DATABASE_URL."
    missing = "no such table" in str(error) or "does not exist" in str(error)
    if missing and ("django_migrations" not in tables or "accounts_user" not in tables):
        return "The database has no tables yet: run `make run` or `manage.py setup` first."
    return ""
