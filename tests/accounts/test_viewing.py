"""Looking as somebody: never upwards, never for long, never two deep, and nothing moves while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import services, tokens, viewing
from accounts.errors import AlreadyViewing, NotYours, OnlyLooking, PersonSwitchedOff
from accounts.models import AuditEntry, User, Viewing, ViewingEnd
from accounts.tasks import end_viewings
from arbion.domain.enums import Role
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import FrozenClock, SystemClock

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
STOP = "/account/viewing/stop/"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    """The machine's clock, in our hands; sessions keep their own time."""
    clock = FrozenClock(NOON)
    monkeypatch.setattr(SystemClock, "now", lambda self: clock.now())
    return clock


@pytest.fixture
def looking(browser_of: Callable[[User], Client]) -> Callable[[User, User], Client]:
    """A browser of the operator's that looks as the person."""

    def look(actor: User, person: User) -> Client:
        browser = browser_of(actor)
        session = browser.session
        request = RequestFactory().get("/")
        request.session = session
        viewing.begin(request, actor=actor, person=person, reason="a question about a fill")
        session.save()
        return browser

    return look


def asked(browser: Client) -> str:
    """Whom the site takes the browser for."""
    answer = browser.get("/api/v1/me/")
    assert answer.status_code == 200, answer.content
    return str(answer.json()["email"])


def said(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def begin(actor: User, person: User, *, reason: str = "why", session: dict | None = None) -> Viewing:
    request = RequestFactory().get("/")
    request.session = {} if session is None else session
    return viewing.begin(request, actor=actor, person=person, reason=reason)


def test_one_sees_what_the_person_sees_and_it_is_noted(ada, alice, looking, clock) -> None:
    browser = looking(ada, alice)
    assert asked(browser) == "alice@example.com"
    entry = said("account.viewing_began")[0]
    assert (entry.actor, entry.subject) == (ada, services.subject_of(alice))
    assert entry.data == {"reason": "a question about a fill", "until": (NOON + timedelta(minutes=30)).isoformat()}


def test_every_page_bears_the_banner_with_the_way_back(ada, alice, looking) -> None:
    browser = looking(ada, alice)
    for path in ("/markets/", "/nothing-here/", "/account/profile/"):
        page = browser.get(path, follow=True).content.decode()
        assert "You see what alice@example.com sees" in page, path
        assert f'action="{STOP}"' in page, path


def test_stopping_gives_oneself_back_and_is_noted(ada, alice, looking) -> None:
    browser = looking(ada, alice)
    answer = browser.post(STOP)
    assert answer["Location"] == reverse("admin:accounts_user_change", args=[alice.pk])
    assert asked(browser) == "ada@example.com"
    entry = said("account.viewing_ended")[0]
    assert (entry.actor, entry.data["how"], entry.data["reason"]) == (ada, "stopped", "a question about a fill")
    assert Viewing.objects.get().how == ViewingEnd.STOPPED


def test_stopping_needs_the_forms_token(ada, alice, looking) -> None:
    browser = looking(ada, alice)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(STOP).status_code == 403
    assert asked(browser) == "alice@example.com"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "path", ["/api/v1/orders/", "/desk/say/", "/account/sessions/end/", "/admin/", "/api/v1/tokens/", "/demo/"]
)
def test_every_unsafe_method_is_refused(ada, alice, looking, method: str, path: str) -> None:
    browser = looking(ada, alice)
    answer = getattr(browser, method)(path, "{}", content_type="application/json")
    assert answer.status_code == 403
    assert "nothing can be changed this way" in answer.content.decode()
    if path.startswith("/api/"):
        assert answer.json()["code"] == "only_looking"


