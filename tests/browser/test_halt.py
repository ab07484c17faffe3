"""The halt in a browser, wide and on a phone: two steps, the receipt, the notice, and back again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.test_accessible import AXE
from tests.browser.trader import WITHIN_MS, Trader

pytestmark = pytest.mark.browser

SIZES = {"wide": (1280, 800), "phone": (390, 844)}


@pytest.fixture(params=list(SIZES))
def trader(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Trader]:
    """A new person in a window of each size."""
    found = Trader(open_window(chromium, site, size=SIZES[request.param]))
    found.sign_up(f"halt-{request.param}@example.test")
    yield found
    found.page.context.close()


def test_halt_read_the_receipt_and_go_on(trader: Trader) -> None:
    """Something held and something resting: the halt closes and cancels, the receipt says so, and is lifted."""
    page = trader.page
    trader.open("KO")
    trader.fill(size="2")
    trader.place("Confirm buy")
    trader.becomes("filled")
    trader.open("PEP")
    trader.choose("Limit")
    trader.fill(size="1", limit=trader.away("-10%", trader.last("PEP")))
    trader.place("Confirm buy")
    trader.becomes("accepted")

    trader.visit.go("/risk/halt/")
    expect(page.get_by_text("Nothing is halted")).to_be_visible()
    page.get_by_label("Why", exact=True).fill("I need to think")
    page.get_by_label("Also close everything").check()
    page.get_by_role("button", name="Halt …").press("Enter")
    said = page.get_by_role("form", name="Confirm the halt")
    expect(said).to_contain_text("cancel 1 open order that could add risk")
    expect(said).to_contain_text("close 1 position at the market")
    page.get_by_role("button", name="Halt and close everything").click()
    page.wait_for_url("**/risk/halt/*-*/")
    expect(page.locator("[data-halt]")).to_contain_text("Done: the venue says that nothing is left", timeout=WITHIN_MS)
    expect(page.locator("[data-halt]")).to_contain_text("0 orders rest, 0 positions held")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.evaluate(AXE.read_text())
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
    assert [violation["id"] for violation in result["violations"]] == []

    trader.visit.go("/portfolio/")
    expect(page.locator("[data-halt-notice]")).to_contain_text("All your trading is halted: I need to think")
    assert [order["status"] for order in trader.orders("PEP")] == ["canceled"]
    trader.open("KO")
    trader.fill(size="1")
    expect(trader.ticket.locator("[data-estimate]")).to_contain_text("Trading is halted", timeout=WITHIN_MS)
    page.get_by_role("link", name="See the halt").click()
    page.get_by_role("link", name="Receipt, and how to lift it").click()
    page.get_by_label("Why it may go on").fill("calm again")
    page.get_by_role("button", name="Lift the halt").click()
    expect(page.locator("[data-halt]")).to_contain_text("Lifted")
    expect(page.locator("[data-halt-notice]")).to_have_count(0)
    trader.visit.go("/risk/halt/")
    expect(page.get_by_text("Nothing is halted")).to_be_visible()
    assert trader.complaints == []
