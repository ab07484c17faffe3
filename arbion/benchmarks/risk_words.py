"""What was measured of the risk desk as plain text, in columns."""

from __future__ import annotations

from collections.abc import Iterator

from arbion.benchmarks.columns import Row, columns, shown, times
from arbion.benchmarks.figures import Figures


def verdicts(by_database: dict[str, Figures]) -> Iterator[str]:
    """One verdict in an account with nothing and in a full one."""
    rows: list[Row] = [("", "p50 ms", "p99 ms", "statements", "house to it")]
    for database, figures in by_database.items():
        size = f"{figures['positions']:,} positions, {figures['orders']:,} open orders"
        for part, name in (("empty", "nothing held"), ("full", size)):
            one = figures[part]
            rows.append((f"{database}, {name}", *times(one["verdict"]), one["statements"], ""))
            rows.append(("  the same SELECTs, bare", *times(one["bare_selects"]), "", shown(one["to_bare"])))
    yield "VERDICTS: facts read, rules asked, nothing kept"
    yield from columns(rows)
    for database, figures in by_database.items():
        yield f"  {database}: the full account takes {shown(figures['full_to_empty'])} the time of the empty one"


def stops(by_database: dict[str, Figures]) -> Iterator[str]:
    """Looks of the stop monitor in every size."""
    rows: list[Row] = [("", "woken", "p50 ms", "p99 ms", "house to it")]
    grown = []
    for database, figures in by_database.items():
        for count, look in figures["sizes"].items():
            name = f"{int(count):,} stops, {database}"
            rows.append((f"{name}: first look", "", look["first_look_ms"], "", ""))
            rows.append((f"{name}: none near", 0, *times(look["quiet_look"]), ""))
            rows.append(("  one SQL statement", "", *times(look["one_sql"]), shown(look["quiet_to_sql"])))
            rows += [(f"{name}: some near", near["woken"], *times(near), "") for near in look["near"].values()]
        grown.append(_grown(database, figures["growth"]))
    yield f"STOPS at bursts of {next(iter(by_database.values()))['quotes']:,} quotes"
    yield from columns(rows)
    yield from grown


def _grown(database: str, growth: Figures) -> str:
    return (
        f"  {database}, {growth['stops']:g} times the stops: {shown(growth['quiet_look'])} the time with none near, "
        f"{shown(growth['same_near'])} with as many near ({shown(growth['one_sql'])} by SQL); "
        f"{growth['near']:g} times as many near: {shown(growth['near_look'])}"
    )
