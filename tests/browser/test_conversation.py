"""The conversation in a browser: what may be confirmed and for how long, what words set up, and what is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Site, open_window
from tests.browser.test_conditions import follow_history
from tests.browser.trader import WITHIN_MS, Trader

pytestmark = pytest.mark.browser

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
# Nobody else trades them here: their prices are ours for the journey.
SYMBOLS = {"wide": ("ORCL", "oracle"), "phone": ("CSCO", "cisco")}
DAYS = 10


@pytest.fixture(params=list(SIZES))
def speaker(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Trader, str, str]]:
    """A new person in a window of each size, and the symbol that is theirs, with its name."""
    trader = Trader(open_window(chromium, site, size=SIZES[request.param]))
    trader.sign_up(f"{request.function.__name__[5:30]}-{request.param}@example.test")
    symbol, name = SYMBOLS[request.param]
    yield trader, symbol, name
    trader.page.context.close()
    site.manage("load_tape", "--stop", "--symbol", symbol)


def test_what_was_shown_is_what_is_confirmed(site: Site, speaker: tuple[Trader, str, str], tmp_path: Path) -> None:
    """A price leaves its band and is refused plainly; a preview ends and is asked again; an edit makes another card."""
    trader, symbol, name = speaker
    page, last = trader.page, Decimal(trader.last(symbol)).quantize(Decimal("0.01"))
    risen = (last * Decimal("1.03")).quantize(Decimal("0.01"))
    follow_history(site, tmp_path / "rise.csv", symbol, [last] * (DAYS // 2) + [risen] * (DAYS // 2))
    card = say(page, f"buy 3 {name}")
    expect(card).to_contain_text("What would change it")
    expect(page.locator("[data-countdown]").last).to_contain_text(re.compile(r"\d+ s"))
    look(page, "card")
    assert site.manage("replay", symbol, "seek", str(DAYS - 1)).returncode == 0
    trader.wait_for(symbol, lambda price: price >= risen)
    page.get_by_role("button", name="Confirm buy").click()
    talk = page.locator(".talk-log")
    expect(talk.locator("[data-turn]").last).to_contain_text(
        "more than 1% away. Nothing was placed.", timeout=WITHIN_MS
    )
    assert trader.orders(symbol) == []
    look(page, "moved")

    page.get_by_role("link", name="Edit").last.click()
    expect(line_of(page)).to_have_value(f"buy 3 {name}")
    say(page, f"buy 4 {name}")
    expect(page.locator("[data-when-expired]").last).to_be_visible(timeout=70_000)
    expect(page.get_by_role("button", name="Confirm buy")).to_have_count(0)
    look(page, "expired")
    page.get_by_role("button", name="Ask again").last.click()
    page.get_by_role("button", name="Confirm buy").click()
    expect(talk.locator("[data-order] [data-state=filled]").last).to_be_visible(timeout=WITHIN_MS)
    assert [order["quantity"] for order in trader.orders(symbol)] == ["4"]
    assert trader.complaints == []


def test_words_set_up_what_stands(site: Site, speaker: tuple[Trader, str, str], tmp_path: Path) -> None:
    """An order waits for a fall and is placed by it; a schedule and an alert are set, and one is taken back."""
    trader, symbol, name = speaker
    page, last = trader.page, Decimal(trader.last(symbol)).quantize(Decimal("0.01"))
    fallen = (last * Decimal("0.90")).quantize(Decimal("0.01"))
    follow_history(site, tmp_path / "fall.csv", symbol, [last] * (DAYS // 2) + [fallen] * (DAYS // 2))
    talk = page.locator(".talk-log")

    card = say(page, f"buy 2 {name} when it drops 5%")
    expect(card).to_contain_text(f"When {symbol} down 5% from")
    page.get_by_role("button", name="Confirm buy").click()
    expect(talk.locator("[data-order] [data-state=held]")).to_be_visible(timeout=WITHIN_MS)

    card = say(page, "buy $100 of bitcoin every Monday")
    expect(card).to_contain_text("every Monday at")
    expect(card).to_contain_text("A month, about")
    look(page, "schedule")
    page.get_by_role("button", name="Confirm schedule").click()
    expect(talk.locator("[data-repeating]")).to_contain_text("Active", timeout=WITHIN_MS)

    card = say(page, "alert me when apple reaches 9000")
    expect(card).to_contain_text("AAPL at or above 9,000.00")
    page.get_by_role("button", name="Confirm alert").click()
    expect(talk.locator("[data-alert]")).to_contain_text("Active", timeout=WITHIN_MS)
    look(page, "alert")
    page.get_by_role("button", name="Undo: delete the alert").click()
    expect(talk).to_contain_text("Taken back", timeout=WITHIN_MS)
    assert trader.rest("/api/v1/alerts/")["results"] == []

    assert site.manage("replay", symbol, "seek", str(DAYS - 1)).returncode == 0
    expect(talk.locator("[data-order] [data-state=filled]")).to_be_visible(timeout=2 * WITHIN_MS)
    assert [(order["status"], order["quantity"]) for order in trader.orders(symbol)] == [("filled", "2")]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert trader.complaints == []


def test_questions_have_tables_and_what_was_said_is_kept(speaker: tuple[Trader, str, str]) -> None:
    """Answers come with figures, a chart and their source; the conversation is found again, taken away and cleared."""
    trader, _, name = speaker
    page = trader.page
    for words, topic in (("what is my risk", "risk"), (f"analyse {name}", "analysis"), ("what can I say", "help")):
        ask(page, words)
        expect(page.locator(f"[data-answer={topic}]")).to_be_visible()
    expect(page.locator("[data-answer=analysis] svg")).to_have_attribute("aria-label", re.compile("Daily closes"))
    expect(page.locator("[data-answer=analysis]")).to_contain_text("daily candles")
    look(page, "answers")
    page.get_by_role("link", name="History").click()
    page.get_by_placeholder("Words that were said").fill(f"ANALYSE {name}")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".talk-line")).to_have_count(1)
    look(page, "history")
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert "what is my risk" in Path(taken.value.path()).read_text()
    page.get_by_text("Clear the conversation").click()
    page.get_by_role("button", name="Clear it").click()
    expect(page.locator("main")).to_contain_text("Nothing was said yet")
    trader.visit.go("/desk/")
    expect(page.locator("[data-talk-empty]")).to_be_visible()
    assert trader.complaints == []


def test_small_orders_run_at_once_for_who_chose_it(speaker: tuple[Trader, str, str]) -> None:
    """It needs the password, is said in the conversation's head, and asks for everything larger."""
    trader, symbol, name = speaker
    page = trader.page
    trader.visit.go("/desk/settings/")
    page.get_by_label("Up to, an order (USD)").fill("1000")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Confirm this with your password")
    expect(page.get_by_label("Up to, an order (USD)")).to_have_value("1000")
    page.get_by_label("Your password").fill("a long enough pass phrase 7")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("up to $1,000.00 run without a confirmation")
    look(page, "at-once-settings")
    trader.visit.go("/desk/")
    expect(page.locator(".talk")).to_contain_text("Runs at once up to $1,000.00")
    ask(page, f"buy 1 {name}")
    expect(page.locator(".talk-log [data-order] [data-state=filled]")).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator(".talk-log")).to_contain_text("Ran at once")
    look(page, "at-once")
    say(page, f"buy 100 {name}")
    expect(page.get_by_role("button", name="Confirm buy")).to_be_visible()
    assert len(trader.orders(symbol)) == 1
    assert trader.complaints == []