def test_a_key_does_not_open_a_way_around(ada, alice, looking) -> None:
    _, key = tokens.issue(user=ada, name="x", scope="trade", actor=ada)
    browser = looking(ada, alice)
    answer = browser.post(
        "/api/v1/orders/", "{}", content_type="application/json", headers={"Authorization": f"Token {key}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "only_looking")


@pytest.mark.parametrize("path", ["/account/profile/", "/account/password/change/", "/api/v1/tokens/", "/admin/"])
def test_keys_sessions_and_operators_pages_are_out_of_reach(sue, ada, alice, looking, path: str) -> None:
    token, _ = tokens.issue(user=ada, name="a-name-of-hers", scope="read", actor=ada)
    browser = looking(sue, ada)
    answer = browser.get(path)
    assert answer.status_code == 403
    assert token.prefix not in answer.content.decode()
    assert "a-name-of-hers" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_page_that_would_write_is_refused_by_the_database(ada, alice, looking, monkeypatch) -> None:
    def write(user: User) -> None:
        User.objects.filter(pk=user.pk).update(is_demo=True)

    browser = looking(ada, alice)
    monkeypatch.setattr("accounts.views.profile.tokens.tokens_of", write)
    monkeypatch.setattr(viewing, "OUT_OF_REACH", ())
    answer = browser.get("/account/profile/")
    assert answer.status_code == 403
    assert "nothing can be changed this way" in answer.content.decode()
    assert not User.objects.get(pk=alice.pk).is_demo
    assert User.objects.update(is_demo=False) > 0  # afterwards writing is as it was


@pytest.mark.parametrize(
    "statement", ["UPDATE x", " insert into x", "DELETE FROM x", "WITH y AS (z) INSERT", "DROP", ""]
)
@pytest.mark.django_db
def test_only_reading_statements_pass(statement: str) -> None:
    with connection.execute_wrapper(viewing._refuse_writing), pytest.raises(OnlyLooking):
        connection.cursor().execute(statement)


@pytest.mark.parametrize(
    ("actor", "person"),
    [
        ("alice", "bob"),
        ("ada", "ada"),
        ("ada", "sue"),
        ("sue", "sue"),
        ("alice", "ada"),
        ("ada", "other"),
        ("sue", "boss"),
    ],
)
def test_nobody_looks_sideways_or_upwards(make_person, actor: str, person: str) -> None:
    roles = {"alice": "standard", "bob": "standard", "ada": "admin", "other": "admin", "sue": "superadmin"}
    by_name = {name: make_person(name, role) for name, role in {**roles, "boss": "superadmin"}.items()}
    with pytest.raises(NotYours):
        begin(by_name[actor], by_name[person])
    assert Viewing.objects.count() == 0
    assert said("account.viewing_began") == []


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "two\nlines"])
def test_a_reason_is_needed(ada, alice, reason: str) -> None:
    with pytest.raises(InvalidInput):
        begin(ada, alice, reason=reason)
    assert Viewing.objects.count() == 0


def test_somebody_who_is_switched_off_sees_nothing(ada, alice) -> None:
    services.deactivate(user=alice, actor=ada)
    with pytest.raises(PersonSwitchedOff):
        begin(ada, User.objects.get(pk=alice.pk))


def test_looks_do_not_nest(sue, ada, alice) -> None:
    session: dict = {}
    begin(sue, ada, session=session)
    with pytest.raises(AlreadyViewing):
        begin(ada, alice, session=session)
    with pytest.raises(AlreadyViewing):
        begin(sue, alice, session=session)
    assert Viewing.objects.count() == 1


def test_another_window_ends_the_first(ada, alice, bob, looking) -> None:
    first, second = looking(ada, alice), looking(ada, bob)
    assert asked(second) == "bob@example.com"
    assert asked(first) == "ada@example.com"
    assert [entry.data["how"] for entry in said("account.viewing_ended")] == ["replaced"]


def test_it_ends_by_itself(ada, alice, looking, clock) -> None:
    browser = looking(ada, alice)
    clock.advance(seconds=30 * 60 - 1)
    assert asked(browser) == "alice@example.com"
    clock.advance(seconds=1)
    assert asked(browser) == "ada@example.com"
    assert [entry.data["how"] for entry in said("account.viewing_ended")] == ["expired"]


def test_it_ends_also_where_nobody_comes_back(ada, alice, looking, clock) -> None:
    looking(ada, alice)
    assert end_viewings() == 0
    clock.advance(seconds=30 * 60)
    assert end_viewings() == 1
    assert end_viewings() == 0
    assert [entry.data["how"] for entry in said("account.viewing_ended")] == ["expired"]


def test_it_ends_when_the_role_no_longer_reaches(sue, ada, alice, looking) -> None:
    browser = looking(ada, alice)
    services.change_role(user=alice, role=Role.ADMIN, actor=sue)
    assert asked(browser) == "ada@example.com"
    assert [entry.data["how"] for entry in said("account.viewing_ended")] == ["withdrawn"]


def test_a_lost_role_ends_the_session_and_with_it_the_look(sue, ada, alice, looking) -> None:
    browser = looking(ada, alice)
    services.change_role(user=ada, role=Role.STANDARD, actor=sue)
    assert browser.get("/api/v1/me/").status_code == 401


def test_who_is_looked_at_was_not_here(ada, alice, looking) -> None:
    browser = looking(ada, alice)
    browser.get("/api/v1/me/")
    assert User.objects.get(pk=alice.pk).seen_at is None
    assert User.objects.get(pk=ada.pk).seen_at is not None


def test_a_marker_of_somebody_elses_look_opens_nothing(ada, alice, bob, looking, browser_of) -> None:
    looking(ada, alice)
    browser = browser_of(bob)
    session = browser.session
    session[viewing.SESSION_NAME] = str(Viewing.objects.get().public_id)
    session.save()
    assert asked(browser) == "bob@example.com"
    assert browser.session.get(viewing.SESSION_NAME) is None
