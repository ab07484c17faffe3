"""The code assistant in the room: asking it, reading its diffs, and saying yes or no in two steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.api.authentication import signed_in
from accounts.models import User
from arbion.codex import applying, asking, selectors, switch
from arbion.codex.asking import INSTRUCTION_MAX, Wish
from arbion.codex.models import CodexTask
from arbion.domain.errors import ArbionError, NotFound
from arbion.room.frame import seen_with, show

SHOWN_MAX = 50
FILES_TEXT_MAX = 10_000


class AskForm(forms.Form):
    """What to do, and with which files."""

    instruction = forms.CharField(
        max_length=INSTRUCTION_MAX, label="Instruction", widget=forms.Textarea(attrs={"rows": 5})
    )
    paths = forms.CharField(
        required=False,
        max_length=FILES_TEXT_MAX,
        label="Files",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "strategies/mean.py"}),
        help_text="One a line, named from the workspace on. Only these may be changed; others may be read.",
    )
    may_create = forms.BooleanField(required=False, label="New files may be made")

    def wish(self) -> Wish:
        """What the form asks for."""
        given = self.cleaned_data
        names = [line.strip() for line in given["paths"].splitlines() if line.strip()]
        return Wish(instruction=given["instruction"], files=names, may_create=given["may_create"])


@seen_with("codex.view_codextask")
@require_http_methods(["GET", "HEAD", "POST"])
def tasks_page(request: HttpRequest) -> HttpResponse:
    """The tasks, and a form to ask for another."""
    if not switch.is_on():
        return show(request, "codex_off", "Code assistant", is_enabled=settings.CODEX_ENABLED)
    person = signed_in(request)
    if request.method != "POST":
        asking.mend()
        return _tasks(request, person, AskForm())
    form = AskForm(request.POST)
    if not form.is_valid():
        return _tasks(request, person, form, status=400)
    try:
        task = asking.begin(person, form.wish())
    except ArbionError as refusal:
        for problem in refusal.errors:
            form.add_error({"files": "paths"}.get(problem.field, problem.field), problem.detail)
        if not refusal.errors:
            form.add_error(None, refusal.detail)
        return _tasks(request, person, form, status=refusal.http_status)
    return redirect("admin:codex_task", task_id=task.pk)


@seen_with("codex.view_codextask")
@require_http_methods(["GET", "HEAD", "POST"])
def task_page(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """One task with its diff; deciding about it is asked for once more."""
    person = signed_in(request)
    try:
        asking.mend()
        task = selectors.task_of(person, task_id)
    except NotFound as error:
        raise Http404(error.detail) from error
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step not in {"apply-confirmed", "dismiss"}:
        return _task(request, task, asks=step == "apply")
    try:
        done = _decide(step, task, person)
    except ArbionError as refusal:
        task.refresh_from_db()
        return _task(request, task, refusal=refusal, status=refusal.http_status)
    messages.success(request, done)
    return redirect("admin:codex_task", task_id=task.pk)


def _decide(step: str, task: CodexTask, person: User) -> str:
    if step == "dismiss":
        asking.dismiss(task, person=person)
        return "Dismissed; nothing was written."
    applying.apply(task, person=person)
    return f"Written: {', '.join(path for path, _ in applying.paths(task))}."


def _tasks(request: HttpRequest, person: User, form: AskForm, *, status: int = 200) -> HttpResponse:
    rows = selectors.tasks(person).defer("diff", "analysis")[:SHOWN_MAX]
    facts: dict[str, Any] = {"form": form, "rows": rows, "folder": settings.CODEX_WORKSPACE}
    return show(request, "codex_tasks", "Code assistant", status=status, **facts)


def _task(
    request: HttpRequest, task: CodexTask, *, asks: bool = False, refusal: ArbionError | None = None, status: int = 200
) -> HttpResponse:
    facts: dict[str, Any] = {
        "task": task,
        "files": selectors.file_diffs(task),
        "asks": asks,
        "refusal": refusal,
        "is_left": applying.is_left(task),
    }
    return show(request, "codex_task", "Task of the code assistant", status=status, **facts)
