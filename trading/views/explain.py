"""One order explained, on a page of its own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from trading import selectors
from trading.explain import explain as explained
from trading.views.door import PersonRequest, door


@door
@require_GET
def explain(request: PersonRequest, order_id: str) -> HttpResponse:
    """Everything that made the order and that became of it."""
    story = explained(selectors.order_of(request.user, order_id))
    return render(request, "trading/explain.html", {"section": "orders", "story": story, "order": story.order})
