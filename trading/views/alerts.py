"""Alerts: the list, setting one, changing it, switching it off and on, and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from arbion.domain.enums import Source
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM
from arbion.lib.ids import new_id
from trading import alerts as verbs
from trading import selectors, throttle
from trading.books.opening import ensure_simulated_account
from trading.forms.alert import AlertChangeForm, AlertForm
from trading.models import Alert, AlertStatus
from trading.views.door import PersonRequest, door, wants_fragment

PAGE_LENGTH = 50
TABS = {"": "All", "active": "Active", "fired": "Came true", "paused": "Off"}


@door
@require_http_methods(["GET", "POST"])
def alerts(request: PersonRequest) -> HttpResponse:
    """The person's alerts with a form for another one; a POST sets it."""
    if request.method == "GET":
        if wants_fragment(request):
            return render(request, "trading/partials/alerts.html", _listed(request))
        return _page(request, AlertForm.fresh(request.GET.get("symbol", "")[:24].upper()))
    form = AlertForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    throttle.count_request(request.user)
    account, key = ensure_simulated_account(request.user), form.cleaned_data["client_key"] or str(new_id())
    try:
        made = verbs.create(
            request.user, account, form.condition(), manner=form.manner(), source=Source.TICKET, client_key=key
        )
    except ArbionError as refusal:
        form.show(refusal)
        return _page(request, form, status=422)
    messages.success(request, f"You are told when this is so: {_words(made.alert)}.")
    return redirect("trading:alerts")


@door
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, alert_id: str) -> HttpResponse:
    """An alert's value and manner as a form; a POST changes them."""
    found = selectors.alert_of(request.user, alert_id)
    if request.method == "GET":
        return _change(request, found, AlertChangeForm.of(found))
    form = AlertChangeForm(request.POST, alert=found)
    if not form.is_valid():
        return _change(request, found, form, status=422)
    throttle.count_request(request.user)
    try:
        changed = verbs.change(found, user=request.user, value=form.cleaned_data["value"], manner=form.manner())
    except ArbionError as refusal:
        form.show(refusal)
        return _change(request, found, form, status=422)
    return _done(request, f"The alert was changed: {_words(changed)}.")


@door
@require_POST
def switch(request: PersonRequest, alert_id: str) -> HttpResponse:
    """Switch an alert off, or watch again."""
    found = selectors.alert_of(request.user, alert_id)
    throttle.count_request(request.user)
    is_off = found.status == AlertStatus.ACTIVE
    (verbs.pause if is_off else verbs.resume)(found, user=request.user)
    return _done(request, "The alert is off." if is_off else "It is watched again, from now on.")


@door
@require_http_methods(["GET", "POST"])
def delete(request: PersonRequest, alert_id: str) -> HttpResponse:
    """Ask once more whether to delete an alert; a POST does it."""
    found = selectors.alert_of(request.user, alert_id)
    if request.method == "GET":
        name = "partials/alert_delete" if wants_fragment(request) else "alert_delete"
        return render(request, f"trading/{name}.html", {"section": "alerts", "alert": found, "words": _words(found)})
    verbs.delete(found, user=request.user)
    return _done(request, "The alert was deleted.")


def _listed(request: PersonRequest) -> dict[str, object]:
    status = request.GET.get("status", "")
    rows = selectors.alerts(request.user)
    if status in AlertStatus.values:
        rows = rows.filter(status=status)
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    return {
        "section": "alerts",
        "status": status if status in TABS else "",
        "tabs": list(TABS.items()),
        "page": page,
        "views": selectors.alert_views(page.object_list, at=SYSTEM.now()),
    }


def _page(request: PersonRequest, form: AlertForm, *, status: int = 200) -> HttpResponse:
    return render(request, "trading/alerts.html", {**_listed(request), "form": form}, status=status)


def _change(request: PersonRequest, found: Alert, form: AlertChangeForm, *, status: int = 200) -> HttpResponse:
    name = "trading/partials/alert_form.html" if wants_fragment(request) else "trading/alert_change.html"
    context = {"section": "alerts", "alert": found, "form": form, "words": _words(found)}
    return render(request, name, context, status=status)


def _done(request: PersonRequest, said: str) -> HttpResponse:
    if wants_fragment(request):
        return render(request, "trading/partials/stop_done.html", {"said": said})
    messages.success(request, said)
    return redirect("trading:alerts")


def _words(alert: Alert) -> str:
    return selectors.alert_views([alert], at=SYSTEM.now())[0].words
