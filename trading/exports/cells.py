"""The cells of an exported table: exact numbers, moments in UTC, and text that no spreadsheet takes for a formula."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from arbion.domain.numbers import plain

# A spreadsheet reads a text that begins with one of these as a formula (OWASP, "CSV injection").
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n")

Value = str | int | Decimal | datetime | date | None


def cell(value: Value) -> str:
    """The text of one value. Numbers stay numbers, below zero too; a text that looks like a formula gets a quote."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_MARKS) else text
