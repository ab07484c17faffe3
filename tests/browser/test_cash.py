"""Practice money in and out, the ledger, and an account that starts anew, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.trader import Trader

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def trader(site: Site, chromium: Browser) -> Iterator[Trader]:
    """One person for all journeys here."""
    found = Trader(open_window(chromium, site, size=(390, 844)))
    found.sign_up("cash@example.test")
    yield found
    found.page.context.close()


def test_money_goes_in_and_out(trader: Trader) -> None:
    """On a phone: a deposit, a refused withdrawal that keeps what was typed, a withdrawal, and their lines."""
    page = trader.page
    trader.visit.go("/cash/")
    page.locator("#deposit-amount").fill("2500")
    page.get_by_role("button", name="Deposit", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("$2,500.00 goes into the account")
    page.reload()
    expect(page.locator("[data-field=cash]")).to_have_text("$102,500.00")
    page.locator("#withdraw-amount").fill("200000")
    page.get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.locator("#withdraw-amount-error")).to_contain_text("is free")
    expect(page.locator("#withdraw-amount")).to_have_value("200000")
    page.locator("#withdraw-amount").fill("500")
    page.get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("$500.00")
    page.reload()
    ledger = page.locator('[aria-labelledby="ledger-title"] tbody')
    expect(ledger.locator("tr")).to_have_count(3)
    expect(ledger.locator("tr").first).to_contain_text("$102,000.00")
    ledger.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="What it moved")).to_be_visible()
    assert trader.complaints == []


def test_an_account_starts_anew_in_two_steps(trader: Trader) -> None:
    """The page names what it will do and wants a tick; the old account stays as history."""
    page = trader.page
    trader.open("KO")
    trader.fill(size="2")
    trader.place("Confirm buy")
    trader.becomes("filled")
    trader.visit.go("/cash/settings/")
    page.get_by_role("link", name="Reset the account").click()
    expect(page.get_by_role("form")).to_contain_text("with 1 position")
    page.get_by_role("button", name="Reset the account").click()
    expect(page.locator("#id_sure_error")).to_contain_text("Tick this")
    page.get_by_label("I want to start anew").check()
    page.get_by_role("button", name="Reset the account").click()
    page.wait_for_url("**/cash/")
    expect(page.locator("[data-field=cash]")).to_have_text("$100,000.00")
    trader.visit.go("/orders/")
    page.locator("select[name=account]").select_option(index=2)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_label("Your orders")).to_contain_text("2 KO")
    assert trader.complaints == []
