"""A repeating order as a page and the REST interface show it: its words, and the dates to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arbion.domain.enums import AssetClass, Side
from trading.models import RepeatingOrder, RepeatingState
from trading.schedules.occurrences import upcoming
from trading.schedules.outlook import DATES_SHOWN, Until, holiday_note, trading_days
from trading.schedules.terms import SIZES, size_in_words
from trading.schedules.verbs import rule_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatingView:
    """One repeating order in words; `due` are the next four times at most, none while it is paused."""

    repeating: RepeatingOrder
    what: str
    rule: str
    every: dict[str, Any]
    due: tuple[datetime, ...]
    notes: tuple[str, ...]

    @property
    def size_in(self) -> str:
        """How its size is said: quantity, notional, or a percent."""
        return next(name for name in SIZES if name in self.repeating.instruction)

    @property
    def until(self) -> Until:
        """Where it ends by itself."""
        return Until(at=self.repeating.ends_at, count=self.repeating.count_max)

    @property
    def size(self) -> str:
        """The size as text."""
        return str(self.repeating.instruction[self.size_in])


def view_of(repeating: RepeatingOrder) -> RepeatingView:
    """The repeating order in words, with its dates from what was last settled on."""
    rule, instrument = rule_of(repeating), repeating.instrument
    dates = []
    if repeating.state == RepeatingState.ACTIVE:
        left = DATES_SHOWN if repeating.count_max is None else min(
            DATES_SHOWN, max(repeating.count_max - repeating.placed_count, 1)
        )  # fmt: skip
        kind = AssetClass(instrument.asset_class)
        found = upcoming(rule, kind, after=repeating.settled_until, count=left)
        dates = [one for one in found if repeating.ends_at is None or one.due_at <= repeating.ends_at]
    side = Side(repeating.instruction["side"])
    return RepeatingView(
        repeating=repeating,
        what=f"{side.label} {size_in_words(repeating.instruction, instrument)}",
        rule=rule.in_words(trading_days=trading_days(instrument)),
        every=rule.body(),
        due=tuple(one.due_at for one in dates if not one.is_skipped),
        notes=tuple(note for one in dates if (note := holiday_note(one))),
    )
