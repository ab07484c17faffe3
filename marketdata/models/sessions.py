"""When markets trade: an editable week, holidays, and the operator's override."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Edits:
    """Counts the edits of this process, so that it sees its own at once; other processes look at the tables."""

    count = 0


edits = Edits()


class Edited(models.Model):
    """A row whose edit changes the market's hours."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep it, and have the hours read again."""
        super().save(*args, **kwargs)
        edits.count += 1

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove it, and have the hours read again."""
        gone = super().delete(*args, **kwargs)
        edits.count += 1
        return gone


class MarketDay(Edited):
    """One day of the common week (Monday is 0), in the market's own time; a row an operator has changed wins."""

    weekday = models.PositiveSmallIntegerField(primary_key=True, choices=list(enumerate(WEEKDAYS)))
    is_open = models.BooleanField()
    pre_opens_at = models.TimeField(help_text="When trading before the regular session begins.")
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    post_closes_at = models.TimeField(help_text="When trading after the regular session ends.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["weekday"]
        constraints = [
            models.CheckConstraint(name="market_day_of_week", condition=models.Q(weekday__lte=6)),
            models.CheckConstraint(
                name="market_day_in_order",
                condition=models.Q(pre_opens_at__lte=models.F("opens_at"), opens_at__lt=models.F("closes_at"))
                & models.Q(closes_at__lte=models.F("post_closes_at")),
            ),
        ]

    def __str__(self) -> str:
        return WEEKDAYS[self.weekday]


class Holiday(Edited):
    """A date that is not a common day: closed, or closing early."""

    date = models.DateField(unique=True)
    name = models.CharField(max_length=80)
    is_closed = models.BooleanField(default=True)
    closes_at = models.TimeField(null=True, blank=True, help_text="The early close, where the day is not closed.")
    is_from_calendar = models.BooleanField(default=False, editable=False, help_text="Written by the calendar.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                name="holiday_closed_or_early",
                condition=models.Q(is_closed=True, closes_at=None) | models.Q(is_closed=False, closes_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whoever saves a row makes it the installation's own: the calendar will not write over it again."""
        self.is_from_calendar = False
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "is_from_calendar"}
        super().save(*args, **kwargs)


class MarketOverride(Edited):
    """An operator's word that the market is open or closed, whatever the calendar says; lifted rows are history."""

    is_open = models.BooleanField()
    reason = models.CharField(max_length=200)
    imposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imposed_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True, help_text="When it ends by itself; empty: until it is lifted.")
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-imposed_at", "-pk"]
        constraints = [
            # One row at most is not lifted: two constants are never distinct.
            models.UniqueConstraint(
                models.ExpressionWrapper(models.Value(1), output_field=models.IntegerField()),
                name="override_one_in_force",
                condition=models.Q(lifted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{'Open' if self.is_open else 'Closed'} since {self.imposed_at:%Y-%m-%d %H:%M}"
