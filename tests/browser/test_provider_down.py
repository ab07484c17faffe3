"""The provider of language models fails in a browser: Arbion answers itself, says so, and trades nothing by it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from arbion.lib.llm.breaker import RESTS
from tests.browser.conftest import Site, Visit, open_window
from tests.browser.test_accessible import barriers
from tests.browser.trader import Trader
from tests.openai_server import Call, Fault, OpenAIServer, Reply
from tests.trading.desk.model.scripted import ORDER

pytestmark = pytest.mark.browser

WITHIN_MS = 60_000
PICTURES = os.environ.get("ARBION_PICTURES", "")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
PAGE = "/account/language-model/"
OWN_WORK = "Arbion answered this itself, without the language model."
ODD = "yo desk be a star and buy 10 apple for the pension pot"
BUY = Call("execute_trade", {**ORDER, "symbol": "AAPL", "side": "buy", "quantity": "10"}, "call_1")


@pytest.fixture
def key(provider: OpenAIServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """A key of this journey alone: what rests for it rests for nobody else."""
    mine, usual = f"sk-down-{abs(hash(request.node.name))}", provider.otherwise
    provider.keys.add(mine)
    yield mine
    provider.keys.discard(mine)
    provider.otherwise = usual
    provider.script.clear()


def _enter(visit: Visit, name: str, key: str) -> None:
    """Sign up, keep the key, and go to the desk."""
    Trader(visit).sign_up(f"{name}@example.test")
    visit.go(PAGE)
    visit.page.get_by_label("Key", exact=True).fill(key)
    visit.page.get_by_role("button", name="Keep the key").click()
    expect(visit.page.locator("[data-breaker=closed]")).to_have_text("As usual.")
    visit.go("/desk/")


def _say(page: Page, text: str) -> Locator:
    """Say it, and the answer when it has come."""
    newest = page.locator("[data-talk-log] [data-turn]").last
    page.locator("[data-talk-input]").fill(text)
    page.locator("[data-talk-form] button[type=submit]").click()
    expect(page.locator(".bubble-person").last).to_contain_text(text)
    expect(page.locator("[data-pending], .bubble-wait")).to_have_count(0, timeout=WITHIN_MS)
    return newest


def _stands(visit: Visit, breaker: str) -> Locator:
    """How the page of the language model says that it is asked."""
    visit.go(PAGE)
    found = visit.page.locator("[data-breaker]")
    expect(found).to_have_attribute("data-breaker", breaker)
    return found


def _look(visit: Visit, name: str) -> None:
    assert barriers(visit) == []
    if PICTURES:
        visit.page.screenshot(path=str(Path(PICTURES) / f"down-{name}.png"))


@pytest.mark.parametrize("size", SIZES)
def test_each_way_to_fail_is_said_and_arbion_answers_itself(
    site: Site, provider: OpenAIServer, chromium: Browser, key: str, size: str
) -> None:
    """A fault of its own, a line cut in the midst of an answer, a key that is refused: the person is answered."""
    visit = open_window(chromium, site, size=SIZES[size])
    page, trader = visit.page, Trader(visit)
    _enter(visit, f"down-{size}", key)

    # A question that Arbion can answer itself is answered, and it says who did and what to do.
    provider.otherwise = Reply(fault=Fault.BROKEN)
    answer = _say(page, "what do you think of nvidia")
    expect(answer).to_contain_text("The provider has a fault. Try again in a moment.")
    expect(answer).to_contain_text(OWN_WORK)
    expect(answer).to_contain_text("NVDA")
    _look(visit, f"fault-{size}")

    # An order is in the answer that breaks off: nothing of it counts.
    provider.otherwise = Reply(text="Ten Apple, as you", calls=(BUY,), fault=Fault.CUT)
    answer = _say(page, ODD)
    expect(answer).to_contain_text("The answer broke off. Ask again.")
    expect(answer).to_contain_text(OWN_WORK)
    expect(answer).not_to_contain_text("Ten Apple, as you")
    expect(page.get_by_role("button", name="Confirm buy")).to_have_count(0)
    _look(visit, f"cut-{size}")

    # The provider stops accepting the key.
    provider.keys.discard(key)
    answer = _say(page, ODD)
    expect(answer).to_contain_text("The key is refused. Check the key with its provider and save it again.")
    expect(answer).to_contain_text(OWN_WORK)
    assert trader.orders("AAPL") == []

    # Plain words need no provider: what is confirmed trades, and only that.
    _say(page, "buy 2 apple")
    page.get_by_role("button", name="Confirm buy").click()
    expect(page.locator(".talk-log [data-state=filled]").first).to_be_visible(timeout=WITHIN_MS)
    assert [order["quantity"] for order in trader.orders("AAPL")] == ["2"]
    expect(_stands(visit, "closed")).to_have_text("As usual.")
    expect(page.get_by_text("Check the key with its provider and save it again.")).to_be_visible()
    assert trader.complaints == []
    page.context.close()


def test_a_provider_that_cannot_be_reached_rests_and_comes_back(
    site: Site, provider: OpenAIServer, chromium: Browser, key: str
) -> None:
    visit = open_window(chromium, site, size=SIZES["phone"])
    page, trader = visit.page, Trader(visit)
    _enter(visit, "refused-lines", key)
    with ExitStack() as silence:
        silence.enter_context(provider.gone())
        answer = _say(page, "what do you think of nvidia")
        expect(answer).to_contain_text("Cannot be reached. Try again in a moment.")
        expect(answer).to_contain_text(OWN_WORK)
        _say(page, ODD)
        # Asked often enough in vain: now nobody waits for it.
        answer = _say(page, ODD)
        expect(answer).to_contain_text("Left alone for a moment. It is tried again by itself within a minute.")
        expect(answer).to_contain_text(OWN_WORK)
        _look(visit, "resting-desk")
        expect(_stands(visit, "resting")).to_contain_text("Left alone until")
        expect(page.get_by_text("Cannot be reached.")).to_be_visible()
        _look(visit, "resting-page")
    page.wait_for_timeout(RESTS.total_seconds() * 1000)
    expect(_stands(visit, "trial")).to_contain_text("Your next question tries it again.")

    visit.go("/desk/")
    provider.say(Reply(calls=(BUY,)), Reply(text="Ten Apple, as you said."))
    answer = _say(page, ODD)
    expect(answer).to_contain_text("Ten Apple, as you said.")
    assert trader.orders("AAPL") == []
    page.get_by_role("button", name="Confirm buy").click()
    expect(page.locator(".talk-log [data-state=filled]").first).to_be_visible(timeout=WITHIN_MS)
    assert [order["quantity"] for order in trader.orders("AAPL")] == ["10"]
    expect(_stands(visit, "closed")).to_have_text("As usual.")
    expect(page.get_by_text("Cannot be reached.")).to_have_count(0)
    assert trader.complaints == []
    page.context.close()
