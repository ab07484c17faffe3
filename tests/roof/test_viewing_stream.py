"""The stream while an operator looks as somebody: it tells that person's news, and ends with the look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from accounts import viewing
from accounts.models import User, Viewing
from arbion.domain.enums import Role
from arbion.lib.clock import FrozenClock, SystemClock
from trading.stream import entrance


@pytest.fixture
def scope(person_of: Callable[[str], User]) -> dict:
    """What the socket of an admin's browser brings."""
    actor = person_of(Role.ADMIN)
    session = SessionStore()
    session[SESSION_KEY] = str(actor.pk)
    session[HASH_SESSION_KEY] = actor.get_session_auth_hash()
    session.save()
    return {"user": actor, "session": session}


def look(scope: dict, person: User) -> Viewing:
    request = RequestFactory().get("/")
    request.session = scope["session"]
    found = viewing.begin(request, actor=scope["user"], person=person, reason="why")
    scope["session"].save()
    return found


def test_the_socket_is_the_persons_while_the_look_lasts(scope: dict, person_of: Callable[[str], User]) -> None:
    person = person_of(Role.STANDARD)
    own = entrance.by_session(scope)
    assert own is not None
    assert (own.user, entrance.is_still_good(own)) == (scope["user"], True)
    found = look(scope, person)
    theirs = entrance.by_session(scope)
    assert theirs is not None
    assert (theirs.user, entrance.is_still_good(theirs)) == (person, True)
    assert not entrance.is_still_good(own)
    viewing.end(found, viewing.ViewingEnd.STOPPED)
    assert not entrance.is_still_good(theirs)
    assert entrance.is_still_good(own)


def test_the_socket_ends_with_its_time(
    scope: dict, person_of: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    look(scope, person_of(Role.STANDARD))
    theirs = entrance.by_session(scope)
    assert theirs is not None
    later = FrozenClock(Viewing.objects.get().until + timedelta(seconds=1))
    monkeypatch.setattr(SystemClock, "now", lambda self: later.now())
    assert not entrance.is_still_good(theirs, clock=later)
