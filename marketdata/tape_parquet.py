"""Reads the rows of a Parquet file as the text that a CSV file of the same history would hold."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from arbion.domain.errors import FieldError
from marketdata import parquet_reader
from marketdata.errors import InvalidTape

MAGIC = b"PAR1"
READER = Path(parquet_reader.__file__)
SECONDS_MAX = 120


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet files do."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def rows_of(path: Path, *, times: tuple[str, ...], figures: tuple[str, ...], rows_max: int) -> Iterator[list[str]]:
    """The header and then every row, as text: a column of time (the first known name) and the figures, found by name.

    Days come as `2014-06-09`. Local times come without a zone; a column that holds moments (Parquet's “adjusted to
    UTC”) comes under the name `time`, with its zone. The file is taken apart by a process of its own, which a file
    that lies about itself may crash. Raises InvalidTape for what cannot be read.
    """
    command = [sys.executable, "-I", str(READER), str(path), str(rows_max), ",".join(times), ",".join(figures)]
    try:
        done = subprocess.run(  # noqa: S603  our own program, and a path that is given to it as one word
            command, check=False, capture_output=True, text=True, timeout=SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        raise _refused("not_parquet", "The file could not be read in time.") from None
    if done.returncode == parquet_reader.REFUSED:
        said = json.loads(done.stderr.splitlines()[-1])
        raise _refused(said["code"], said["detail"])
    if done.returncode != 0:
        raise _refused("not_parquet", "The file is not a Parquet file that can be read.")
    yield from csv.reader(done.stdout.splitlines())


def _refused(code: str, detail: str) -> InvalidTape:
    return InvalidTape(detail, errors=(FieldError("file", code, detail),))
