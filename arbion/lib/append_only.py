"""Tables that only grow: triggers refuse update and delete on SQLite and PostgreSQL."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION arbion_refuse_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END
$$ LANGUAGE plpgsql
"""


def refuse_changes(*tables: str) -> RunPython:
    """A migration step that makes the tables append-only."""

    def forwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRES_FUNCTION, params=None)  # its % is no placeholder
        for table in tables:
            for statement in _statements(table, schema_editor.connection.vendor):
                schema_editor.execute(statement)

    def backwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        on = {"postgresql": " ON {table}"}.get(schema_editor.connection.vendor, "")
        for table in tables:
            for verb in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}{on.format(table=table)}")

    return RunPython(forwards, backwards)


def _statements(table: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION arbion_refuse_change()"
            for verb in ("update", "delete")
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
        for verb in ("update", "delete")
    ]
