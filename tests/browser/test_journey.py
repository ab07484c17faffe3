"""The journey that Arbion is for: sign up, say it, see what it costs, confirm, watch it fill; then sell half of it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site, Visit, open_window

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
OPENING = Decimal(100000)
FILLED_WITHIN_MS = 30_000


@pytest.mark.parametrize("size", SIZES)
def test_a_sentence_becomes_a_filled_order(site: Site, chromium: Browser, size: str) -> None:
    """Sign up, "buy 10 apple", preview, confirm, filled, position live, "sell half of it", the ledger adds up."""
    visit = open_window(chromium, site, size=SIZES[size])
    page = visit.page
    _sign_up(visit, f"{size}@example.test")
    expect(page.locator("[data-portfolio]").first).to_contain_text("$100,000.00")

    card = _say(page, "buy 10 apple")
    expect(card).to_contain_text("10 AAPL")
    expect(card).to_contain_text("Buying power")
    expect(card).to_contain_text(re.compile(r"All \d+ risk checks pass"))
    assert _rest(page, "/api/v1/orders/")["results"] == [], "nothing is placed before it is confirmed"
    _confirm(page, "Confirm buy")
    row = page.locator('.desk-holdings [data-position="AAPL"]')
    expect(row.locator('[data-field="quantity"]')).to_have_text("10")

    price = row.locator('[data-field="last"]')
    before = price.inner_text()
    expect(price).not_to_have_text(before, timeout=FILLED_WITHIN_MS)

    card = _say(page, "sell half of it")
    expect(card).to_contain_text("5 AAPL")
    _confirm(page, "Confirm sell")
    expect(row.locator('[data-field="quantity"]')).to_have_text("5")

    _books_add_up(page)
    checked = site.manage("check_books")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], "nothing sticks out at the side"
    assert visit.said == [], "the console is silent"
    page.context.close()


def test_the_ticket_reviews_before_it_places(site: Site, chromium: Browser) -> None:
    """A limit order far below the market: estimate, review, confirm, working, canceled from the page of the symbol."""
    visit = open_window(chromium, site, size=SIZES["desktop"])
    page = visit.page
    _sign_up(visit, "ticket@example.test")
    visit.go("/trade/MSFT/")
    legend = page.locator("[data-legend]")
    expect(legend).to_contain_text("Vol")
    drawn = legend.inner_text()
    ticket = page.locator("[data-ticket]")
    ticket.get_by_text("Limit", exact=True).first.click()
    ticket.get_by_label("Size", exact=True).fill("3")
    ticket.get_by_label("Limit price", exact=True).fill("20")
    expect(ticket.locator("[data-estimate]")).to_contain_text("$60.")
    ticket.get_by_role("button", name="Review order").click()
    ticket.get_by_role("button", name="Confirm buy").click()
    expect(ticket).to_contain_text("Your order is on its way.")
    working = page.locator('[aria-labelledby="working-title"]')
    expect(working.locator("[data-state=accepted]")).to_be_visible(timeout=FILLED_WITHIN_MS)
    working.get_by_role("button", name="Cancel buy 3 MSFT").click()
    expect(working).to_contain_text("No open orders", timeout=FILLED_WITHIN_MS)
    expect(legend, "the forming candle moves").not_to_have_text(drawn, use_inner_text=True, timeout=FILLED_WITHIN_MS)
    orders = _rest(page, "/api/v1/orders/?symbol=MSFT")["results"]
    assert [(order["status"], order["filled_quantity"]) for order in orders] == [("canceled", "0")]
    assert visit.said == []
    page.context.close()


def test_the_desk_works_without_javascript(site: Site, chromium: Browser) -> None:
    """The same conversation and the same order by ordinary forms."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address)
    page.get_by_role("button", name="Try the demo account").click()
    page.get_by_label("Tell the desk what to do").fill("buy 2 microsoft")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Confirm buy").click()
    expect(page.locator(".talk-log [data-order]").last).to_contain_text("2 MSFT")
    page.goto(f"{site.address}/trade/AAPL/")
    page.get_by_label("Size", exact=True).fill("0")
    page.get_by_role("button", name="Review order").click()
    expect(page.locator("#id_size_error")).to_contain_text("above zero")
    expect(page.get_by_label("Size", exact=True)).to_have_value("0")
    page.get_by_label("Size", exact=True).fill("1")
    page.get_by_role("button", name="Review order").click()
    page.get_by_role("button", name="Confirm buy").click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    context.close()


def _sign_up(visit: Visit, address: str) -> None:
    visit.go("/")
    visit.page.get_by_role("link", name="Sign up", exact=True).click()
    visit.page.locator("input[name=email]").fill(address)
    visit.page.locator("input[name=password1]").fill("a long enough pass phrase 7")
    visit.page.locator("main button[type=submit]").first.click()
    visit.page.wait_for_url("**/desk/")


def _say(page: Page, sentence: str) -> Locator:
    """Type a sentence and wait for the last order card."""
    cards = page.locator("[data-preview]")
    count = cards.count()
    page.get_by_label("Tell the desk what to do").fill(sentence)
    page.get_by_role("button", name="Send").click()
    expect(cards).to_have_count(count + 1)
    return cards.last


def _confirm(page: Page, label: str) -> None:
    """Confirm the last proposal and wait until its order is filled."""
    page.get_by_role("button", name=label).click()
    live = page.locator(".talk-log [data-order]").last
    expect(live.locator("[data-state=filled]")).to_be_visible(timeout=FILLED_WITHIN_MS)


def _rest(page: Page, path: str) -> Any:
    answer = page.request.get(f"{page.url.split('/desk')[0].split('/trade')[0]}{path}")
    assert answer.ok, answer.text()
    return answer.json()


def _books_add_up(page: Page) -> None:
    """Opening cash, less purchases, plus sales, less fees, is the cash; what was bought less sold is the position."""
    fills = _rest(page, "/api/v1/fills/")["results"]
    cash, units = OPENING, Decimal(0)
    for fill in fills:
        sign = 1 if fill["side"] == "buy" else -1
        cash -= sign * Decimal(fill["value"]) + Decimal(fill["fee"])
        units += sign * Decimal(fill["quantity"])
    assert units == Decimal(5)
    assert Decimal(_rest(page, "/api/v1/portfolio/")["cash"]) == cash
