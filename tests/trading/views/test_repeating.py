"""Repeating orders on their pages, without a script: looked at first, kept, changed, paused and ended."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.trading.conftest import World
from trading.models import RepeatingOrder
from trading.schedules.running import place_all_due

NEW = "/orders/repeating/new/"
FORM = {
    "client_key": "k", "symbol": "btc-usd", "side": "buy", "size_in": "money", "size": "100", "interval": "week",
    "weekday": "monday", "day_of_month": "", "time": "", "count_max": "",
}  # fmt: skip


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.fixture
def weekly(world: World, alice: Client) -> RepeatingOrder:
    """Alice's hundred dollars of bitcoin a week, set up on the page."""
    assert alice.post(NEW, FORM | {"step": "keep"}).status_code == 302
    return RepeatingOrder.objects.get()


def test_an_empty_list_says_what_to_do_first(alice: Client) -> None:
    page = text(alice, "/orders/repeating/")
    assert "Nothing repeats yet" in page
    assert NEW in page
    assert "/orders/repeating/" in text(alice, "/orders/")


def test_what_it_would_do_is_shown_before_it_is_kept(alice: Client) -> None:
    page = alice.post(NEW, FORM).content.decode()
    assert "every Monday at 09:35 New York time" in page
    assert "2026-11-23 14:35:00 UTC" in page
    assert "Start repeating" in page
    assert not RepeatingOrder.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": ""}, "Say how much each time."),
        ({"size": "-5"}, "This must be above zero."),
        ({"symbol": "NOPE"}, "NOPE"),
        ({"interval": "month", "day_of_month": "40"}, "Write a day from 1 to 31."),
        ({"time": "25:00"}, "Write a time such as 09:35."),
        ({"account": "5f0c2f0e-3a54-4f2b-9d3c-8a8d2a6c1f3e"}, "There is no such account"),
    ],
)
def test_what_cannot_be_kept_stays_in_the_form_with_the_reason(alice: Client, change, said) -> None:
    answer = alice.post(NEW, FORM | change | {"step": "keep"})
    assert answer.status_code in {404, 422}
    assert answer.status_code == 404 or said in answer.content.decode()
    assert not RepeatingOrder.objects.exists()


def test_it_is_kept_once_and_runs(world: World, alice: Client, weekly: RepeatingOrder) -> None:
    alice.post(NEW, FORM | {"step": "keep"})
    assert RepeatingOrder.objects.count() == 1
    world.until(weekly.next_run)
    world.quote("BTC-USD", "50000")
    place_all_due(clock=world.clock)
    order = weekly.runs.get().order
    for path in ("/orders/repeating/", f"/orders/repeating/{weekly.pk}/"):
        page = text(alice, path)
        assert f"/orders/{order.pk}/" in page
        assert "Placed" in page
    assert "Schedule" in text(alice, "/orders/")


def test_it_is_paused_resumed_and_ended(alice: Client, weekly: RepeatingOrder) -> None:
    own = f"/orders/repeating/{weekly.pk}/"
    for verb, state in (("pause", "paused"), ("resume", "active")):
        assert alice.post(f"{own}{verb}/").status_code == 302
        weekly.refresh_from_db()
        assert weekly.state == state
    assert alice.post(f"{own}end/").status_code == 302
    page = text(alice, own)
    assert "Ended by you." in page
    assert "Save changes" not in page


CHANGE = {
    "size": "100", "interval": "week", "weekday": "monday", "day_of_month": "", "time": "09:35", "count_max": "",
    "ends_on": "",
}  # fmt: skip


def test_its_day_time_size_and_end_are_changed_on_its_page(alice: Client, weekly: RepeatingOrder) -> None:
    own = f"/orders/repeating/{weekly.pk}/"
    changed = CHANGE | {
        "size": "250", "interval": "month", "day_of_month": "27", "time": "11:05", "count_max": "6",
        "ends_on": "2027-03-31",
    }  # fmt: skip
    assert alice.post(f"{own}change/", changed).status_code == 302
    page = text(alice, own)
    for shown in (
        "$250.00 of BTC-USD", "On the 27th of every month at 11:05 New York time", "2026-11-27 16:05:00 UTC",
        "0 placed of 6, last day Wed 31 Mar 2027", 'value="27"', 'value="11:05"', 'value="2027-03-31"',
    ):  # fmt: skip
        assert shown in page, shown
    weekly.refresh_from_db()
    end = weekly.ends_at
    # What stays as it was on the form stays as it was, and an emptied end is none.
    assert alice.post(f"{own}change/", changed | {"count_max": ""}).status_code == 302
    weekly.refresh_from_db()
    assert (weekly.ends_at, weekly.count_max) == (end, None)
    assert alice.post(f"{own}change/", CHANGE).status_code == 302
    weekly.refresh_from_db()
    assert (weekly.ends_at, weekly.interval, weekly.weekday) == (None, "week", 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": "zero"}, "Write a number such as 10 or 0.5."),
        ({"size": "0"}, "This must be above zero."),
        ({"interval": "month", "day_of_month": "32"}, "Write a day from 1 to 31."),
        ({"time": "25:00"}, "Write a time such as 09:35."),
        ({"count_max": "0"}, "Write how many, or leave it empty."),
        ({"ends_on": "2026-11-02"}, "This date has passed."),
        ({"ends_on": "2026-11-21"}, "It would never be placed"),
        ({"ends_on": "soon"}, "Write a date such as 2027-01-31."),
    ],
)
def test_a_change_that_is_refused_says_why_beside_its_field_and_changes_nothing(
    alice: Client, weekly: RepeatingOrder, change, said
) -> None:
    before = RepeatingOrder.objects.values().get()
    answer = alice.post(f"/orders/repeating/{weekly.pk}/change/", CHANGE | {"size": "70"} | change)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert "$100.00 of BTC-USD" in page
    assert RepeatingOrder.objects.values().get() == before


def test_a_new_one_may_have_a_last_day(alice: Client) -> None:
    page = alice.post(NEW, FORM | {"ends_on": "2026-12-31"}).content.decode()
    assert "Thu 31 Dec 2026" in page
    assert alice.post(NEW, FORM | {"ends_on": "2026-12-31", "step": "keep"}).status_code == 302
    assert RepeatingOrder.objects.get().ends_at.isoformat() == "2027-01-01T04:59:59+00:00"


def test_it_is_nobody_else_s(bob: Client, weekly: RepeatingOrder) -> None:
    own = f"/orders/repeating/{weekly.pk}/"
    assert bob.get(own).status_code == 404
    assert bob.post(f"{own}end/").status_code == 404
    assert bob.post(f"{own}change/", CHANGE | {"size": "7"}).status_code == 404
    weekly.refresh_from_db()
    assert (weekly.state, weekly.instruction["notional"]) == ("active", "100")
