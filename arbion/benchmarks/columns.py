"""Figures in columns of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from arbion.benchmarks.figures import Figures

Row = Sequence[object]


def times(figures: Figures) -> Row:
    """The middle and nearly the worst, in milliseconds."""
    return (figures["p50_ms"], figures["p99_ms"])


def shown(ratio: float | None) -> str:
    """A ratio; nothing where there is none."""
    return "" if ratio is None else f"{ratio:.3g} x"


def columns(rows: Iterable[Row]) -> Iterator[str]:
    """The first column to the left, figures to the right; a row of one cell is a remark and makes nothing wider."""
    texts = [[str(cell) for cell in row] for row in rows]
    width = max((len(row[0]) for row in texts if len(row) > 1), default=0)
    yield from (f"  {row[0]:<{width}}" + "".join(f"{cell:>13}" for cell in row[1:]) for row in texts)
