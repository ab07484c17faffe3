"""The halt's page: two steps, the receipt, the notice on every page, and lifting."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from riskdesk import halts
from trading.execution.halt import halt
from trading.models import HaltReceipt, Order, Position

WISH = {"scope": "mine", "reason": "I need to think"}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser_of(user: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def browser(world) -> Client:
    """Alice's browser."""
    return browser_of(world.alice)


def test_the_first_step_says_in_numbers_what_will_happen_and_does_nothing(world, browser, counted):
    world.place("buy", "AAPL", quantity="5")
    world.place("sell", "AAPL", quantity="5", stop_price="180", tif="gtc")
    world.place("buy", "MSFT", quantity="1", limit_price="350")
    before = counted()
    page = browser.post("/risk/halt/", WISH).content.decode()
    assert "cancel 1 open order that could add risk" in page
    assert "leave 1 exit working and 1 position as they are" in page
    page = browser.post("/risk/halt/", WISH | {"flatten": "on"}).content.decode()
    assert "close 1 position at the market" in page
    assert counted() == before


def test_the_second_step_halts_and_shows_the_receipt(world, browser):
    world.place("buy", "AAPL", quantity="5")
    world.place("buy", "MSFT", quantity="1", limit_price="350")
    answer = browser.post("/risk/halt/", WISH | {"flatten": "on", "step": "confirm"}, follow=True)
    page = answer.content.decode()
    receipt = HaltReceipt.objects.get()
    assert answer.redirect_chain == [(f"/risk/halt/{receipt.pk}/", 302)]
    assert "Done: the venue says that nothing is left" in page
    assert "0 orders rest, 0 positions held" in page
    assert not Position.objects.exclude(quantity=0).exists()
    part = browser.get(f"/risk/halt/{receipt.pk}/status/").content.decode()
    assert "<html" not in part
    assert "data-halt-moving" not in part


@pytest.mark.parametrize(
    "wish", [{"reason": ""}, {"scope": "house"}, {"scope": "c0ffee00-0000-4000-8000-000000000000"}]
)
def test_a_refused_wish_halts_nothing(world, browser, counted, wish):
    before = counted()
    answer = browser.post("/risk/halt/", WISH | wish | {"step": "confirm"})
    assert (answer.status_code, counted()) == (422, before)


def test_every_page_says_that_trading_is_halted(world, browser):
    bob = browser_of(User.objects.create_user("bob@example.com"))
    assert "data-halt-notice" not in browser.get("/portfolio/").content.decode()
    halt(scope="user", user=world.alice, actor=world.alice, reason="I need to think", clock=world.clock)
    assert "All your trading is halted</b>: I need to think" in browser.get("/portfolio/").content.decode()
    assert "data-halt-notice" not in bob.get("/portfolio/").content.decode()
    halts.impose(reason="maintenance", actor=None, clock=world.clock)
    assert "All trading in this house is halted</b>: maintenance" in bob.get("/portfolio/").content.decode()


def test_lifting_wants_a_reason_and_says_so_beside_the_field(world, browser):
    made = halt(scope="user", user=world.alice, actor=world.alice, reason="I need to think", clock=world.clock)
    answer = browser.post(f"/risk/halt/{made.pk}/lift/", {"reason": ""})
    assert (answer.status_code, halts.reasons_in_force(world.account)) == (422, ("I need to think",))
    assert "Say why, in a few words." in answer.content.decode()
    answer = browser.post(f"/risk/halt/{made.pk}/lift/", {"reason": "calm again"}, follow=True)
    assert "The halt was lifted" in answer.content.decode()
    assert halts.reasons_in_force(world.account) == ()


def test_what_an_operator_imposed_shows_no_button(world, browser):
    boss = User.objects.create_user("boss@example.com", role="superadmin")
    made = halt(scope="user", user=world.alice, actor=boss, reason="look at this", clock=world.clock)
    page = browser.get(f"/risk/halt/{made.pk}/").content.decode()
    assert "Only an operator can lift this halt." in page
    assert "by an operator" in page.lower()
    assert browser.post(f"/risk/halt/{made.pk}/lift/", {"reason": "please"}).status_code == 422
    assert halts.reasons_in_force(world.account) == ("look at this",)


def test_the_house_is_lifted_by_a_superadmin_with_the_password(world):
    boss = User.objects.create_user("boss@example.com", "a long pass phrase 9", role="superadmin")
    browser = browser_of(boss)
    browser.post("/risk/halt/", {"scope": "house", "reason": "maintenance", "step": "confirm"})
    made = HaltReceipt.objects.get()
    assert made.scope == "house"
    path = f"/risk/halt/{made.pk}/lift/"
    assert browser.post(path, {"reason": "over", "password": "guess"}).status_code == 422
    assert halts.reasons_in_force(world.account) == ("maintenance",)
    assert browser.post(path, {"reason": "over", "password": "a long pass phrase 9"}).status_code == 302
    assert halts.reasons_in_force(world.account) == ()


def test_anothers_receipt_is_not_there(world):
    made = halt(scope="user", user=world.alice, actor=world.alice, reason="I need to think", clock=world.clock)
    bob = browser_of(User.objects.create_user("bob@example.com"))
    for path in ("", "status/"):
        assert bob.get(f"/risk/halt/{made.pk}/{path}").status_code == 404
    assert bob.post(f"/risk/halt/{made.pk}/lift/", {"reason": "x"}).status_code == 404
    assert Order.objects.count() == 0
