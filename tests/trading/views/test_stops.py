"""Stops on the pages: what guards a position in words, its forms with and without a script, refusals beside fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import AuditEntry
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from tests.trading.conftest import World
from trading import selectors
from trading.execution.protection.attach import attach
from trading.models import Stop, StopStatus
from trading.models.stop import WatchMark
from trading.selectors.guards import where_guarded
from trading.templatetags.stops import stop_away, stop_does

Counted = Callable[..., dict[str, int]]
NEW = "/trade/AAPL/stops/new/"
FIXED = {"client_key": "one", "kind": "fixed", "price": "180", "size_in": "whole"}
PART = {"X-Fragment": "1"}


@pytest.fixture
def held(world: World) -> World:
    """Alice holds ten AAPL at 200."""
    world.place("buy", "AAPL", quantity="10")
    return world


def text(client: Client, path: str) -> str:
    """What a page says."""
    return client.get(path).content.decode()


def test_a_position_without_a_stop_says_so_with_the_way_to_one(held: World, alice: Client) -> None:
    assert "data-guards" not in text(alice, "/trade/MSFT/stops/")
    page = text(alice, "/trade/AAPL/")
    assert "No stop guards your 10 AAPL against a loss." in page
    assert f'href="{NEW}"' in page
    assert 'href="/trade/AAPL/#stops"' in text(alice, "/portfolio/")
    assert NEW in text(alice, "/risk/stops/")


def test_a_stop_is_attached_by_an_ordinary_form_once_for_its_key(held: World, alice: Client) -> None:
    for _ in range(2):
        answer = alice.post(NEW, FIXED)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/trade/AAPL/")
    stop = Stop.objects.get()
    assert (stop.kind, stop.level, stop.quantity) == ("fixed", Decimal(180), None)
    page = text(alice, "/trade/AAPL/")
    assert "Sells all 10 AAPL when the price falls to $180.00 (10.0% below)." in page
    assert "Guarded here" in page
    assert "No stop guards" not in page
    assert "AAPL" in text(alice, "/risk/stops/")


def test_a_script_gets_the_form_alone_and_a_sentence_when_it_is_done(held: World, alice: Client) -> None:
    part = alice.get(NEW, headers=PART).content.decode()
    assert "<html" not in part
    assert "data-stop-form" in part
    done = alice.post(NEW, FIXED, headers=PART)
    assert (done.status_code, "form" in done.content.decode()) == (200, False)
    assert "A stop guards AAPL." in done.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "fixed", "price": "180"}, "Sells all 10 AAPL when the price falls to $180.00 (10.0% below)."),
        ({"kind": "percent", "percent": "5"}, "falls to $190.01 (5.0% below), 5% below the entry at $200.01."),
        ({"kind": "trail_amount", "amount": "8"}, "falls to $192.00 (4.0% below), $8.00 behind the best price so far"),
        ({"kind": "trail_percent", "percent": "2.5"}, "falls to $195.00 (2.5% below), 2.50% behind the best price"),
        ({"kind": "take_profit", "target_in": "price", "price": "220"}, "rises to $220.00 (10.0% above)."),
        ({"kind": "take_profit", "target_in": "percent", "percent": "20"}, "rises to $240.0"),
        ({"kind": "break_even", "percent": "5"}, "once it has been at $210.0"),
        ({"kind": "break_even", "percent": "5", "price": "190"}, "falls to $190.00 (5.0% below); once the price has"),
        ({"kind": "time", "closes_at": "2026-11-20T15:45"}, "Sells all 10 AAPL on 20 Nov 2026 at 15:45 ET."),
        ({"kind": "fixed", "price": "180", "size_in": "part", "quantity": "4"}, "Sells 4 AAPL when the price falls"),
    ],
)
def test_each_kind_is_previewed_in_words_and_nothing_moves(
    held: World, alice: Client, counted: Counted, asked: dict[str, str], words: str
) -> None:
    before = counted()
    said = alice.post("/trade/AAPL/stops/preview/", {"size_in": "whole", **asked}).content.decode()
    assert words in said
    page = alice.post(NEW, {"size_in": "whole", **asked, "step": "preview"})
    assert (page.status_code, words in page.content.decode()) == (200, True)
    assert counted() == before
    assert not AuditEntry.objects.filter(action__startswith="risk.stop").exists()


def test_figures_of_another_kind_are_forgotten(held: World, alice: Client) -> None:
    alice.post(NEW, {**FIXED, "percent": "5", "amount": "3", "closes_at": "soon", "quantity": "4"})
    assert not Stop.objects.exists(), "a time that is none is refused, whatever the kind"
    alice.post(NEW, {**FIXED, "percent": "5", "amount": "3", "quantity": "4"})
    stop = Stop.objects.get()
    assert (stop.price, stop.percent, stop.amount, stop.quantity) == (Decimal(180), None, None, None)


@pytest.mark.parametrize(
    ("asked", "field", "reason"),
    [
        ({"price": "201"}, "price", "At 200 it would go off at once: its level must be below the price."),
        ({"price": ""}, "price", "A stop of this kind needs this."),
        ({"price": "cheap"}, "price", "Write a number"),
        ({"kind": "percent", "percent": "100"}, "percent", "A price cannot fall by 100 percent"),
        ({"kind": "take_profit", "target_in": "percent", "percent": ""}, "percent", "Give the target"),
        ({"kind": "time", "closes_at": "2026-11-20T09:00"}, "closes_at", "This time has passed."),
        ({"kind": "time", "closes_at": "tomorrow"}, "closes_at", "Write a date and a time"),
        ({"size_in": "part"}, "quantity", "Say how much of the position."),
        ({"size_in": "part", "quantity": "11"}, "quantity", "The position has 10."),
        ({"kind": "magic"}, "kind", "Select a valid choice"),
    ],
)
@pytest.mark.usefixtures("held")
def test_what_cannot_guard_is_refused_beside_its_field_and_moves_nothing(
    alice: Client, counted: Counted, asked: dict[str, str], field: str, reason: str
) -> None:
    before = counted()
    answer = alice.post(NEW, {**FIXED, **asked})
    beside = answer.content.decode().split(f'id="stop_{field}_error"')[1].split("</div>")[0]
    assert answer.status_code == 422
    assert reason in beside
    said = alice.post("/trade/AAPL/stops/preview/", {**FIXED, **asked}).content.decode()
    is_unfilled = "" in asked.values() or asked == {"size_in": "part"}
    assert ("Fill it in" if is_unfilled else reason) in said
    assert counted() == before


def test_without_a_fresh_price_nothing_is_attached_and_the_reason_stands_above(held: World, alice: Client) -> None:
    held.clock.advance(seconds=60)
    answer = alice.post(NEW, FIXED)
    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert not Stop.objects.exists()


def test_nothing_held_is_nothing_to_guard(world: World, alice: Client, counted: Counted) -> None:
    before = counted()
    assert "nothing to guard" in text(alice, NEW)
    assert alice.post(NEW, FIXED).status_code == 422
    assert counted() == before


def test_a_stop_is_changed_and_its_form_comes_filled_in(held: World, alice: Client) -> None:
    alice.post(NEW, {**FIXED, "size_in": "part", "quantity": "4"})
    stop = Stop.objects.get()
    path = f"/risk/stops/{stop.pk}/"
    page = text(alice, path)
    assert 'value="180"' in page
    assert 'value="4"' in page
    refused = alice.post(path, {"kind": "fixed", "price": "300", "size_in": "whole"})
    assert (refused.status_code, "it would go off at once" in refused.content.decode()) == (422, True)
    stop.refresh_from_db()
    assert (stop.level, stop.version) == (Decimal(180), 0)
    assert alice.post(path, {"kind": "trail_percent", "percent": "5", "size_in": "whole"}).status_code == 302
    stop.refresh_from_db()
    assert (stop.kind, stop.level, stop.quantity) == ("trail_percent", Decimal(190), None)
    assert AuditEntry.objects.filter(action="risk.stop_changed").count() == 1


def test_a_time_comes_back_by_the_markets_clock(held: World, alice: Client) -> None:
    alice.post(NEW, {**FIXED, "kind": "time", "closes_at": "2026-11-20T15:45"})
    stop = Stop.objects.get()
    assert stop.closes_at == datetime(2026, 11, 20, 20, 45, tzinfo=UTC)
    assert 'value="2026-11-20T15:45"' in text(alice, f"/risk/stops/{stop.pk}/")


def test_taking_a_stop_away_is_asked_once_more(held: World, alice: Client) -> None:
    alice.post(NEW, FIXED)
    stop = Stop.objects.get()
    path = f"/risk/stops/{stop.pk}/cancel/"
    assert "Take this stop away?" in text(alice, path)
    stop.refresh_from_db()
    assert stop.status == StopStatus.GUARDING
    assert alice.post(path).status_code == 302
    stop.refresh_from_db()
    assert stop.status == StopStatus.CANCELED
    assert "no longer stands" in text(alice, path)
    assert "No stop guards" in text(alice, "/trade/AAPL/")


def test_another_persons_stop_is_not_there(held: World, alice: Client, bob: Client, counted: Counted) -> None:
    alice.post(NEW, FIXED)
    stop = Stop.objects.get()
    bob.get("/desk/")
    before = counted()
    for path in (f"/risk/stops/{stop.pk}/", f"/risk/stops/{stop.pk}/cancel/"):
        assert [bob.get(path).status_code, bob.post(path, FIXED).status_code] == [404, 404]
    assert "data-stop" not in text(bob, "/trade/AAPL/stops/") + text(bob, "/risk/stops/")
    stop.refresh_from_db()
    assert (stop.version, counted()) == (0, before)


def test_the_price_of_a_break_even_stop_can_be_emptied_again(held: World, alice: Client) -> None:
    even = {**FIXED, "kind": "break_even", "percent": "5", "price": "190"}
    alice.post(NEW, even)
    stop = Stop.objects.get()
    assert (stop.price, stop.level) == (Decimal(190), Decimal(190))
    path = f"/risk/stops/{stop.pk}/"
    # What a kind needs cannot be emptied, and nothing changes then.
    refused = alice.post(path, even | {"percent": ""})
    assert (refused.status_code, "A stop of this kind needs this." in refused.content.decode()) == (422, True)
    stop.refresh_from_db()
    assert (stop.percent, stop.version) == (Decimal(5), 0)
    assert alice.post(path, even | {"price": ""}).status_code == 302
    stop.refresh_from_db()
    assert (stop.price, stop.level, stop.percent) == (None, None, Decimal(5))
    assert 'name="price" value' not in text(alice, path)


def test_what_went_off_stands_there_with_its_exit(held: World, alice: Client) -> None:
    alice.post(NEW, FIXED)
    exit_order = held.place("sell", "AAPL", quantity="10").order
    now = held.clock.now()
    Stop.objects.update(
        status=StopStatus.DONE, triggered_at=now, triggered_price=Decimal("179.9"), ended_at=now, order=exit_order
    )
    page = text(alice, "/trade/AAPL/stops/")
    assert "Went off at $179.90; its level was $180.00." in page
    assert f"/orders/{exit_order.pk}/" in page
    assert "filled 10 at 199.99" in page
    held.clock.advance(seconds=25 * 3600)
    assert "data-stop" not in text(alice, "/trade/AAPL/stops/")


def test_nobody_watching_is_said(held: World, alice: Client) -> None:
    alice.post(NEW, FIXED)
    assert "Nobody has looked at prices of late" in text(alice, "/trade/AAPL/")
    WatchMark.objects.create(at=held.clock.now())
    assert "Nobody has looked" not in text(alice, "/trade/AAPL/") + text(alice, "/risk/")
    held.clock.advance(seconds=selectors.watch_age_max().total_seconds() + 1)
    assert "Nobody has looked at prices of late" in text(alice, "/risk/stops/")


def test_a_target_or_a_time_alone_does_not_guard_against_a_loss(held: World, alice: Client) -> None:
    alice.post(NEW, {**FIXED, "kind": "take_profit", "target_in": "price", "price": "220"})
    alice.post(NEW, {**FIXED, "client_key": "two", "kind": "break_even", "percent": "5", "price": ""})
    assert "No stop guards" in text(alice, "/trade/AAPL/stops/")
    alice.post(NEW, {**FIXED, "client_key": "three"})
    assert "No stop guards" not in text(alice, "/trade/AAPL/stops/")


def test_a_short_position_is_bought_back_when_the_price_rises(world: World, alice: Client) -> None:
    alice.post("/cash/settings/", {"name": "Practice", "fill_model": "ideal", "margin": "on", "lot_method": "fifo"})
    world.account.refresh_from_db()
    world.place("sell", "AAPL", quantity="5")
    made, _ = attach(
        world.account, user=world.alice, instrument=Instrument.objects.get(symbol="AAPL"), kind=StopKind.FIXED,
        client_key="k", price=Decimal(220), clock=world.clock,
    )  # fmt: skip
    view = selectors.standing_views(world.alice)[0]
    assert stop_does(view) == "Buys back all 5 AAPL when the price rises to $220.00 (10.0% above)."
    assert stop_away(view) == "10.0% above"
    assert where_guarded(made) == "Guarded here"
    made.status = StopStatus.DONE
    assert where_guarded(made) == ""
