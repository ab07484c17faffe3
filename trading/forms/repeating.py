"""A repeating order as a form: what, how much, how often and where it ends; and the same for one that runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from arbion.domain.enums import Side
from arbion.lib.ids import new_id
from marketdata import hours
from trading.forms.fields import MONEY, PERCENT, UNITS, RefusingForm, number, segments
from trading.instruction import CLIENT_KEY_LENGTH_MAX
from trading.models.schedule import Interval
from trading.schedules import Until
from trading.schedules.reading import RepeatingView
from trading.schedules.rule import WEEKDAYS

SIZE_FIELDS = {MONEY: "notional", UNITS: "quantity", PERCENT: "percent_of_cash"}
SIZES_SHOWN = [(MONEY, "Money"), (UNITS, "Units"), (PERCENT, "% of cash")]
INTERVALS = [(Interval.DAY.value, "Day"), (Interval.WEEK.value, "Week"), (Interval.MONTH.value, "Month")]
_NAMES = {
    "quantity": "size", "notional": "size", "percent_of_cash": "size", "percent_of_position": "size",
    "every.weekday": "weekday", "every.day_of_month": "day_of_month", "every.time": "time",
    "every.interval": "interval", "ends_at": "ends_on",
}  # fmt: skip


class RuleForm(RefusingForm):
    """How much, when, and until when. Fields that do not belong to the interval are forgotten, not refused."""

    shown_as = _NAMES

    size = number("Size each time", required=True, hint="100", why="Say how much each time.")
    interval = segments("Every", INTERVALS, required=True)
    weekday = forms.ChoiceField(label="On", choices=[(day, day.title()) for day in WEEKDAYS], required=False)
    day_of_month = forms.IntegerField(
        label="On day",
        required=False,
        min_value=1,
        max_value=31,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Write a day from 1 to 31."),
    )
    time = forms.TimeField(
        label="At",
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Write a time such as 09:35."},
    )
    count_max = forms.IntegerField(
        label="End after",
        required=False,
        min_value=1,
        max_value=10_000,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Write how many, or leave it empty."),
    )
    ends_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write a date such as 2027-01-31."},
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, auto_id="repeat_%s", **more)

    def every(self) -> dict[str, Any]:
        """The rule in the words of the contract."""
        said = self.cleaned_data
        rule: dict[str, Any] = {"interval": said["interval"]}
        if said["interval"] == Interval.WEEK:
            rule["weekday"] = said["weekday"] or None
        if said["interval"] == Interval.MONTH:
            rule["day_of_month"] = said["day_of_month"]
        if said["time"] is not None:
            rule["time"] = f"{said['time']:%H:%M}"
        return rule

    def until(self, *, was_at: datetime | None = None) -> Until:
        """Where it ends by itself; the day on which it ends already stays the moment that it is."""
        day = self.cleaned_data["ends_on"]
        if day is None or (was_at is not None and day == hours.local_date(was_at)):
            return Until(at=None if day is None else was_at, count=self.cleaned_data["count_max"])
        return Until(at=hours.end_of(day), count=self.cleaned_data["count_max"])


class RepeatingForm(RuleForm):
    """A new repeating order."""

    client_key = forms.CharField(max_length=CLIENT_KEY_LENGTH_MAX, widget=forms.HiddenInput)
    symbol = forms.CharField(
        label="Symbol",
        max_length=24,
        error_messages={"required": "Say what to trade, such as BTC-USD."},
        widget=forms.TextInput(attrs={"placeholder": "BTC-USD", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    side = segments("Side", Side.choices, required=True)
    size_in = segments("Size in", SIZES_SHOWN, required=True)
    account = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    @classmethod
    def fresh(cls, *, symbol: str = "") -> RepeatingForm:
        """An empty form with a key of its own, so that sending it twice keeps one."""
        first = {"side": Side.BUY.value, "size_in": MONEY, "interval": Interval.WEEK.value, "weekday": "monday"}
        return cls(initial={"client_key": str(new_id()), "symbol": symbol[:24], **first})

    def order(self) -> dict[str, Any]:
        """The order in the words of the contract."""
        said = self.cleaned_data
        return {
            "symbol": said["symbol"].strip().upper(),
            "side": said["side"],
            SIZE_FIELDS[said["size_in"]]: said["size"],
        }


class ChangeForm(RuleForm):
    """Another size, rule or end for one that runs; the size is in the unit that it has."""

    @classmethod
    def of(cls, view: RepeatingView) -> ChangeForm:
        """The form with everything as it is."""
        row = view.repeating
        ends_on = None if row.ends_at is None else hours.local_date(row.ends_at)
        rule = {"size": view.size, "time": row.at_time, "count_max": row.count_max, "ends_on": ends_on}
        return cls(initial={**view.every, **rule})
