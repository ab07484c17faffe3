"""Tables that only grow: triggers refuse update, delete and, where there is such a thing, truncate."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION arbion_refuse_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END
$$ LANGUAGE plpgsql
"""


def refuse_updates(*tables: str) -> RunPython:
    """A migration step that lets rows be written and, when they are past keeping, deleted, but never changed."""
    return _refuse(tables, ("update",))


def refuse_changes(*tables: str) -> RunPython:
    """A migration step that makes the tables append-only.

    To be repeated after a step that changes one of them: SQLite makes such a table anew and forgets its triggers.
    """
    return _refuse(tables, ("update", "delete", "truncate"))


def _refuse(tables: tuple[str, ...], verbs: tuple[str, ...]) -> RunPython:
    def forwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRES_FUNCTION, params=None)  # its % is no placeholder
        for table in tables:
            for statement in _statements(table, verbs, schema_editor.connection.vendor):
                schema_editor.execute(statement)

    def backwards(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        on = {"postgresql": " ON {table}"}.get(schema_editor.connection.vendor, "")
        for table in tables:
            for verb in verbs:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on.format(table=table)}")

    return RunPython(forwards, backwards)


def let_changes(*tables: str) -> RunPython:
    """The opposite: the tables can be changed, by the steps of one migration that ends with `refuse_changes`."""
    step = refuse_changes(*tables)
    assert step.reverse_code is not None, "the step above can be undone"  # noqa: S101  for the checker
    return RunPython(step.reverse_code, step.code)


def _statements(table: str, verbs: tuple[str, ...], vendor: str) -> list[str]:
    statements = []
    for verb in (verb for verb in verbs if verb != "truncate"):
        name, on = f"{table}_no_{verb}", f" ON {table}" if vendor == "postgresql" else ""
        made = f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} "
        if vendor == "postgresql":
            made += "FOR EACH ROW EXECUTE FUNCTION arbion_refuse_change()"
        else:
            made += f"BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
        statements += [f"DROP TRIGGER IF EXISTS {name}{on}", made]
    if vendor == "postgresql" and "truncate" in verbs:
        name = f"{table}_no_truncate"
        made = f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
        made += "FOR EACH STATEMENT EXECUTE FUNCTION arbion_refuse_change()"
        statements += [f"DROP TRIGGER IF EXISTS {name} ON {table}", made]
    return statements
