"""The person's assistants: a list, a page for each, and what it remembers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM
from trading.desk.model import assistants
from trading.forms.assistant import AssistantForm
from trading.models import Assistant, MemoryAuthor
from trading.views.door import PersonRequest, door


@door
@require_GET
def mine(request: PersonRequest) -> HttpResponse:
    """All of them."""
    now = SYSTEM.now()
    rows = [(one, assistants.spent_today(one, now)) for one in assistants.mine(request.user)]
    return render(request, "trading/assistants.html", {"section": "desk", "rows": rows})


@door
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """Make one."""
    return _edit(request, None)


@door
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, assistant_id: UUID) -> HttpResponse:
    """Look at one, and change it."""
    return _edit(request, assistants.assistant_of(request.user, assistant_id))


@door
@require_http_methods(["GET", "POST"])
def let_go(request: PersonRequest, assistant_id: UUID) -> HttpResponse:
    """Ask, then delete one with its memory."""
    assistant = assistants.assistant_of(request.user, assistant_id)
    if request.method == "GET":
        return render(request, "trading/assistant_delete.html", {"section": "desk", "assistant": assistant})
    assistants.let_go(assistant, actor=request.user)
    messages.success(request, f"{assistant.name} is deleted, with what it remembered.")
    return redirect("trading:assistants")


@door
@require_POST
def remember(request: PersonRequest, assistant_id: UUID) -> HttpResponse:
    """Add a line to its memory."""
    assistant = assistants.assistant_of(request.user, assistant_id)
    assistants.remember(assistant, request.POST.get("text", ""), by=MemoryAuthor.PERSON)
    return redirect("trading:assistant", assistant.pk)


@door
@require_POST
def rewrite(request: PersonRequest, assistant_id: UUID, line_id: int) -> HttpResponse:
    """Change a line of its memory; an empty one is cleared."""
    assistant = assistants.assistant_of(request.user, assistant_id)
    text = "" if "clear" in request.POST else request.POST.get("text", "")
    assistants.rewrite(assistant, line_id, text)
    return redirect("trading:assistant", assistant.pk)


@door
@require_POST
def forget(request: PersonRequest, assistant_id: UUID) -> HttpResponse:
    """Clear its memory."""
    assistant = assistants.assistant_of(request.user, assistant_id)
    count = assistants.forget(assistant)
    messages.success(request, f"Cleared: {count} line{'' if count == 1 else 's'}.")
    return redirect("trading:assistant", assistant.pk)


def _edit(request: PersonRequest, assistant: Assistant | None) -> HttpResponse:
    form = AssistantForm(request.POST) if request.method == "POST" else AssistantForm.of(assistant)
    if request.method == "POST" and form.is_valid() and (saved := _saved(request, form, assistant)):
        messages.success(request, f"{saved.name} is saved.")
        return redirect("trading:assistant", saved.pk)
    context = {"section": "desk", "assistant": assistant, "form": form}
    return render(request, "trading/assistant.html", context, status=422 if form.errors else 200)


def _saved(request: PersonRequest, form: AssistantForm, assistant: Assistant | None) -> Assistant | None:
    """The assistant as the form has it; None where it is refused, with the reason beside the form."""
    row = form.put_into(assistant or Assistant(user=request.user, created_at=SYSTEM.now()))
    try:
        return assistants.save(row, actor=request.user, is_new=assistant is None)
    except ArbionError as refusal:
        form.add_error("name", refusal.detail)
        return None
