"""Orders that depend on each other, short sales and options by the ticket, from placing to the last cancel."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.trader import WITHIN_MS, Trader

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def trader(site: Site, chromium: Browser) -> Iterator[Trader]:
    """One person for all journeys here."""
    found = Trader(open_window(chromium, site, size=(1440, 900)))
    found.sign_up("groups@example.test")
    yield found
    found.page.context.close()


def test_a_bracket_guards_what_was_bought(trader: Trader) -> None:
    """The entry fills, its stop loss and its take profit come to work, one is changed, both are canceled."""
    trader.open("JNJ")
    trader.choose("Bracket")
    trader.fill(size="4", stop_loss="10", take_profit="10")
    trader.place("Confirm buy")
    trader.becomes("filled")
    expect(trader.working.locator("[data-state=accepted]")).to_have_count(2, timeout=WITHIN_MS)
    expect(trader.working).to_contain_text("Stop loss")
    expect(trader.working).to_contain_text("Take profit")
    trader.edit("Limit price", trader.away("+12%", trader.last("JNJ")), row="Take profit")
    trader.cancel_all()
    roles = {order["status"] for order in trader.orders("JNJ")}
    assert roles == {"filled", "canceled"}
    assert trader.complaints == []


def test_one_cancels_the_other(trader: Trader) -> None:
    """Two sales of the same units: one is brought to the market and fills, so the other is canceled."""
    trader.open("PG")
    trader.fill(size="3")
    trader.place("Confirm buy")
    trader.becomes("filled")
    trader.open("PG")
    last = trader.last("PG")
    trader.choose("Sell", "Limit", "Second order")
    trader.fill(size="3", limit=trader.away("+8%", last), second_stop=trader.away("-8%", last))
    trader.place("Confirm sell")
    expect(trader.working.locator("[data-state=accepted]")).to_have_count(2, timeout=WITHIN_MS)
    trader.edit("Limit price", trader.away("-1%", last), row="Limit")
    expect(trader.ticket.locator("[data-state=filled]")).to_have_count(1, timeout=WITHIN_MS)
    expect(trader.ticket.locator("[data-state=canceled]")).to_have_count(1, timeout=WITHIN_MS)
    expect(trader.working).to_contain_text("No open orders", timeout=WITHIN_MS)
    trader.visit.go("/orders/?symbol=PG")
    expect(trader.page.get_by_label("Your orders").get_by_text("One of two")).to_have_count(2)
    assert trader.complaints == []


def test_a_short_sale_needs_margin_and_is_covered(trader: Trader) -> None:
    """Switched on in the settings, sold short with security set aside, bought back."""
    trader.open("DIS")
    trader.choose("Sell")
    trader.fill(size="5")
    expect(trader.ticket.locator("[data-estimate]")).to_contain_text("Refused", timeout=WITHIN_MS)
    trader.ticket.get_by_role("link", name="account settings").click()
    trader.page.get_by_label("May sell short").check()
    trader.page.get_by_role("button", name="Save settings").click()
    expect(trader.page.get_by_role("status").first).to_contain_text("were changed")
    trader.open("DIS")
    trader.choose("Sell short")
    trader.fill(size="5")
    trader.place("Confirm sell short")
    trader.becomes("filled")
    trader.visit.go("/cash/")
    expect(trader.page.locator("[data-field=security]")).to_contain_text(re.compile(r"\$[1-9]"))
    trader.visit.go("/portfolio/")
    expect(trader.page.locator('details[data-position="DIS"]')).to_contain_text("Short")
    trader.open("DIS")
    trader.choose("Buy to cover", "%")
    trader.fill(size="100")
    trader.place("Confirm buy to cover")
    trader.becomes("filled")
    expect(trader.page.locator('[aria-labelledby="position-title"]')).to_contain_text(
        "You hold no DIS", timeout=WITHIN_MS
    )
    assert trader.complaints == []


def test_an_option_is_bought_and_sold(trader: Trader) -> None:
    """One contract, to open and to close."""
    symbol = trader.calls("AAPL")[0]["symbol"]
    trader.open(symbol)
    expect(trader.page.get_by_role("heading", level=1)).to_contain_text("AAPL")
    trader.fill(size="1")
    trader.place("Confirm buy")
    trader.becomes("filled")
    trader.open(symbol)
    expect(trader.page.locator('[aria-labelledby="position-title"]')).to_contain_text("1 contract")
    trader.choose("Sell")
    expect(trader.ticket.get_by_role("radio", name="To close")).to_be_checked()
    trader.fill(size="1")
    trader.place("Confirm sell")
    trader.becomes("filled")
    assert trader.complaints == []


def test_a_vertical_fills_as_one(trader: Trader) -> None:
    """A lower call bought, a higher one sold: one net price, both legs at once."""
    low, high = (call["symbol"] for call in trader.calls("AAPL"))
    trader.visit.go(f"/trade/AAPL/package/?leg=buy:1:{low}&leg=sell:1:{high}")
    trader.choose("Market")
    expect(trader.ticket.locator("[data-estimate]")).to_contain_text("Estimated cost", timeout=WITHIN_MS)
    trader.place("Confirm package")
    trader.becomes("filled")
    trader.ticket.get_by_role("link", name="Timeline").click()
    legs = trader.page.locator('[aria-labelledby="legs-title"]')
    expect(legs.locator("tbody tr")).to_have_count(2)
    trader.visit.go("/portfolio/")
    expect(trader.page.locator(f'details[data-position="{high}"]')).to_contain_text("Short")
    assert trader.complaints == []
