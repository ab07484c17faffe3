"""The page of the language model in a browser: no key, a wrong one, the right one, a provider that fails; then none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.test_accessible import SIZES, barriers
from tests.browser.trader import Trader
from tests.openai_server import KEY, Call, Fault, Reply
from tests.openai_server.server import OpenAIServer

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("ARBION_PICTURES", "")


@pytest.mark.parametrize("size", SIZES)
def test_a_key_is_brought_checked_replaced_and_forgotten(
    site: Site, chromium: Browser, provider: OpenAIServer, size: str
) -> None:
    visit = open_window(chromium, site, size=SIZES[size])
    trader, page = Trader(visit), visit.page
    trader.sign_up(f"model-{size}@example.com")

    def look(name: str) -> None:
        assert barriers(visit) == []
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"model-{name}-{size}.png"), full_page=True)

    visit.go("/account/profile/")
    page.get_by_role("link", name="Language model").click()
    expect(page.get_by_text("There is no key, so the desk reads your words itself.")).to_be_visible()
    look("none")

    page.get_by_label("Key", exact=True).fill("sk-wrong-0123456789abc")
    page.get_by_role("button", name="Keep the key").click()
    expect(page.get_by_text("ends in 9abc")).to_be_visible()
    page.get_by_role("button", name="Check the setup").click()
    expect(page.get_by_text("Check the key with its provider and save it again.")).to_be_visible()
    look("wrong")

    page.get_by_label("Key", exact=True).fill(KEY)
    page.get_by_role("button", name="Replace the key").click()
    provider.say(Reply(text="ready"), Reply(calls=(Call("note_symbol", {"symbol": "AAPL"}),)))
    page.get_by_role("button", name="Check the setup").click()
    expect(page.get_by_text("It answers word by word")).to_be_visible()
    expect(page.get_by_text("It calls tools")).to_be_visible()
    assert KEY not in page.content()
    look("well")

    provider.say(Reply(fault=Fault.NO_QUOTA))
    page.get_by_role("button", name="Check the setup").click()
    expect(page.get_by_text("Add credit at the provider.").first).to_be_visible()
    look("no-credit")

    page.get_by_role("link", name="Forget the key").click()
    look("forget")
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_text("There is no key, so the desk reads your words itself.")).to_be_visible()
    assert trader.complaints == []
    page.context.close()
