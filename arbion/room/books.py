"""The proof of one account's books on demand."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arbion.room.frame import seen_with, show
from brokers.models import BrokerAccount
from trading.books.check import verify_books

FOUND_MAX = 25


@seen_with("trading.view_journal")
@require_safe
def check_page(request: HttpRequest) -> HttpResponse:
    """Find an account by its person or reference, and check everything that must be true of its books."""
    words, chosen = request.GET.get("q", "").strip()[:100], _account(request.GET.get("account", ""))
    accounts = BrokerAccount.objects.select_related("user").order_by("-pk")
    if words:
        accounts = accounts.filter(Q(user__email__icontains=words) | Q(reference=words) | Q(name__icontains=words))
    begun = time.perf_counter()
    faults = None if chosen is None else verify_books(chosen)
    took = round((time.perf_counter() - begun) * 1000)
    facts: dict[str, Any] = {
        "words": words,
        "accounts": accounts[:FOUND_MAX],
        "chosen": chosen,
        "faults": faults,
        "took": took,
    }
    return show(request, "check_books", "Check the books", **facts)


def _account(key: str) -> BrokerAccount | None:
    try:
        return BrokerAccount.objects.select_related("user").filter(public_id=UUID(key)).first()
    except ValueError:
        return None
