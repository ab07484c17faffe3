"""Changing what a held order waits for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from arbion.domain.errors import ArbionError
from trading import selectors
from trading.errors import OrderNotOpen
from trading.execution.conditions.change import change_condition
from trading.forms.alert import ConditionForm
from trading.models import Order
from trading.templatetags.orders import waits_by_itself
from trading.views.door import PersonRequest, door, wants_fragment


@door
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, order_id: str) -> HttpResponse:
    """The bound as a form; a POST waits for another one."""
    found = selectors.order_of(request.user, order_id)
    if not waits_by_itself(found):
        raise OrderNotOpen("The order does not wait for a condition any more.")
    if request.method == "GET":
        return _form(request, found, ConditionForm.of(found.condition.value))
    form = ConditionForm(request.POST)
    if not form.is_valid():
        return _form(request, found, form, status=422)
    try:
        change_condition(found, actor=request.user, value=form.cleaned_data["value"])
    except ArbionError as refusal:
        form.show(refusal)
        return _form(request, found, form, status=422)
    if wants_fragment(request):
        return render(request, "trading/partials/status.html", {"order": selectors.order_of(request.user, order_id)})
    messages.success(request, "The order waits for the new value.")
    return redirect("trading:order", found.pk)


def _form(request: PersonRequest, found: Order, form: ConditionForm, *, status: int = 200) -> HttpResponse:
    name = "trading/partials/condition_form.html" if wants_fragment(request) else "trading/condition.html"
    return render(request, name, {"section": "orders", "order": found, "form": form}, status=status)
