"""The pages of trading: whose eyes see what, forms that keep what was typed, and refusals that move nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import Settings

from tests.trading.conftest import World
from trading.models import Order, Proposal

Counted = Callable[..., dict[str, int]]
PAGES = (
    "/desk/", "/desk/holdings/", "/desk/orders/", "/desk/alerts/",
    "/trade/AAPL/", "/trade/AAPL/position/", "/trade/AAPL/orders/",
    "/trade/AAPL/fills/", "/trade/AAPL/package/", "/orders/export/",
    "/portfolio/", "/portfolio/positions/", "/portfolio/allocation/", "/portfolio/closed/", "/orders/",
    "/cash/", "/cash/ledger/1/", "/cash/settings/", "/cash/reset/",
)  # fmt: skip
TICKET = {
    "client_order_id": "one", "side": "buy", "order_type": "market", "size_in": "units", "size": "3",
    "limit_price": "", "time_in_force": "day",
}  # fmt: skip


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", PAGES)
def test_nobody_is_sent_to_the_sign_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/account/login/?next={path}")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_itself_to_a_person(alice: Client, path: str) -> None:
    assert alice.get(path).status_code == 200


def test_the_front_door_sends_a_person_to_the_desk(alice: Client) -> None:
    assert alice.get("/").headers["Location"] == "/desk/"


def test_an_order_of_another_person_is_not_there(world: World, bob: Client, counted: Counted) -> None:
    order = world.place("buy", "AAPL", quantity="1", limit_price="100").order
    before = counted()
    found = [bob.get(f"/orders/{order.pk}/"), bob.get(f"/orders/{order.pk}/history/")]
    found.append(bob.post(f"/orders/{order.pk}/cancel/"))
    assert [answer.status_code for answer in found] == [404, 404, 404]
    order.refresh_from_db()
    assert (order.pending_request, counted()) == ("", before)


def test_review_places_nothing_and_shows_the_cost(alice: Client, counted: Counted) -> None:
    alice.get("/trade/AAPL/")
    before = counted()
    page = alice.post("/trade/AAPL/", {**TICKET, "step": "review"}).content.decode()
    assert "Confirm buy" in page
    assert "$600.03" in page
    assert counted() == before


def test_place_goes_to_the_order_and_twice_is_once(alice: Client) -> None:
    first = alice.post("/trade/AAPL/", {**TICKET, "step": "place"})
    second = alice.post("/trade/AAPL/", {**TICKET, "step": "place"})
    order = Order.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/orders/{order.pk}/"
    assert (order.quantity, order.intent.source) == (Decimal(3), "ticket")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"size": ""}, "Say how much"),
        ({"size": "0"}, "This must be above zero."),
        ({"size": "-1"}, "This must be above zero."),
        ({"size": "1e3"}, "Write a number such as 10 or 0.5."),
        ({"size": "NaN"}, "Write a number such as 10 or 0.5."),
        ({"size": "\N{ARABIC-INDIC DIGIT ONE}"}, "Write a number such as 10 or 0.5."),
        ({"size": "0.000001"}, "The size must be a multiple of 0.0001."),
        ({"order_type": "limit"}, "A limit order needs a limit price."),
        ({"order_type": "limit", "limit_price": "100.005"}, "The price must be a multiple of 0.01."),
    ],
)
@pytest.mark.parametrize("step", ["review", "place"])
def test_a_refused_ticket_keeps_what_was_typed(
    alice: Client, counted: Counted, typed: dict[str, str], reason: str, step: str
) -> None:
    alice.get("/trade/AAPL/")
    before = counted()
    answer = alice.post("/trade/AAPL/", {**TICKET, **typed, "step": step})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert reason in page
    assert f'value="{({**TICKET, **typed})["size"]}"' in page or not ({**TICKET, **typed})["size"]
    assert counted() == before


def test_a_part_of_a_page_is_only_that_part(alice: Client) -> None:
    part = alice.post("/trade/AAPL/estimate/", TICKET, headers={"X-Fragment": "1"}).content.decode()
    assert "<html" not in part
    assert "Buying power after" in part


def test_an_unknown_symbol_is_not_there(alice: Client) -> None:
    assert alice.get("/trade/NOPE/").status_code == 404


def test_a_symbol_in_small_letters_finds_its_page(alice: Client) -> None:
    assert alice.get("/trade/aapl/").headers["Location"] == "/trade/AAPL/"


def shown() -> dict[str, str]:
    """What the page's Confirm sends: the proposal and the seal of what it shows."""
    proposal = Proposal.objects.get()
    return {"id": str(proposal.pk), "hash": proposal.hash}


