"""Telling: once a key, to the channels that were chosen, in the caller's transaction."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts import services
from accounts.models import ChannelName, Delivery, Notification
from accounts.notifications import notify_operators, notify_people, places, preferences
from accounts.notifications.preferences import DEFAULT_CHANNELS, Preferences
from arbion.domain.errors import InvalidInput
from tests.accounts.notifications.conftest import NOON, rows, tell

pytestmark = pytest.mark.django_db

CHOICES = Preferences(time_zone="UTC", channels={"info": frozenset(), "warning": frozenset(), "critical": frozenset()})


def sent_by(user) -> set[str]:
    return set(Delivery.objects.filter(notification__user=user).values_list("channel", flat=True))


def choose(user, **changes) -> Preferences:
    facts = {"channels": DEFAULT_CHANNELS, "time_zone": "UTC"} | changes
    return preferences.choose(user, Preferences(**facts))


def link(user, *, channel: str = "telegram", address: str = "77") -> None:
    places.add(user=user, channel=ChannelName(channel), address=address, label="phone", at=NOON)


def test_the_same_key_is_one_row_of_each_person(alice, bob, channels) -> None:
    assert tell(alice, key="order:1") is not None
    assert tell(alice, key="order:1", title="Other words") is None
    assert tell(bob, key="order:1") is not None
    assert tell(alice, key="order:2") is not None
    assert rows() == (3, 6)
    assert Notification.objects.get(user=alice, key="order:1").title == "A stop fired"


def test_a_rollback_of_the_event_takes_the_notice_along(alice, channels) -> None:
    def event() -> None:
        with transaction.atomic():
            tell(alice)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        event()
    assert rows() == (0, 0)
    assert tell(alice) is not None


def test_a_process_that_must_not_wait_leaves_the_sending_to_the_outbox(
    alice, channels, settings, django_capture_on_commit_callbacks
) -> None:
    settings.NOTICES_WAIT = True
    with django_capture_on_commit_callbacks(execute=True):
        tell(alice)
    assert [fake.calls for fake in channels.values()] == [0, 0, 0, 0]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"waiting"}


def test_several_people_are_told_the_same_once_each(alice, bob, channels) -> None:
    facts = {"kind": "stop", "title": "t", "body": "b", "urgency": "warning", "key": "k", "at": NOON}
    assert [row.user for row in notify_people([bob, alice, bob], **facts)] == [alice, bob]
    assert notify_people([alice], **facts) == []


def test_nothing_is_sent_before_the_commit(alice, channels, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell(alice)
        assert [fake.calls for fake in channels.values()] == [0, 0, 0, 0]
    assert [message.title for message in channels["email"].carried] == ["A stop fired"]
    assert channels["email"].carried[0].address == "alice@example.com"
    assert channels["inside"].calls == 1


@pytest.mark.parametrize("urgency", ["info", "warning", "critical"])
@pytest.mark.parametrize("channel", ["email", "telegram", "push"])
@pytest.mark.parametrize("is_on", [True, False])
def test_the_matrix_is_kept_box_by_box(alice, channels, urgency: str, channel: str, is_on: bool) -> None:
    link(alice)
    link(alice, channel="push", address="https://push.example/1")
    others = frozenset(preferences.CHOOSABLE) - {channel}
    box = dict.fromkeys(("info", "warning", "critical"), others)
    box[urgency] = others | ({channel} if is_on else frozenset())
    choose(alice, channels=box)
    tell(alice, urgency=urgency)
    assert sent_by(alice) == {"inside", *others, *([channel] if is_on else [])}


def test_who_chose_nothing_hears_of_what_matters(alice, channels) -> None:
    tell(alice, urgency="info", key="1")
    assert sent_by(alice) == {"inside"}
    tell(alice, urgency="warning", key="2")
    assert sent_by(alice) == {"inside", "email"}


def test_a_muted_kind_stays_inside_unless_it_is_critical(alice, channels) -> None:
    choose(alice, muted=frozenset({"stop"}))
    tell(alice, kind="stop", urgency="warning", key="1")
    assert sent_by(alice) == {"inside"}
    tell(alice, kind="stop", urgency="critical", key="2")
    assert sent_by(alice) == {"inside", "email"}


def test_a_channel_that_is_not_set_up_gets_nothing(alice, channels) -> None:
    link(alice)
    channels["telegram"].is_up = False
    tell(alice)
    assert sent_by(alice) == {"inside", "email"}


def test_each_place_gets_a_delivery_of_its_own_and_a_dead_one_none(alice, channels) -> None:
    for address in ("1", "2", "3"):
        link(alice, address=address)
    dead = places.places_of(alice).first()
    type(dead).objects.filter(pk=dead.pk).update(dead_at=NOON)
    tell(alice)
    assert Delivery.objects.filter(channel="telegram").count() == 2
    assert not Delivery.objects.filter(destination=dead).exists()


def test_addresses_that_reach_nobody_get_no_mail(channels, db) -> None:
    demo = services.demo_user()
    tell(demo)
    assert sent_by(demo) == {"inside"}


def test_an_address_that_is_not_confirmed_gets_no_mail_where_that_is_asked_for(alice, channels, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    alice.emailaddress_set.update(verified=False)
    tell(alice)
    assert sent_by(alice) == {"inside"}


def test_operators_are_all_who_run_the_place(alice, ada, sue, channels) -> None:
    facts = {"kind": "monitor", "title": "The stop monitor is silent", "body": "", "urgency": "critical"}
    assert {row.user for row in notify_operators(**facts, key="monitor:1", at=NOON)} == {ada, sue}
    assert notify_operators(**facts, key="monitor:1", at=NOON) == []
    assert set(Notification.objects.values_list("user", flat=True)) == {ada.pk, sue.pk}


def test_words_are_cut_and_cleaned_rather_than_refused(alice, channels) -> None:
    told = tell(alice, title="Filled\r\nBcc: x\x00" + "y" * 200, body="\x1b[31mred\nline " + "z" * 2000, key="k" * 500)
    told.refresh_from_db()
    assert told.title.startswith("Filled Bcc: xyy")
    assert len(told.title) == 120
    assert told.title.endswith("…")
    assert told.body.startswith("[31mred\nline zz")
    assert len(told.body) == 1000
    assert len(told.key) == 120
    assert tell(alice, key="k" * 500) is None
    assert tell(alice, key="k" * 501) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"link": "https://evil.example/"}, {"link": "//evil.example/"}, {"link": "/\\evil.example"},
        {"link": "javascript:alert(1)"}, {"link": "orders/"}, {"link": "/" + "a" * 200}, {"link": "/a\nb"},
        {"kind": "Two words"}, {"kind": ""}, {"urgency": "loud"}, {"key": ""}, {"key": "a\0b"},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_mistake_of_the_program(alice, channels, wrong) -> None:
    with pytest.raises(ValueError, match=r".+"):
        tell(alice, **wrong)
    assert rows() == (0, 0)


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"channels": {"info": frozenset()}}, "channels", "invalid"),
        ({"channels": {**DEFAULT_CHANNELS, "info": frozenset({"pigeon"})}}, "channels", "invalid_choice"),
        ({"channels": {**DEFAULT_CHANNELS, "info": frozenset({"inside"})}}, "channels", "invalid_choice"),
        ({"muted": frozenset({"gossip"})}, "muted", "invalid_choice"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "invalid_choice"),
        ({"quiet_from": NOON.time()}, "quiet_until", "required"),
    ],
)
def test_a_wrong_choice_is_named_and_nothing_is_kept(alice, wrong, field: str, code: str) -> None:
    before = preferences.of(alice)
    with pytest.raises(InvalidInput) as caught:
        choose(alice, **wrong)
    assert [(error.field, error.code) for error in caught.value.errors] == [(field, code)]
    assert preferences.of(alice) == before


def test_all_off_leaves_the_inbox(alice, channels) -> None:
    preferences.choose(alice, CHOICES)
    tell(alice, urgency="critical")
    assert sent_by(alice) == {"inside"}
