"""The inbox by page, REST and socket: one's own only, marked by whoever may, every word as text."""

from __future__ import annotations

import json

import pytest

from accounts.models import Notification, NotificationPreference
from accounts.notifications import inbox, places, preferences
from arbion.lib import bus
from arbion.lib.ids import new_id
from tests.accounts.notifications.conftest import NOON, tell

pytestmark = pytest.mark.django_db

API = "/api/v1/notifications/"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def read_marks() -> list[bool]:
    return [row.read_at is not None for row in Notification.objects.order_by("pk")]


@pytest.fixture
def three(alice, bob) -> list[Notification]:
    """Two of Alice's and one of Bob's."""
    return [tell(alice, key="1", link="/orders/"), tell(alice, key="2", urgency="critical"), tell(bob, key="3")]


def test_the_page_shows_ones_own_newest_first(alice, three, browser_of) -> None:
    page = browser_of(alice).get("/inbox/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert text.index(str(three[1].public_id)) < text.index(str(three[0].public_id))
    assert str(three[2].public_id) not in text
    assert 'aria-label="Inbox, 2 unread"' in text
    assert text.count('class="badge badge-accent">Unread') == 2


def test_an_empty_inbox_says_what_will_be_there(alice, browser_of) -> None:
    text = browser_of(alice).get("/inbox/").content.decode()
    assert "Nothing yet" in text
    assert 'aria-label="Inbox, 0 unread"' in text
    assert "Everything is read" in browser_of(alice).get("/inbox/?show=unread").content.decode()


def test_every_word_is_text(alice, browser_of, program_of) -> None:
    tell(alice, title=EVIL, body=EVIL, link='/orders/?x="><b>')
    text = browser_of(alice).get("/inbox/").content.decode()
    assert EVIL not in text
    assert "<img" not in text.split("<main")[1]
    assert '"><b>' not in text
    assert "&lt;script&gt;" in text
    assert program_of(alice).get(API).json()["results"][0]["title"] == EVIL


def test_marking_one_and_going_where_it_leads(alice, three, browser_of) -> None:
    browser = browser_of(alice)
    answer = browser.post(f"/inbox/{three[0].public_id}/read/", {"follow": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/orders/")
    assert read_marks() == [True, False, False]
    assert browser.post(f"/inbox/{three[1].public_id}/read/", {"show": "unread"}).headers["Location"] == (
        "/inbox/?show=unread"
    )
    assert read_marks() == [True, True, False]


def test_marking_all_marks_ones_own(alice, three, browser_of) -> None:
    assert browser_of(alice).post("/inbox/read/").headers["Location"] == "/inbox/"
    assert read_marks() == [True, True, False]


def test_a_second_mark_keeps_the_first_time(alice, three) -> None:
    inbox.mark_read(alice, three[0].public_id, at=NOON)
    later = NOON.replace(hour=13)
    assert inbox.mark_read(alice, three[0].public_id, at=later).read_at == NOON


@pytest.mark.parametrize("path", ["/inbox/{}/read/", API + "{}/read/"])
def test_another_persons_notice_is_as_absent_as_none(bob, ada, three, browser_of, path: str) -> None:
    for person in (bob, ada):
        answers = [browser_of(person).post(path.format(key)) for key in (three[0].public_id, new_id())]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert read_marks() == [False, False, False]


def test_rest_lists_ones_own_with_a_cursor(alice, three, program_of) -> None:
    program = program_of(alice)
    page = program.get(API, {"limit": "1"}).json()
    assert [row["id"] for row in page["results"]] == [str(three[1].public_id)]
    assert set(page["results"][0]) == {"id", "kind", "urgency", "title", "body", "link", "time", "read_at"}
    rest = program.get(page["next"]).json()
    assert [row["id"] for row in rest["results"]] == [str(three[0].public_id)]
    assert rest["next"] is None
    inbox.mark_read(alice, three[1].public_id, at=NOON)
    unread = program.get(API, {"unread": "true"}).json()["results"]
    assert [row["id"] for row in unread] == [str(three[0].public_id)]
    assert program.get(f"{API}unread/").json() == {"unread": 1}
    assert program.get(API, {"unread": "maybe"}).json()["errors"][0]["field"] == "unread"


def test_rest_marks(alice, three, program_of) -> None:
    program = program_of(alice)
    answer = program.post(f"{API}{three[0].public_id}/read/")
    assert (answer.status_code, answer.json()["read_at"] is not None) == (200, True)
    assert program.post(f"{API}read/").json() == {"marked": 1}
    assert program.post(f"{API}read/").json() == {"marked": 0}
    assert read_marks() == [True, True, False]


def test_a_token_for_reading_marks_and_chooses_nothing(alice, three, program_of) -> None:
    program = program_of(alice, scope="read")
    body = program.get(f"{API}preferences/").json()
    answers = [
        program.post(f"{API}{three[0].public_id}/read/"),
        program.post(f"{API}read/"),
        program.put(f"{API}preferences/", body, format="json"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "insufficient_scope")] * 3
    assert program.get(API).status_code == 200
    assert read_marks() == [False, False, False]
    assert not NotificationPreference.objects.exists()


CHOICE = {
    "channels": {"info": ["email"], "warning": [], "critical": ["email", "telegram"]},
    "muted": ["order"], "time_zone": "Europe/Berlin", "quiet_from": "22:00", "quiet_until": "07:00",
}  # fmt: skip


def test_preferences_by_rest(alice, bob, program_of) -> None:
    program = program_of(alice)
    before = program.get(f"{API}preferences/").json()
    assert before["channels"]["info"] == []
    assert "email" in before["channels"]["critical"]
    assert (before["quiet_from"], before["muted"]) == (None, [])
    assert program.put(f"{API}preferences/", CHOICE, format="json").json() == CHOICE
    assert program.get(f"{API}preferences/").json() == CHOICE
    assert program_of(bob).get(f"{API}preferences/").json() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channels": {"info": ["pigeon"], "warning": [], "critical": []}}, "channels.info"),
        ({"channels": {"info": []}}, "channels.warning"),
        ({"muted": ["gossip"]}, "muted"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"quiet_until": None}, "quiet_until"),
        ({"quiet_from": "25:00"}, "quiet_from"),
    ],
)
def test_a_wrong_choice_by_rest_is_named(alice, program_of, change, field: str) -> None:
    answer = program_of(alice).put(f"{API}preferences/", CHOICE | change, format="json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not NotificationPreference.objects.exists()


def test_preferences_by_page(alice, browser_of) -> None:
    browser = browser_of(alice)
    assert browser.get("/account/notifications/").status_code == 200
    said = {"info_email": "on", "critical_email": "on", "muted": ["order"], "time_zone": "Asia/Kolkata"}
    assert browser.post("/account/notifications/", said).status_code == 302
    chosen = preferences.of(alice)
    assert chosen.channels == {"info": {"email"}, "warning": set(), "critical": {"email"}}
    assert (chosen.muted, chosen.time_zone, chosen.quiet_from) == ({"order"}, "Asia/Kolkata", None)
    refused = browser.post("/account/notifications/", said | {"quiet_from": "22:00"})
    assert refused.status_code == 422
    assert "Quiet hours need a beginning and an end." in refused.content.decode()
    assert preferences.of(alice) == chosen


def test_a_code_is_shown_once_and_a_place_removed(alice, bob, browser_of, settings) -> None:
    browser = browser_of(alice)
    assert "/start " not in browser.post("/account/notifications/telegram/").content.decode()  # there is no bot
    settings.TELEGRAM_BOT_TOKEN = "1:x"
    assert "/start " in browser.post("/account/notifications/telegram/").content.decode()
    assert "/start " not in browser.get("/account/notifications/").content.decode()
    place = places.add(user=alice, channel="telegram", address="1", label="<b>phone", at=NOON)
    assert "&lt;b&gt;phone" in browser.get("/account/notifications/").content.decode()
    forget = f"/account/notifications/places/{place.public_id}/forget/"
    assert browser_of(bob).post(forget).status_code == 404
    assert places.places_of(alice).count() == 1
    assert browser.post(forget).status_code == 302
    assert places.places_of(alice).count() == 0


def test_marking_rings_the_bells_of_the_person(alice, three, monkeypatch, django_capture_on_commit_callbacks) -> None:
    told: list[tuple[str, dict]] = []
    monkeypatch.setattr(bus, "publish", lambda group, message: told.append((group, message)))
    with django_capture_on_commit_callbacks(execute=True):
        inbox.mark_all_read(alice, at=NOON)
        inbox.mark_all_read(alice, at=NOON)
    assert told == [(f"person.{alice.pk}", {"type": "inbox.changed", "id": ""})]


def test_a_socket_is_told_the_count_and_the_newest(alice, bob, three) -> None:
    said = inbox.stream_message(alice, str(three[1].public_id))
    assert said["unread"] == 2
    assert said["notice"] == {
        "id": str(three[1].public_id), "urgency": "critical", "title": "A stop fired", "link": "",
    }  # fmt: skip
    json.dumps(said)
    assert inbox.stream_message(alice, str(three[2].public_id))["notice"] is None
    assert inbox.stream_message(bob)["unread"] == 1
