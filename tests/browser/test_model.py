"""Journeys with a language model on loopback: an answer that grows, odd words that become an order, faults, a stop."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site, Visit, open_window
from tests.browser.test_accessible import barriers
from tests.browser.trader import Trader
from tests.openai_server import KEY, Call, Fault, OpenAIServer, Reply
from tests.trading.desk.model.scripted import ORDER

pytestmark = pytest.mark.browser

WITHIN_MS = 60_000
PICTURES = os.environ.get("ARBION_PICTURES", "")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
ODD = "yo desk be a star and buy 10 apple for the pension pot"
BUY = Call("execute_trade", {**ORDER, "symbol": "AAPL", "side": "buy", "quantity": "10"}, "call_1")


def _enter(visit: Visit, name: str, key: str = KEY) -> None:
    """Sign up, and keep a key of one's own."""
    Trader(visit).sign_up(name)
    if key:
        visit.go("/account/language-model/")
        visit.page.get_by_label("Key", exact=True).fill(key)
        visit.page.get_by_role("button", name="Keep the key").click()
        expect(visit.page.get_by_text(f"ends in {key[-4:]}")).to_be_visible()
        visit.go("/desk/")


def _look(visit: Visit, name: str) -> None:
    assert barriers(visit) == []
    if PICTURES:
        visit.page.screenshot(path=str(Path(PICTURES) / f"desk-{name}.png"))


def _say(page: Page, text: str) -> None:
    page.locator("[data-talk-input]").fill(text)
    page.locator("[data-talk-form] button[type=submit]").click()


def _newest(page: Page) -> Locator:
    return page.locator("[data-talk-log] [data-turn]").last


@pytest.mark.parametrize("size", SIZES)
def test_questions_odd_words_faults_and_a_stop(
    site: Site, provider: OpenAIServer, chromium: Browser, size: str
) -> None:
    visit: Visit = open_window(chromium, site, size=SIZES[size])
    page = visit.page
    _enter(visit, f"asks-{size}@example.test")

    look = Call("get_quotes", {"symbols": ["AAPL"]}, "call_1")
    provider.say(Reply(calls=(look,)), Reply(text="Apple trades near its price of yesterday."))
    _say(page, "is it a fine time to think about that fruit company")
    expect(_newest(page)).to_contain_text("Apple trades near its price of yesterday.", timeout=WITHIN_MS)
    page.locator(".answer-steps summary").last.click()
    expect(_newest(page)).to_contain_text("Looked up the price of AAPL")
    expect(_newest(page)).to_contain_text("AAPL price")
    _look(visit, f"answer-{size}")

    provider.say(Reply(calls=(BUY,)), Reply(text="Ten Apple, as you said."))
    _say(page, ODD)
    button = page.get_by_role("button", name="Confirm buy")
    expect(button).to_be_visible(timeout=WITHIN_MS)
    _look(visit, f"card-{size}")
    button.click()
    expect(page.locator('.desk-holdings [data-position="AAPL"] [data-field="quantity"]')).to_have_text(
        "10", timeout=WITHIN_MS
    )

    provider.say(
        Reply(calls=(Call("execute_trade", {**BUY.arguments, "symbol": "NVDA"}, "call_1"),)), Reply(text="Done.")
    )  # type: ignore[dict-item]
    _say(page, ODD)
    expect(_newest(page)).to_contain_text("You did not name NVDA.", timeout=WITHIN_MS)
    expect(_newest(page).get_by_role("button", name="Confirm buy")).to_have_count(0)

    _look(visit, f"held-{size}")

    provider.say(Reply(fault=Fault.WRONG_KEY))
    _say(page, "what a lovely day for the market")
    expect(_newest(page)).to_contain_text("The key is refused.", timeout=WITHIN_MS)
    _look(visit, f"fault-{size}")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], "nothing sticks out at the side"
    assert visit.said == []
    page.context.close()


def test_an_answer_is_stopped(site: Site, provider: OpenAIServer, chromium: Browser) -> None:
    visit = open_window(chromium, site, size=SIZES["desktop"])
    page = visit.page
    _enter(visit, "stops@example.test")
    provider.say(Reply(text="Slowly it comes", fault=Fault.SLOW, seconds=50))
    _say(page, "tell me a long story about the market")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(_newest(page)).to_contain_text("Stopped. Nothing of it counts", timeout=WITHIN_MS)
    page.context.close()


def test_without_a_key_it_says_where_one_would_help(site: Site, chromium: Browser) -> None:
    visit = open_window(chromium, site, size=SIZES["phone"])
    _enter(visit, "no-key@example.test", key="")
    _say(visit.page, "what a lovely day for the market")
    expect(_newest(visit.page)).to_contain_text("add a key under Language model", timeout=WITHIN_MS)
    visit.page.context.close()
