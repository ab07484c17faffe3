"""The raw peers of the road: the same writes by pgbench on PostgreSQL, by the sqlite3 module on SQLite."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from arbion.benchmarks.figures import Figures, milliseconds
from arbion.benchmarks.rooms import NotMeasured
from arbion.benchmarks.writes import NUMBER, NewRow, Write
from arbion.proofs import sandbox

FIRST = 100_000_000_000
A_CLIENT, A_RUN = 1_000_000_000, 100_000_000_000
TRIED = 900_000_000_000
SCRIPT_HEAD = f"\\set turn_base :turn_base + 1\n\\set {NUMBER[1:]} :turn_base + :client_id * {A_CLIENT}\nBEGIN;\n"
_FIGURE = {
    "tps": re.compile(r"tps = ([\d.]+) \(without initial"),
    "latency": re.compile(r"latency average = ([\d.]+) ms"),
}


def pgbench() -> str:
    """Where pgbench lies, on the path or among PostgreSQL's own programs; or nothing."""
    beside = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)
    return shutil.which("pgbench") or (str(beside[0]) if beside else "")


def on_postgres(scripts: Sequence[Sequence[Write]], *, clients: int, seconds: float, run: int) -> Figures:
    """What pgbench reaches with so many clients; each script is one account's order in one transaction."""
    program = pgbench()
    if not program:
        return {"missing": "pgbench is not installed (it comes with PostgreSQL's own packages)"}
    _try(scripts[0], run)
    paths = _write_scripts(scripts, run)
    line = connection.settings_dict
    command = [
        program, "--no-vacuum", f"--client={clients}", f"--jobs={min(clients, os.cpu_count() or 1)}",
        f"--time={max(1, round(seconds))}", f"--define=turn_base={FIRST + run * A_RUN}",
        *(f"--file={path}" for path in paths), f"--host={line['HOST'] or '/var/run/postgresql'}",
        f"--port={line['PORT'] or 5432}", *([f"--username={line['USER']}"] if line["USER"] else []), line["NAME"],
    ]  # fmt: skip
    environment = {**os.environ, **({"PGPASSWORD": str(line["PASSWORD"])} if line["PASSWORD"] else {})}
    try:
        done = subprocess.run(  # noqa: S603
            command, env=environment, check=False, capture_output=True, text=True, timeout=seconds + 30
        )
    except subprocess.TimeoutExpired:
        return {"failed": "pgbench did not end in time"}
    found = {name: pattern.search(done.stdout) for name, pattern in _FIGURE.items()}
    if done.returncode != 0 or found["tps"] is None or found["latency"] is None:
        return {"failed": f"pgbench failed: {(done.stderr.strip() or done.stdout.strip())[-300:]}"}
    return {
        "orders_per_second": round(float(found["tps"][1]), 1),
        "mean_ms": float(found["latency"][1]),
        "statements": len(scripts[0]),
        "clients": clients,
    }


def _try(writes: Sequence[Write], run: int) -> None:
    """One order by hand, because pgbench does not tell whether its statements found their rows."""
    connection.ensure_connection()
    line = connection.connection
    with line.transaction():
        for write in writes:
            text = _literal(write, line).replace(NUMBER, str(TRIED + run))
            if (changed := line.execute(text.encode()).rowcount) != 1:
                raise NotMeasured(f"a bare write changed {changed} rows of {write.table}")


def _write_scripts(scripts: Sequence[Sequence[Write]], run: int) -> list[Path]:
    made = []
    connection.ensure_connection()
    for number, writes in enumerate(scripts):
        path = sandbox.folder() / f"order-{run}-{number}.sql"
        body = "".join(f"{_literal(write, connection.connection)};\n" for write in writes)
        path.write_text(f"{SCRIPT_HEAD}{body}COMMIT;\n", encoding="utf-8")
        made.append(path)
    return made


def _literal(write: Write, line: psycopg.Connection[Any]) -> str:
    text = write.parts[0]
    for value, part in zip(write.values, write.parts[1:], strict=True):
        if isinstance(value, NewRow):
            shown = f"currval('{_sequence(value.table)}')"
        else:
            # Text without a type, as a parameter is: the column decides what it is.
            shown = sql.Literal(value).as_string(line)
        text += shown + part
    return text


@cache
def _sequence(table: str) -> str:
    """What counts a table's keys; looked up here, so that the peer does not do so again and again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        return str(cursor.fetchone()[0])


def on_sqlite(scripts: Sequence[Sequence[Write]], *, seconds: float) -> Figures:
    """What the sqlite3 module reaches, one transaction an order, with the settings that the house uses."""
    took: list[float] = []
    with sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None, timeout=20) as line:
        line.execute("PRAGMA journal_mode=WAL")
        line.execute("PRAGMA synchronous=FULL")
        line.execute("PRAGMA foreign_keys=ON")
        begun = time.monotonic()
        while not took or time.monotonic() - begun < seconds:
            start = time.perf_counter()
            _write_order(line, scripts[len(took) % len(scripts)], str(FIRST + len(took)))
            took.append(time.perf_counter() - start)
        lasted = time.monotonic() - begun
    line.close()
    return {
        "orders_per_second": round(len(took) / lasted, 1),
        "statements": len(scripts[0]),
        **milliseconds(took),
    }


def _write_order(line: sqlite3.Connection, writes: Sequence[Write], number: str) -> None:
    made: dict[str, int | None] = {}
    line.execute("BEGIN IMMEDIATE")
    for write in writes:
        values = [_value(value, made, number) for value in write.values]
        cursor = line.execute("?".join(write.parts), values)
        if cursor.rowcount != 1:
            raise NotMeasured(f"a bare write changed {cursor.rowcount} rows of {write.table}")
        if write.parts[0].startswith("INSERT"):
            made[write.table] = cursor.lastrowid
    line.execute("COMMIT")


def _value(value: Any, made: dict[str, int | None], number: str) -> Any:
    if isinstance(value, NewRow):
        return made[value.table]
    if isinstance(value, Decimal):
        return str(value)
    return value.replace(NUMBER, number) if isinstance(value, str) else value
