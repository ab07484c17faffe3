"""A run as plain text, in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from arbion.benchmarks import risk_words
from arbion.benchmarks.columns import Row, columns, shown, times
from arbion.benchmarks.figures import Figures
from arbion.benchmarks.suite import Run


def of(run: Run) -> str:
    """The whole run."""
    tellers = {
        "orders": _orders, "ticks": _ticks, "resting": _resting, "candles": _candles, "fanout": _fanout,
        "verdicts": risk_words.verdicts, "stops": risk_words.stops, "reader": _reader,
    }  # fmt: skip
    machine = run.machine
    head = (
        f"{machine['cores']} cores (load {machine['load']} at the start), Python {machine['python']}, "
        f"SQLite {machine['sqlite']}, {machine['system']}"
    )
    lines = [head]
    for name, by_database in run.benches.items():
        lines += ["", *tellers[name](by_database)]
    lines += ["", *run.notes] if run.notes else []
    lines += ["", *(f"Could not be measured: {what}" for what in run.could_not)] if run.could_not else []
    return "\n".join(lines)


def _orders(by_database: dict[str, Figures]) -> Iterator[str]:
    rows: list[Row] = [("", "orders/s", "p50 ms", "p99 ms", "to raw")]
    for database, figures in by_database.items():
        raw = figures["raw"]
        one, several = figures["one_thread"], figures["several_threads"]
        rows.append((f"{database}, one order at a time", *_speed(one), shown(figures["one_thread_to_raw"])))
        rows.append(
            (
                f"{database}, {several['threads']} threads at once",
                *_speed(several),
                shown(figures["several_threads_to_raw"]),
            )
        )
        rows.append((f"  raw: {raw['by']}", *_speed(raw["one_client"]), ""))
        if raw["several_clients"] != raw["one_client"]:
            rows.append((f"  raw, {several['threads']} clients", *_speed(raw["several_clients"]), ""))
    yield "ORDERS through the whole road: judged, recorded, sent, filled, booked"
    yield from columns(rows)
    for database, figures in by_database.items():
        yield f"  {database}: 8 kB on the disk for certain take {figures['sync_ms']} ms"
    yield from _statements(by_database)


def _statements(by_database: dict[str, Figures]) -> Iterator[str]:
    for side in ("buy", "sell"):
        counted = {database: figures["statements"][side] for database, figures in by_database.items()}
        totals = [f"{one['statements']} in {one['commits']} commits on {name}" for name, one in counted.items()]
        yield f"SQL statements of one market {side}: {', '.join(totals)}"
        steps = next(iter(counted.values()))["by_step"]
        yield from (f"  {step:<20}{len(asked):>3}  {_folded(asked)}" for step, asked in steps.items())


def _folded(asked: Sequence[str]) -> str:
    """The statements of one step: each verb with its tables, in the order in which they came."""
    parts: list[str] = []
    before = ""
    for one in asked:
        verb, _, table = one.partition(" ")
        parts.append(table if verb == before else f"{verb} {table}")
        before = verb
    return ", ".join(parts)


def _ticks(by_database: dict[str, Figures]) -> Iterator[str]:
    rows: list[Row] = [("", "p50 ms", "p99 ms", "to numpy")]
    for database, figures in by_database.items():
        for count, tick in figures.items():
            name = f"{int(count):,} instruments, {database}"
            rows.append((f"{name}: moved", *times(tick["tick"]), shown(tick["tick_to_plain"])))
            rows.append((f"{name}: recorded", *times(tick["record"]), ""))
            rows.append((f"{name}: both", *times(tick["tick_and_record"]), shown(tick["whole_to_plain"])))
            rows.append((f"  plain numpy, {int(count):,} prices", *times(tick["plain_numpy"]), ""))
    yield "TICKS of the simulated market"
    yield from columns(rows)


def _resting(by_database: dict[str, Figures]) -> Iterator[str]:
    rows: list[Row] = [("", "p50 ms", "p99 ms", "house to it")]
    grown: list[str] = []
    for database, figures in by_database.items():
        for count, look in figures["sizes"].items():
            name = f"{int(count):,} orders, {database}"
            rows.append((f"{name}: first look", look["first_look_ms"], "", ""))
            rows.append(("  bare read of their rows", look["bare_read_ms"], "", shown(look["first_to_bare_read"])))
            rows.append((f"{name}: nothing ripe", *times(look["quiet_look"]), ""))
            rows.append(("  plain numpy, prices at hand", *times(look["plain_numpy"]), shown(look["quiet_to_numpy"])))
            rows.append(("  one SQL statement", *times(look["one_sql"]), shown(look["quiet_to_sql"])))
            rows.append((f"{name}: {look['ripe']} ripe and filled", *times(look["ripe_look"]), ""))
            rows.append((f"{name}: {look['trails']} trails follow", look["trails_look_ms"], "", ""))
        grown.append(_grown(database, figures))
    first = next(iter(by_database.values()))
    yield f"RESTING orders of {first['accounts']:,} accounts in {first['instruments']:,} instruments"
    yield from columns(rows)
    yield from grown


def _grown(database: str, figures: Figures) -> str:
    growth = figures["growth"]
    fills = max(figures["sizes"].items(), key=lambda size: int(size[0]))[1]["fills_per_second"]
    return (
        f"  {database}, {growth['orders']:g} times the orders: {shown(growth['quiet_look'])} the time where nothing "
        f"is ripe ({shown(growth['one_sql'])} by SQL), {shown(growth['ripe_look'])} where some fill, "
        f"{shown(growth['first_look'])} at first; {fills:g} fills a second among the most"
    )


def _candles(by_database: dict[str, Figures]) -> Iterator[str]:
    rows: list[Row] = [("", "p50 ms", "p99 ms", "candles/s", "to bare")]
    for database, figures in by_database.items():
        bare = figures["bare"]
        rows.append((f"{database}: tick inside a minute", *times(figures["plain_tick"]), "", ""))
        rows.append((f"{database}: tick that closes a minute", *times(figures["minute_tick"]), "", ""))
        rows.append((f"{database}: tick that closes five", figures["five_minutes_tick_ms"], "", "", ""))
        rows.append(
            (f"{database}: tick that closes an hour", figures["hour_tick_ms"], "", "", shown(figures["hour_to_bare"]))
        )
        closing = (*times(figures["closing_alone"]), figures["candles_per_second"])
        rows.append((f"{database}: closing a minute alone", *closing, shown(figures["closing_to_bare"])))
        rows.append((f"  as many rows by {bare['by']}", *times(bare), bare["candles_per_second"], ""))
    yield f"CANDLES of {next(iter(by_database.values()))['instruments']:,} instruments"
    yield from columns(rows)


def _reader(by_database: dict[str, Figures]) -> Iterator[str]:
    for figures in by_database.values():
        yield f"READER: {figures['sentences']:,} sentences of the tests, {figures['read']['count']:,} readings"
        rows: list[Row] = [("", "p50 ms", "p95 ms", "p99 ms", f"p95 to {figures['limit_ms']:g} ms")]
        for name, part, times_limit in (
            ("a sentence, by the clock", figures["read"], figures["p95_to_limit"]),
            ("a sentence, by the processor", figures["worked"], figures["worked_p95_to_limit"]),
        ):
            rows.append((name, part["p50_ms"], part["p95_ms"], part["p99_ms"], shown(times_limit)))
        yield from columns(rows)
        cold = (figures["index_ms"], figures["first_sentence_ms"])
        yield f"  at the start: {cold[0]:g} ms for the names, {cold[1]:g} ms for the first sentence"
        yield f"  slowest, {figures['slowest_ms']:g} ms: {figures['slowest']}"


def _fanout(by_database: dict[str, Figures]) -> Iterator[str]:
    titles = {"frame_per_symbol": "a frame for each symbol", "one_frame": "all symbols in one frame"}
    for figures in by_database.values():
        yield (
            f"FAN-OUT to {figures['sockets']} sockets with {figures['symbols']} symbols, of {figures['instruments']:,} "
            f"instruments, {figures['ticks']} ticks every {figures['interval_seconds']:g} s"
        )
        head = ("", "delivered", "of", "bytes", "p50 ms", "p99 ms", "CPU ms/tick", "with market")
        rows: list[Row] = [head]
        for name, title in titles.items():
            part = figures[name]
            rows += [(f"{title}, {who}", *_stream(part[who], part["wanted"])) for who in ("house", "bare")]
            ratios = ("p50_to_bare", "p99_to_bare", "cpu_to_bare")
            rows.append(("  house to bare", "", "", "", *(shown(part[ratio]) for ratio in ratios), ""))
        yield from columns(rows)


def _stream(figures: Figures, wanted: int) -> Row:
    cpu = (figures["fanout_cpu_ms_per_tick"], figures["cpu_ms_per_tick"])
    return (figures["delivered"], wanted, figures["frame_bytes"], figures["p50_ms"], figures["p99_ms"], *cpu)


def _speed(figures: Figures) -> Row:
    if "orders_per_second" not in figures:
        return ("none", "", "")
    return (figures["orders_per_second"], figures.get("p50_ms", figures.get("mean_ms", "")), figures.get("p99_ms", ""))