def test_one_sentence_is_a_leg_in_each_account_and_one_confirmation(
    site: Site, speaker: tuple[Trader, str, str]
) -> None:
    """Each leg names its account and has checks of its own; an account that is not there is asked about."""
    trader, symbol, name = speaker
    page = trader.page
    address = trader.rest("/api/v1/me/")["email"]
    assert site.manage("open_account", address, "Growth").returncode == 0
    ask(page, f"buy 2 {name} in my Pension account")
    expect(page.locator("[data-turn]").last).to_contain_text("You have no account called “Pension”")
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)

    ask(page, f"buy 2 {name} in both accounts")
    cards = page.locator("[data-turn]").last.locator("[data-preview]")
    expect(cards).to_contain_text(["Practice", "Growth"] if cards.count() > 1 else ["Growth"])
    look(page, "accounts")
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(page.locator(".talk-log [data-order] [data-state=filled]")).to_have_count(2, timeout=WITHIN_MS)
    look(page, "accounts-done")
    orders = trader.orders(symbol)
    assert [order["quantity"] for order in orders] == ["2", "2"]
    assert len({order["account"] for order in orders}) == 2
    assert trader.complaints == []


def test_dictation_puts_words_into_the_line(site: Site, chromium: Browser) -> None:
    """The browser's own recognition, played; what is heard stands in the line and is not sent."""
    trader = Trader(open_window(chromium, site, size=SIZES["wide"]))
    trader.page.add_init_script(RECOGNITION)
    trader.sign_up("dictates@example.test")
    page = trader.page
    button = page.get_by_role("button", name="Dictate")
    button.focus()
    page.keyboard.press("Enter")
    expect(line_of(page)).to_have_value("buy ten shares of apple", timeout=WITHIN_MS)
    expect(page.locator("[data-voice-note]")).to_contain_text("Read it, then send it.")
    assert page.locator("[data-turn]").count() == 0
    page.evaluate("window.recognitionFails = 'not-allowed'")
    button.click()
    expect(page.locator("[data-voice-note]")).to_contain_text("The microphone is blocked")
    assert trader.complaints == []
    page.context.close()


RECOGNITION = """
window.recognitionFails = null;
window.SpeechRecognition = class {
  start() {
    setTimeout(() => {
      if (window.recognitionFails) this.onerror({ error: window.recognitionFails });
      else this.onresult({ results: [[{ transcript: "buy ten shares of apple" }]] });
      this.onend();
    }, 50);
  }
  stop() {}
};
"""


def line_of(page: Page) -> Locator:
    """Where one writes."""
    return page.get_by_label("Tell the desk what to do")


def ask(page: Page, words: str) -> None:
    """Say it, and wait for the answer."""
    turns = page.locator("[data-turn]")
    count = turns.count()
    line_of(page).fill(words)
    page.get_by_role("button", name="Send").click()
    expect(turns).to_have_count(count + 2, timeout=WITHIN_MS)


def say(page: Page, words: str) -> Locator:
    """Say it, and give the card that it makes."""
    ask(page, words)
    return page.locator("[data-turn]").last.locator("[data-preview]")


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at them."""
    if folder := os.environ.get("ARBION_PICTURES"):
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"))
