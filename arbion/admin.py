"""The schedule, the system log and the people in the operators' room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django_celery_beat.admin import PeriodicTaskAdmin, PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import PeriodicTask

from accounts import audit
from accounts.api.authentication import signed_in
from accounts.models import User
from arbion.lib.room import ReadOnlyRoomAdmin, RoomAdmin
from arbion.models import LogLevel, SystemLogEntry
from arbion.room import corporate, replay  # noqa: F401  they register their tables
from arbion.room.accounts import AccountRoom
from arbion.room.people import PersonRoom
from arbion.schedules import SCHEDULES
from brokers.models import BrokerAccount

# The queue's carrier of work after a commit: its arguments name a function, which no form may choose.
UNSCHEDULED = frozenset({"arbion.run_deferred"})
# The entries of people's repeating orders.
ENTRY_OF_PERSON = "trading.tasks.place_repeating"
OURS = {schedule.task for schedule in SCHEDULES}

admin.site.register(User, PersonRoom)
admin.site.register(BrokerAccount, AccountRoom)


class OfferedTasks(TaskSelectWidget):
    """The tasks that make sense on a schedule."""

    def tasks_as_choices(self) -> tuple[tuple[str, str], ...]:
        """All registered tasks but those."""
        return tuple(choice for choice in super().tasks_as_choices() if choice[0] not in UNSCHEDULED)


class ScheduleForm(PeriodicTaskForm):
    """Refuses such a task also when its name is typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regtask"].widget = OfferedTasks()

    def clean(self) -> dict[str, Any]:
        """What was filled in, if the task may be scheduled."""
        data: dict[str, Any] = super().clean()
        if data.get("task") in UNSCHEDULED:
            raise forms.ValidationError({"task": "This task carries out work after a commit and has no schedule."})
        return data


admin.site.unregister(PeriodicTask)


@admin.register(PeriodicTask)
class ScheduleAdmin(RoomAdmin, PeriodicTaskAdmin):
    """Every schedule: what it does, how often, when it last ran and how many times."""

    form = ScheduleForm
    list_display = ("name", "enabled", "every", "last_run_at", "total_run_count", "description", "origin")
    list_filter = ("enabled", "one_off")
    search_fields = ("name", "task", "description")
    list_select_related = ("interval", "crontab", "solar", "clocked")

    @admin.display(description="Every")
    def every(self, row: PeriodicTask) -> str:
        """How often it runs."""
        return str(row.schedule_str if hasattr(row, "schedule_str") else row.scheduler)

    @admin.display(description="From")
    def origin(self, row: PeriodicTask) -> Any:
        """Whether it came with the program."""
        if row.task == ENTRY_OF_PERSON:
            whose = "a person"
        else:
            named = "the scheduler" if row.task.startswith("celery.") else "an operator"
            whose = "Arbion" if row.task in OURS else named
        return format_html('<span class="badge">{}</span>', whose)

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: Any, change: bool) -> None:
        """Keep the change, and who made it."""
        super().save_model(request, obj, form, change)
        data = {name: str(form.cleaned_data.get(name)) for name in form.changed_data}
        action = "schedule.changed" if change else "schedule.created"
        audit.record(actor=signed_in(request), action=action, subject=obj.name, data=data)

    def delete_model(self, request: HttpRequest, obj: PeriodicTask) -> None:
        """Delete, and note it."""
        name = obj.name
        super().delete_model(request, obj)
        audit.record(actor=signed_in(request), action="schedule.deleted", subject=name)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """One by one, so that each is noted."""
        for row in queryset:
            self.delete_model(request, row)


@admin.register(SystemLogEntry)
class SystemLogAdmin(ReadOnlyRoomAdmin):
    """Warnings and errors of the program, the newest first; each kind once, with how often it came."""

    list_display = ("last_at", "severity", "count", "message", "logger", "first_at")
    list_display_links = ("message",)
    list_filter = ("level", "last_at", "logger")
    search_fields = ("message", "wording", "logger", "request_id", "trace")
    fields = ("severity", "logger", "wording", "message", "count", "first_at", "last_at", "request_id", "where")
    readonly_fields = ("severity", "where")

    @admin.display(description="Level", ordering="level")
    def severity(self, row: SystemLogEntry) -> Any:
        """The level as a coloured word."""
        tone = "down" if row.level >= LogLevel.ERROR else "warn"
        return format_html('<span class="badge badge-{}">{}</span>', tone, LogLevel(row.level).label)

    @admin.display(description="Where the newest one came from")
    def where(self, row: SystemLogEntry) -> Any:
        """Its traceback."""
        return format_html('<pre class="facts">{}</pre>', row.trace) if row.trace else "not told"
