"""What belongs to the conversation besides talking: its history, its settings, taking back, and dictation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.lib.templatetags.arbion import money
from trading import desk as talk
from trading.books.opening import ensure_simulated_account
from trading.desk import at_once, dictation
from trading.exports import Table, csv_of
from trading.exports.cells import cell
from trading.forms.desk import AtOnceForm
from trading.models import Order
from trading.views.conversation import proposal_view
from trading.views.door import PersonRequest, door, wants_fragment

PAGE_LENGTH = 40
WORDS_LENGTH_MAX = 100
COLUMNS = ("time", "speaker", "text", "orders")


@door
@require_GET
def history(request: PersonRequest) -> HttpResponse:
    """Everything that was said, newest first; with `q`, what has all of its words."""
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH_MAX]
    page = Paginator(talk.lines_of(request.user, words=words), PAGE_LENGTH).get_page(request.GET.get("page"))
    placed = _orders_of(request.user, [line.proposal_id for line in page.object_list if line.proposal_id])
    rows = [(line, placed.get(str(line.proposal_id), [])) for line in page.object_list]
    context = {"section": "desk", "page": page, "rows": rows, "words": words}
    return render(request, "trading/talk_history.html", context)


@door
@require_GET
def export(request: PersonRequest) -> HttpResponseBase:
    """The whole conversation as a table."""
    headers = {"Content-Disposition": 'attachment; filename="conversation.csv"'}
    made = Table(COLUMNS, _exported(request.user))
    return StreamingHttpResponse(csv_of(made), content_type="text/csv; charset=utf-8", headers=headers)


@door
@require_POST
def clear(request: PersonRequest) -> HttpResponse:
    """Put the conversation aside; orders and their records stay."""
    count = talk.clear(request.user)
    messages.success(request, f"Cleared {count} lines. Orders, alerts and their records stay.")
    return redirect("trading:desk_history")


@door
@require_http_methods(["GET", "POST"])
def settings(request: PersonRequest) -> HttpResponse:
    """Whether small orders run without a confirmation."""
    account = ensure_simulated_account(request.user)
    form = AtOnceForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            most = form.cleaned_data["most"]
            at_once.choose(request.user, account, most=most, password=form.cleaned_data["password"])
        except ArbionError as refusal:
            form.show(refusal)
        else:
            said = f"Orders up to {money(most)} run at once." if most else "You confirm every order."
            messages.success(request, said)
            return redirect("trading:desk_settings")
    context = {
        "section": "desk",
        "account": account,
        "form": form or AtOnceForm(),
        "most": at_once.at_once_max(account),
        "highest": at_once.AT_ONCE_MOST,
    }
    return render(request, "trading/desk_settings.html", context, status=200 if form is None else 422)


@door
@require_POST
def undo(request: PersonRequest) -> HttpResponse:
    """Take back what a confirmed card set up, as far as it still stands."""
    done = talk.undo(request.user, request.POST.get("id", ""))
    if wants_fragment(request):
        view = proposal_view(request.user, talk.proposal_of(request.user, request.POST.get("id", "")), done.refusals)
        return render(request, "trading/partials/answered.html", {"proposal": view})
    for refusal in done.refusals:
        messages.error(request, refusal)
    return redirect("trading:desk")


@door
@require_POST
def transcribe(request: PersonRequest) -> HttpResponse:
    """What was dictated, in words, for the person to read before it is sent; nothing is kept of the sound."""
    words = dictation.transcribe(request.user, request.FILES.get("audio"))
    return JsonResponse({"text": words})


def _orders_of(user: User, proposals: list[Any]) -> dict[str, list[Order]]:
    """The orders that these proposals led to."""
    found: dict[str, list[Order]] = {}
    for proposal in proposals:
        prefix = f"desk:{proposal}:"
        rows = Order.objects.filter(intent__user=user, intent__client_key__startswith=prefix)
        found[str(proposal)] = list(rows.select_related("instrument", "account").order_by("created_at"))
    return found


def _exported(user: User) -> Iterator[list[str]]:
    for line in talk.lines_of(user).order_by("id").iterator(chunk_size=200):
        placed = _orders_of(user, [line.proposal_id]) if line.proposal_id else {}
        orders = " ".join(str(order.pk) for order in placed.get(str(line.proposal_id), []))
        values = (line.created_at.astimezone(UTC), line.get_speaker_display(), line.text, orders)
        yield [cell(value) for value in values]
