"""Repeating orders in the operators' room: whose they are, their rule, and what became of each time; read only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from arbion.lib.room import ReadOnlyRoomAdmin
from arbion.lib.templatetags.arbion import badge
from trading.models import RepeatingOrder
from trading.schedules.reading import view_of

RUNS_SHOWN = 50
TONES = {"active": "filled", "paused": "held", "ended": ""}


@admin.register(RepeatingOrder)
class RepeatingOrderAdmin(ReadOnlyRoomAdmin):
    """An operator pauses one by switching its entry off among the schedules; its person is told."""

    list_display = ("created_at", "person", "what", "standing", "next_run", "placed_count", "reason")
    list_filter = ("state", "interval", "created_at")
    search_fields = ("id", "user__email", "instrument__symbol__iexact", "words")
    list_select_related = ("user", "account", "instrument")
    fields = (
        "person", "account", "what", "words", "standing", "reason", "next_run", "settled_until", "placed_count",
        "denials_in_a_row", "ends_at", "count_max", "entry", "created_at", "updated_at", "history",
    )  # fmt: skip
    readonly_fields = ("person", "what", "standing", "entry", "history")

    @admin.display(description="Person", ordering="user__email")
    def person(self, row: RepeatingOrder) -> str:
        """Whose it is."""
        return str(row.user.email)

    @admin.display(description="Order")
    def what(self, row: RepeatingOrder) -> str:
        """The order and its rule."""
        view = view_of(row)
        return f"{view.what}, {view.rule[0].lower()}{view.rule[1:]}"

    @admin.display(description="State", ordering="state")
    def standing(self, row: RepeatingOrder) -> Any:
        """Whether it runs, as a coloured word."""
        return badge(TONES[row.state], row.get_state_display())

    @admin.display(description="Entry of the schedule")
    def entry(self, row: RepeatingOrder) -> Any:
        """The entry that rings for it."""
        if row.task_id is None:
            return "none"
        return format_html('<a href="/admin/django_celery_beat/periodictask/{}/change/">{}</a>', row.task_id, row.task)

    @admin.display(description="What became of each time")
    def history(self, row: RepeatingOrder) -> Any:
        """The newest times."""
        runs = row.runs.order_by("-day")[:RUNS_SHOWN]
        lines = ((run.day, run.get_state_display(), run.reason or run.order_id or "") for run in runs)
        return format_html_join("", "<div>{} {} {}</div>", lines) or "nothing was due yet"
