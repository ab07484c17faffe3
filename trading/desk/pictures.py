"""What an answer of the desk is made of besides its sentence: figures, a table, a small chart, links, its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from arbion.domain.numbers import plain

Json = dict[str, Any]
POINTS_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; `rows` are pairs of label and figure, `lines` the rows of a table under `columns`.

    `figures` are the places of the columns that hold figures.
    """

    text: str
    rows: list[list[str]] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    figures: tuple[int, ...] = ()
    lines: list[list[str]] = field(default_factory=list)
    chart: Json | None = None
    links: tuple[tuple[str, str], ...] = ()
    source: str = ""
    at: datetime | None = None

    def as_json(self, topic: str) -> Json:
        """The entry of a preview."""
        table = None
        if self.lines:
            table = {"columns": list(self.columns), "lines": self.lines, "figures": list(self.figures)}
        return {
            "kind": "answer",
            "topic": topic,
            "text": self.text,
            "rows": self.rows,
            "table": table,
            "chart": self.chart,
            "links": [{"label": label, "href": href} for label, href in self.links],
            "source": self.source,
            "at": None if self.at is None else self.at.astimezone(UTC).isoformat(),
        }


def curve(points: Sequence[Decimal], *, says: str) -> Json | None:
    """A line through these figures, thinned to what a small picture can show; None where there is no line to draw."""
    if len(points) < 2:
        return None
    step = max(1, -(-len(points) // POINTS_MOST))
    kept = [*points[:-1][::step], points[-1]]
    return {"kind": "curve", "points": [plain(point) for point in kept], "says": says}


def bars(parts: Sequence[tuple[str, Decimal]], *, says: str) -> Json | None:
    """A bar for each part, as long as its share of the largest; None where there is nothing to compare."""
    largest = max((abs(value) for _, value in parts), default=Decimal(0))
    if not largest:
        return None
    rows = [
        {"label": label, "figure": money(value), "percent": f"{abs(value) / largest * 100:.2f}", "is_below": value < 0}
        for label, value in parts
    ]
    return {"kind": "bars", "rows": rows, "says": says}


def money(value: Decimal | None) -> str:
    """`$1,872.00`; below one dollar as exact as it is."""
    if value is None:
        return "unknown (a price is missing)"
    if value < 0:
        return f"-{money(-value)}"
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${plain(value)}"


def signed(value: Decimal | None) -> str:
    """`+$12.00`."""
    if value is None:
        return "unknown (a price is missing)"
    return f"{'+' if value >= 0 else '-'}${abs(value):,.2f}"
