"""The schedule in the admin, without the one task that carries out whatever it is told to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django_celery_beat.admin import PeriodicTaskAdmin, PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import PeriodicTask

# The queue's carrier of work after a commit: its arguments name a function, which no form may choose.
UNSCHEDULED = frozenset({"arbion.run_deferred"})


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
class ScheduleAdmin(PeriodicTaskAdmin):
    """The schedule."""

    form = ScheduleForm
