"""Looking at the product as another person: begun with a reason, read-only, for half an hour, never upwards.

While a look is open the middleware puts the person in the place of the operator, so that every page shows what they
see. It lets only safe methods through, keeps the person's own keys and the operators' pages out of reach, and refuses
every statement that would write to the database, whatever a page tries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts import audit
from accounts.errors import AlreadyViewing, NotYours, OnlyLooking, PersonSwitchedOff, TheirsAlone
from accounts.models import User, Viewing, ViewingEnd
from accounts.roles import Ability, can, outranks
from accounts.services import subject_of
from arbion.domain.errors import ArbionError, InvalidInput
from arbion.lib.api import API_PREFIX, problem_of, problem_response
from arbion.lib.clock import SYSTEM, Clock

SESSION_NAME = "viewing"
LASTS = timedelta(minutes=30)
REASON_MAX = 200
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Keys, passwords and sessions are the person's own; operators' pages are used under one's own name.
OUT_OF_REACH = ("/account/", "/admin/", "/api/v1/tokens/", "/api/v1/auth/", "/api/v1/credentials/")
# How a statement begins that reads, or that only marks where a transaction begins and ends.
READING = frozenset({"SELECT", "EXPLAIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN"})


def check(*, actor: User, person: User) -> None:
    """Raise when the actor may not look as this person."""
    if not can(actor, Ability.VIEW_AS) or not outranks(actor, person):
        raise NotYours
    if not person.is_active:
        raise PersonSwitchedOff


def begin(request: HttpRequest, *, actor: User, person: User, reason: str, clock: Clock = SYSTEM) -> Viewing:
    """Let this browser session look as the person from its next request on."""
    if SESSION_NAME in request.session or getattr(request, "viewing", None) is not None:
        raise AlreadyViewing
    check(actor=actor, person=person)
    reason = reason.strip()
    if not reason or len(reason) > REASON_MAX or not reason.isprintable():
        raise InvalidInput.of("reason", "invalid_reason", f"Say why, in up to {REASON_MAX} characters.")
    now = clock.now()
    with transaction.atomic():
        for left in Viewing.objects.filter(actor=actor, ended_at=None):  # in a window that was closed, say
            end(left, ViewingEnd.REPLACED if left.until > now else ViewingEnd.EXPIRED, clock=clock)
        viewing = Viewing.objects.create(actor=actor, person=person, reason=reason, begun_at=now, until=now + LASTS)
        facts = {"reason": reason, "until": viewing.until.isoformat()}
        audit.record(actor=actor, action="account.viewing_began", subject=subject_of(person), data=facts, clock=clock)
    request.session[SESSION_NAME] = str(viewing.public_id)
    return viewing


def end(viewing: Viewing, how: ViewingEnd, *, clock: Clock = SYSTEM) -> bool:
    """End a look and note it; False when it had ended."""
    with transaction.atomic():
        open_row = Viewing.objects.filter(pk=viewing.pk, ended_at=None)
        if not open_row.update(ended_at=clock.now(), how=how):
            return False
        facts = {"reason": viewing.reason, "how": str(how)}
        subject = subject_of(viewing.person)
        audit.record(actor=viewing.actor, action="account.viewing_ended", subject=subject, data=facts, clock=clock)
    return True


def end_overdue(*, clock: Clock = SYSTEM) -> int:
    """End the looks whose time is up, also where nobody comes back; answers how many."""
    overdue = Viewing.objects.filter(ended_at=None, until__lte=clock.now()).select_related("actor", "person")
    return sum(end(viewing, ViewingEnd.EXPIRED, clock=clock) for viewing in overdue)


def in_force(session: SessionBase, actor: User, *, clock: Clock = SYSTEM) -> Viewing | None:
    """The look that this session has open and may still have; writes nothing."""
    viewing = _named(session)
    if viewing is None or viewing.actor_id != actor.pk or _why_over(viewing, clock) is not None:
        return None
    return viewing


def seen_as(session: SessionBase, actor: User, *, clock: Clock = SYSTEM) -> User:
    """Whose things this session sees: its own person's, or those of whom they look as."""
    viewing = in_force(session, actor, clock=clock)
    return actor if viewing is None else viewing.person


def leave(request: HttpRequest, how: ViewingEnd = ViewingEnd.STOPPED, *, clock: Clock = SYSTEM) -> Viewing | None:
    """Let the session be its own person's again; None when it was."""
    viewing = _named(request.session)
    request.session.pop(SESSION_NAME, None)
    if viewing is not None:
        end(viewing, how, clock=clock)
    return viewing


def _named(session: SessionBase) -> Viewing | None:
    key = session.get(SESSION_NAME)
    return Viewing.objects.select_related("actor", "person").filter(public_id=key).first() if key else None


def _why_over(viewing: Viewing, clock: Clock) -> ViewingEnd | None:
    """Why a look may not go on: asked anew at every request, since roles change."""
    if viewing.ended_at is not None:
        return ViewingEnd(viewing.how)
    if clock.now() >= viewing.until:
        return ViewingEnd.EXPIRED
    try:
        check(actor=viewing.actor, person=viewing.person)
    except ArbionError:
        return ViewingEnd.WITHDRAWN
    return None


class ViewingMiddleware:
    """Shows what the person sees while a look is open, and lets nothing be changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the person would be answered; without an open look, as always."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_NAME not in request.session:
            return self.get_response(request)
        if request.method == "POST" and request.path == reverse("accounts_stop_viewing"):
            return self.get_response(request)
        viewing = in_force(request.session, request.user) if isinstance(request.user, User) else None
        if viewing is None:
            over = leave(request, _how_over(request))
            if over is not None:
                messages.info(request, f"You are yourself again: the look as {over.person.email} has ended.")
            return self.get_response(request)
        _become(request, viewing)
        if request.method not in SAFE:
            return _refused(request, OnlyLooking())
        if request.path.startswith(OUT_OF_REACH):
            return _refused(request, TheirsAlone())
        with connection.execute_wrapper(_refuse_writing):
            return self.get_response(request)


def _how_over(request: HttpRequest) -> ViewingEnd:
    viewing = _named(request.session)
    how = _why_over(viewing, SYSTEM) if viewing is not None else None
    return how or ViewingEnd.WITHDRAWN


def _become(request: HttpRequest, viewing: Viewing) -> None:
    async def auser() -> User:
        return viewing.person

    request.viewing = viewing  # type: ignore[attr-defined]
    request.user = viewing.person
    request.auser = auser


def _refuse_writing(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Let a statement pass that reads."""
    words = str(sql).lstrip(" \n(").split(None, 1)
    if not words or words[0].upper().rstrip(";") not in READING:
        raise OnlyLooking
    return execute(sql, params, many, context)


def _refused(request: HttpRequest, refusal: ArbionError) -> HttpResponse:
    body, headers = problem_of(refusal)
    if request.path.startswith(API_PREFIX):
        return problem_response(headers=headers, **body)
    return render(request, "accounts/refused.html", {"problem": body}, status=body["status"])