def test_a_sentence_becomes_a_card_and_then_an_order(alice: Client) -> None:
    answer = alice.post("/desk/say/", {"text": "buy 10 AAPL"})
    assert answer.headers["Location"] == "/desk/"
    page = alice.get("/desk/").content.decode()
    assert "Confirm buy" in page
    assert Order.objects.count() == 0
    alice.post("/desk/execute/", shown())
    order = Order.objects.get()
    assert (order.quantity, order.intent.words) == (Decimal(10), "buy 10 AAPL")
    assert f'data-order="{order.pk}"' in alice.get("/desk/").content.decode()


def test_a_proposal_is_carried_out_once(alice: Client) -> None:
    alice.post("/desk/say/", {"text": "buy 10 AAPL"})
    key = shown()
    for _ in range(2):
        part = alice.post("/desk/execute/", key, headers={"X-Fragment": "1"})
        assert part.status_code == 200
    assert Order.objects.count() == 1


@pytest.mark.parametrize("seal", ["", "0" * 64])
def test_a_page_confirms_by_the_hash_that_it_shows(alice: Client, counted: Counted, seal: str) -> None:
    alice.post("/desk/say/", {"text": "buy 10 AAPL"})
    before, given = counted(), shown()
    answer = alice.post("/desk/execute/", {"id": given["id"], "hash": seal}, headers={"X-Fragment": "1"})
    assert "not the hash of the preview" in answer.content.decode()
    assert counted() == before
    assert f'value="{given["hash"]}"' in alice.get("/desk/").content.decode()


def test_what_is_too_old_is_asked_again_on_the_page(world: World, alice: Client) -> None:
    alice.post("/desk/say/", {"text": "buy 10 AAPL"})
    old = shown()
    world.clock.advance(seconds=61)
    world.quote("AAPL", "201")
    assert "Ask again" in alice.post("/desk/execute/", old, headers={"X-Fragment": "1"}).content.decode()
    part = alice.post("/desk/again/", {"id": old["id"]}, headers={"X-Fragment": "1"}).content.decode()
    assert "201.01" in part
    assert Order.objects.count() == 0
    fresh = Proposal.objects.exclude(pk=old["id"]).get()
    alice.post("/desk/execute/", {"id": str(fresh.pk), "hash": fresh.hash})
    assert Order.objects.count() == 1


def test_each_order_of_a_proposal_counts(settings: Settings, alice: Client, counted: Counted) -> None:
    alice.post("/desk/say/", {"text": "buy 1 AAPL and buy 1 MSFT"})
    key = shown()
    settings.RATE_ORDERS = "1/m"
    before = counted()
    assert alice.post("/desk/execute/", key, headers={"X-Fragment": "1"}).status_code == 429
    alice.post("/desk/execute/", key)
    assert counted() == before
    settings.RATE_ORDERS = "2/m"
    alice.post("/desk/execute/", key)
    assert Order.objects.count() == 2


def test_a_proposal_of_another_person_is_not_there(alice: Client, bob: Client, counted: Counted) -> None:
    alice.post("/desk/say/", {"text": "buy 10 AAPL"})
    bob.get("/desk/")
    before = counted()
    key = shown()
    assert bob.post("/desk/execute/", key).status_code == 404
    assert bob.post("/desk/dismiss/", key).status_code == 404
    assert counted() == before


def test_a_dismissed_proposal_places_nothing(alice: Client, counted: Counted) -> None:
    alice.post("/desk/say/", {"text": "buy 10 AAPL"})
    before, key = counted(), shown()
    alice.post("/desk/dismiss/", key)
    alice.post("/desk/execute/", key)
    assert counted() == before
    assert "Dismissed; nothing was placed." in alice.get("/desk/").content.decode()


def test_what_was_said_is_shown_as_text(alice: Client) -> None:
    alice.post("/desk/say/", {"text": "<img src=x onerror=alert(1)>"})
    assert "<img src=x" not in alice.get("/desk/").content.decode()


def test_the_desk_says_why_an_empty_sentence_is_refused(alice: Client, counted: Counted) -> None:
    before = counted()
    part = alice.post("/desk/say/", {"text": " "}, headers={"X-Fragment": "1"})
    assert (part.status_code, part.json()["errors"][0]["field"]) == (400, "text")
    assert counted() == before


def test_orders_are_found_by_symbol_and_state(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="1", limit_price="100")
    world.place("buy", "MSFT", quantity="1", limit_price="300")
    page = alice.get("/orders/", {"symbol": "aap", "status": "open"}).content.decode()
    assert "1 AAPL" in page
    assert "1 MSFT" not in page
    assert "No order matches" in alice.get("/orders/", {"status": "filled"}).content.decode()
