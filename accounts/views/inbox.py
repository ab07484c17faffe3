"""The inbox: what a person was told, marked as read one by one or all at once; and how they want to be told."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.api.authentication import signed_in
from accounts.models import User
from accounts.notifications import inbox, places, preferences, registry
from accounts.notifications.forms import ChoicesForm
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.clock import SYSTEM

PAGE_LENGTH = 30
FRAGMENT_HEADER = "X-Fragment"


@login_required
@never_cache
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """My notices, newest first; `?show=unread` leaves out what was read."""
    person, only_unread = signed_in(request), request.GET.get("show") == "unread"
    page = Paginator(inbox.notices_of(person, unread=only_unread), PAGE_LENGTH).get_page(request.GET.get("page"))
    facts = {
        "section": "inbox",
        "page": page,
        "notices": page.object_list,
        "only_unread": only_unread,
        "unread": inbox.unread_count(person),
    }
    name = "accounts/inbox_list.html" if FRAGMENT_HEADER in request.headers else "accounts/inbox.html"
    return render(request, name, facts)


@login_required
@never_cache
@require_POST
def read(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Mark one as read, and go where it leads."""
    try:
        notice = inbox.mark_read(signed_in(request), notification_id, at=SYSTEM.now())
    except NotFound as error:
        raise Http404(error.detail) from None
    if FRAGMENT_HEADER in request.headers:
        return HttpResponse(status=204)
    return redirect(notice.link if "follow" in request.POST and notice.link else _back(request))


@login_required
@never_cache
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    inbox.mark_all_read(signed_in(request), at=SYSTEM.now())
    return HttpResponse(status=204) if FRAGMENT_HEADER in request.headers else redirect(_back(request))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """How I want to be told: the channels by urgency, kinds that stay inside, quiet hours."""
    person = signed_in(request)
    if request.method != "POST":
        return _choices_page(request, person, ChoicesForm(chosen=preferences.of(person)))
    form = ChoicesForm(request.POST, chosen=preferences.of(person))
    if not form.is_valid():
        return _choices_page(request, person, form, status=422)
    try:
        preferences.choose(person, form.chosen())
    except InvalidInput as error:
        form.show(error)
        return _choices_page(request, person, form, status=422)
    messages.success(request, "Your choice is kept.")
    return redirect("accounts_notifications")


@login_required
@never_cache
@require_POST
def link_chat(request: HttpRequest) -> HttpResponse:
    """Show a code that links a Telegram chat: the answer is the page itself, so that the code is stored nowhere."""
    person = signed_in(request)
    code = places.new_code(person, at=SYSTEM.now()) if "telegram" in registry.ready() else ""
    return _choices_page(request, person, ChoicesForm(chosen=preferences.of(person)), code=code)


@login_required
@never_cache
@require_POST
def forget_place(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """Forget a chat or a browser of mine."""
    try:
        places.remove(user=signed_in(request), public_id=place_id)
    except NotFound as error:
        raise Http404(error.detail) from None
    messages.success(request, "Nothing is sent there any more.")
    return redirect("accounts_notifications")


def _choices_page(
    request: HttpRequest, person: User, form: ChoicesForm, *, code: str = "", status: int = 200
) -> HttpResponse:
    facts = {
        "section": "profile",
        "form": form,
        "code": code,
        "bot": settings.TELEGRAM_BOT_NAME,
        "ready": registry.ready(),
        "places": places.places_of(person),
    }
    return render(request, "accounts/notifications.html", facts, status=status)


def _back(request: HttpRequest) -> str:
    """The inbox as the person had it."""
    return "/inbox/?show=unread" if request.POST.get("show") == "unread" else "/inbox/"
