"""A program of its own that reads the rows of a Parquet file and writes them as CSV: a torn file may crash it.

The library that takes Parquet apart trusts what a file says of itself, so a file that lies can end the process. This
one holds nothing else. It knows nothing of Arbion: `python -I parquet_reader.py FILE ROWS_MAX TIMES FIGURES`, the names
with commas. It answers CSV on its standard output, or a refusal as JSON on its standard error and exits with 3.
"""

from __future__ import annotations

import csv
import json
import struct
import sys
from typing import Any, Literal

REFUSED = 3
# What a file that only looks like Parquet may raise while it is taken apart.
_BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, ArithmeticError, struct.error)


class Refused(Exception):
    """The file cannot be used: a stable code and a sentence."""


def read(path: str, rows_max: int, times: list[str], figures: list[str]) -> tuple[list[str], Any]:
    """The header, and the rows as text: a column of time (the first known name) and the figures, found by name."""
    try:
        import fastparquet  # noqa: PLC0415  it may be missing
    except ImportError:
        detail = "Reading Parquet needs the package fastparquet; use CSV instead."
        raise Refused("no_parquet_reader", detail) from None
    try:
        file = fastparquet.ParquetFile(path)
        names = {str(name).strip().lower(): str(name) for name in file.columns}
        time_name = next((name for name in times if name in names), "")
        if not time_name or any(name not in names for name in figures):
            wanted = ", ".join(figures)
            raise Refused("wrong_header", f"The file needs the columns date (or local_time, or time), {wanted}.")
        if file.count() > rows_max:
            raise Refused("too_long", f"The file holds more than {rows_max} bars.")
        table = file.to_pandas(columns=[names[time_name], *(names[name] for name in figures)], index=False)
        kind = getattr(file.schema.schema_element(names[time_name]).logicalType, "TIMESTAMP", None)
        is_moment = bool(kind is not None and kind.isAdjustedToUTC)
        columns = [_times(table[names[time_name]], time_name, is_moment=is_moment)]
        columns += [_figures(table[names[name]]) for name in figures]
    except _BROKEN as error:
        raise Refused("not_parquet", "The file is not a Parquet file that can be read.") from error
    header = ["time" if is_moment and time_name != "date" else time_name, *figures]
    return header, zip(*columns, strict=True)


def _times(column: Any, name: str, *, is_moment: bool) -> list[str]:
    """Times as text; what is no whole day or second is written so that the row is refused."""
    import numpy as np  # noqa: PLC0415  with the reader

    if column.dtype.kind != "M":
        return [str(value) for value in column]
    values = column.to_numpy(dtype="datetime64[ns]")
    unit: Literal["D", "s"] = "D" if name == "date" else "s"
    wrong = "not a day" if name == "date" else "not a minute"
    whole = values.astype(f"datetime64[{unit}]")
    zone = "+00:00" if is_moment and name != "date" else ""
    texts = np.datetime_as_string(whole, unit=unit).tolist()
    return [text + zone if exact else wrong for text, exact in zip(texts, values == whole, strict=True)]


def _figures(column: Any) -> list[str]:
    """Figures as the shortest text that means the same number: what was rounded to cents stays so."""
    import numpy as np  # noqa: PLC0415  with the reader

    values = column.to_numpy()
    if values.dtype.kind == "f":
        return [np.format_float_positional(value, trim="-") for value in values]
    return [str(value) for value in values]


def main(path: str, rows_max: str, times: str, figures: str) -> int:
    """Write the rows; the exit code."""
    try:
        header, rows = read(path, int(rows_max), times.split(","), figures.split(","))
    except Refused as refusal:
        code, detail = refusal.args
        sys.stderr.write("\n" + json.dumps({"code": code, "detail": detail}))
        return REFUSED
    table = csv.writer(sys.stdout)
    table.writerow(header)
    table.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
