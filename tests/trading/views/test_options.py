"""Options on the pages: one contract by the ticket, several legs by theirs, exercise, and what each refuses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from arbion.domain.enums import PositionEffect
from tests.trading.conftest import World
from trading.models import OptionExercise, Order, Stop

Counted = Callable[..., dict[str, int]]
PACKAGE = {"client_order_id": "p", "order_type": "market", "size": "1", "time_in_force": "day", "net": "pay"}


@pytest.fixture
def calls(world: World, alice: Client) -> list[str]:
    """The symbols of two calls at and above the money, weeks away."""
    del world
    path = "/api/v1/instruments/AAPL/chain/"
    day = alice.get(path).json()["expirations"][3]
    rows = alice.get(path, {"expiration": day}).json()["rows"]
    above = [row["call"]["symbol"] for row in rows if row["call"] and Decimal(row["strike"]) >= 200]
    return above[:2]


def package(client: Client, legs: list[str], **typed: str) -> Any:
    """Send the ticket of these legs."""
    return client.post("/trade/AAPL/package/", {**PACKAGE, "leg": legs, "step": "place", **typed})


def test_a_contract_is_opened_and_closed(alice: Client, calls: list[str]) -> None:
    bare = {"order_type": "market", "size_in": "units", "size": "1", "time_in_force": "day", "step": "place"}
    path = f"/trade/{calls[0]}/"
    page = alice.get(path).content.decode()
    assert "Contracts" in page
    assert "To open" in page
    alice.post(path, {**bare, "client_order_id": "1", "side": "buy", "effect": "open"})
    order = Order.objects.get()
    assert (order.status, order.effect, order.instrument.symbol) == ("filled", "open", calls[0])
    assert "Exercise now" in alice.get(path).content.decode()
    alice.post(path, {**bare, "client_order_id": "2", "side": "sell", "effect": "close"})
    assert Order.objects.latest("created_at", "version").instrument.symbol == calls[0]
    assert "Sell to close" in alice.get("/orders/").content.decode()


def test_a_vertical_is_shown_reviewed_and_placed_once(alice: Client, calls: list[str], counted: Counted) -> None:
    low, high = calls
    legs = [f"buy:1:{low}", f"sell:1:{high}"]
    page = alice.get("/trade/AAPL/package/", {"leg": legs}).content.decode()
    assert page.count("1 contract<") == 2
    before = counted()
    assert "Confirm package" in package(alice, legs, step="review").content.decode()
    assert counted() == before
    first, second = package(alice, legs), package(alice, legs)
    order = Order.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/orders/{order.pk}/"
    assert (order.is_package, order.status, order.legs.count()) == (True, "filled", 2)
    assert "Each package" in alice.get(f"/orders/{order.pk}/").content.decode()


def test_a_net_price_is_paid_or_received(alice: Client, calls: list[str]) -> None:
    low, high = calls
    package(alice, [f"sell:1:{low}", f"buy:1:{high}"], order_type="limit", limit_price="99", net="receive")
    order = Order.objects.get()
    assert (order.limit_price, order.status) == (Decimal(-99), "accepted")
    assert "Limit 99.00 received" in alice.get("/orders/").content.decode()


@pytest.mark.parametrize(
    ("legs", "typed", "reason"),
    [
        ([], {}, "Choose two to four legs"),
        (["buy:1:{0}"], {}, "Choose two to four legs"),
        (["hold:1:{0}", "sell:1:{1}"], {}, "A leg is written side:ratio:symbol"),
        (["buy:x:{0}", "sell:1:{1}"], {}, "A leg is written side:ratio:symbol"),
        (["buy:0:{0}", "sell:1:{1}"], {}, "ratio"),
        (["buy:1:AAPL991231C00001000", "sell:1:{1}"], {}, "alert alert-error"),
        (["buy:1:{0}", "sell:1:{0}"], {}, "another contract"),
        (["buy:1:{0}", "sell:1:{1}"], {"size": ""}, "Say how many packages."),
        (["buy:1:{0}", "sell:1:{1}"], {"order_type": "limit", "limit_price": "-1"}, "without a sign"),
        (["buy:1:{0}", "sell:1:{1}"], {"order_type": "limit", "limit_price": ""}, "needs a limit price"),
    ],
)
def test_a_package_that_cannot_be_places_nothing(
    alice: Client, calls: list[str], counted: Counted, legs: list[str], *, typed: dict[str, str], reason: str
) -> None:
    alice.get("/trade/AAPL/package/", {"leg": [f"buy:1:{calls[0]}", f"sell:1:{calls[1]}"]})
    before = counted()
    answer = package(alice, [leg.format(*calls) for leg in legs], **typed)
    assert (answer.status_code, counted()) == (422, before)
    if legs:
        assert reason in answer.content.decode()


def test_what_is_not_held_is_not_exercised(alice: Client, calls: list[str], counted: Counted) -> None:
    path = f"/trade/{calls[0]}/exercise/"
    alice.get(f"/trade/{calls[0]}/")
    before = counted()
    for quantity in ("1", "0", "", "x"):
        assert alice.post(path, {"client_order_id": "e", "quantity": quantity}).status_code == 422, quantity
    assert counted() == before


def test_what_a_stop_holds_is_exercised_only_after_it_was_taken_away_and_the_page_leads_there(
    world: World, alice: Client, calls: list[str]
) -> None:
    path = f"/trade/{calls[0]}/"
    bare = {"order_type": "market", "size_in": "units", "size": "1", "time_in_force": "day", "step": "place"}
    alice.post(path, {**bare, "client_order_id": "1", "side": "buy", "effect": "open"})
    resting = world.place("sell", calls[0], quantity="1", effect=PositionEffect.CLOSE, limit_price="900").order
    now = world.clock.now()
    stop = Stop.objects.create(
        account=world.account, instrument=resting.instrument, client_key="s", kind="take_profit", is_long=True,
        price=Decimal(900), entry=Decimal(5), level=Decimal(900), resting=resting, splits_until=now, created_at=now,
        updated_at=now,
    )  # fmt: skip
    refused = alice.post(f"{path}exercise/", {"client_order_id": "e", "quantity": "1"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "take the stop away first, then exercise" in page
    form = page.split("Exercise now")[1].split("</form>")[0]
    assert f'href="/risk/stops/{stop.pk}/cancel/"' in form
    assert not OptionExercise.objects.exists()
