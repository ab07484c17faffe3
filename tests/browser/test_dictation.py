"""Dictation in a browser that records: the words are read before anything happens, and every fault is said in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, Site, Visit, open_window
from tests.browser.test_accessible import barriers
from tests.browser.trader import Trader
from tests.conftest import CHROMIUM
from tests.openai_server import Fault, OpenAIServer

pytestmark = pytest.mark.browser

WITHIN_MS = 30_000
PICTURES = os.environ.get("ARBION_PICTURES", "")
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
DEVICE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# Without the browser's own recognition, as most browsers are, dictation is a recording.
NO_RECOGNITION = "window.SpeechRecognition = window.webkitSpeechRecognition = undefined"
WITHOUT_SOUND = {
    "blocked": "The microphone is blocked for this page. Allow it in the browser's settings for this site.",
    "deaf": "No microphone was found.",
}
SAID = "buy ten shares of apple"


@pytest.fixture(scope="module")
def browsers() -> Iterator[dict[str, Browser]]:
    """A Chromium that hears a tone and may listen, one that hears but may not, and one without a microphone."""
    with sync_playwright() as playwright:
        kinds = {"hears": (*FLAGS, *DEVICE), "blocked": (*FLAGS, DEVICE[0]), "deaf": (*FLAGS, DEVICE[1])}
        found = {
            name: playwright.chromium.launch(executable_path=CHROMIUM, args=list(flags))
            for name, flags in kinds.items()
        }
        yield found
        for browser in found.values():
            browser.close()


@pytest.fixture
def key(provider: OpenAIServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """A key of this journey alone, so that its faults are nobody else's; and the transcript is put back."""
    mine = f"sk-voice-{abs(hash(request.node.name))}"
    provider.keys.add(mine)
    yield mine
    provider.keys.discard(mine)
    provider.transcript = SAID


def _enter(browser: Browser, site: Site, name: str, key: str, *, size: str = "desktop") -> Visit:
    """Sign up in a window without recognition of its own, and keep a key where one is given."""
    visit = open_window(browser, site, size=SIZES[size])
    visit.page.context.add_init_script(NO_RECOGNITION)
    Trader(visit).sign_up(f"{name}@example.test")
    if key:
        visit.go("/account/language-model/")
        visit.page.get_by_label("Key", exact=True).fill(key)
        visit.page.get_by_role("button", name="Keep the key").click()
        visit.go("/desk/")
    return visit


def _note(page: Page) -> Locator:
    return page.locator("[data-voice-note]")


def _dictate(page: Page) -> None:
    page.get_by_role("button", name="Dictate").click()
    expect(_note(page)).to_have_text("Listening… press again to stop.", timeout=WITHIN_MS)
    page.wait_for_timeout(600)
    page.get_by_role("button", name="Stop dictating").click()


def _look(visit: Visit, name: str) -> None:
    assert barriers(visit) == []
    if PICTURES:
        visit.page.screenshot(path=str(Path(PICTURES) / f"voice-{name}.png"))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_said_is_read_changed_sent_and_confirmed_by_the_person(
    site: Site, provider: OpenAIServer, browsers: dict[str, Browser], key: str, size: str
) -> None:
    visit = _enter(browsers["hears"], site, f"dictates-{size}", key, size=size)
    page, trader = visit.page, Trader(visit)
    line, button = page.get_by_label("Tell the desk what to do"), page.get_by_role("button", name="Dictate")
    expect(button).to_have_attribute("aria-pressed", "false")
    before = provider.count
    _dictate(page)
    expect(line).to_have_value(SAID, timeout=WITHIN_MS)
    expect(line).to_be_focused()
    expect(_note(page)).to_have_text("Read it, then send it.")
    [asked] = provider.asked[before:]
    assert asked.path == "/v1/audio/transcriptions"
    assert b"\x1a\x45\xdf\xa3" in asked.raw, "a recording in WebM was sent"
    _look(visit, f"read-{size}")
    # Nothing is sent by itself, however long one looks.
    page.wait_for_timeout(1_500)
    expect(page.locator("[data-talk-log] [data-turn]")).to_have_count(0)
    assert trader.rest("/api/v1/desk/history/")["results"] == []
    assert trader.orders("AAPL") == []

    line.fill("buy 2 shares of apple")
    page.get_by_role("button", name="Send").click()
    confirm = page.get_by_role("button", name="Confirm buy")
    expect(confirm).to_be_visible(timeout=WITHIN_MS)
    assert trader.orders("AAPL") == [], "not before it is confirmed"
    confirm.click()
    expect(page.locator(".talk-log [data-state=filled]").first).to_be_visible(timeout=WITHIN_MS)
    [order] = trader.orders("AAPL")
    assert (order["quantity"], order["source"]) == ("2", "desk")
    assert trader.complaints == []
    page.context.close()


def test_faults_of_the_provider_are_said_with_what_to_do_and_what_was_typed_stays(
    site: Site, provider: OpenAIServer, browsers: dict[str, Browser], key: str
) -> None:
    visit = _enter(browsers["hears"], site, "voice-faults", key, size="phone")
    page = visit.page
    line = page.get_by_label("Tell the desk what to do")
    line.fill("sell my")
    told = (
        (Fault.BROKEN, "The provider has a fault of its own. Try again in a moment."),
        (Fault.NO_QUOTA, "The account with the provider has no credit left. Add credit at the provider."),
        (Fault.WRONG_KEY, "The provider does not accept the key. Check the key with its provider and save it again."),
        ("", "Nothing was heard. Try again, nearer to the microphone."),
    )
    for said, words in told:
        provider.transcript = said
        _dictate(page)
        expect(_note(page)).to_contain_text(words, timeout=WITHIN_MS)
        expect(line).to_have_value("sell my")
        expect(page.get_by_role("button", name="Dictate")).to_be_enabled()
    _look(visit, "fault")
    provider.transcript = "apple shares"
    _dictate(page)
    expect(line).to_have_value("sell my apple shares", timeout=WITHIN_MS)
    expect(page.locator("[data-talk-log] [data-turn]")).to_have_count(0)
    assert Trader(visit).rest("/api/v1/desk/history/")["results"] == []
    page.context.close()


@pytest.mark.parametrize("browser", WITHOUT_SOUND)
def test_a_microphone_that_is_blocked_or_missing_is_said(
    site: Site, provider: OpenAIServer, browsers: dict[str, Browser], key: str, browser: str
) -> None:
    visit = _enter(browsers[browser], site, f"voice-{browser}", key, size="phone")
    page, before = visit.page, provider.count
    page.get_by_role("button", name="Dictate").click()
    expect(_note(page)).to_have_text(WITHOUT_SOUND[browser], timeout=WITHIN_MS)
    expect(page.get_by_role("button", name="Dictate")).to_be_enabled()
    _look(visit, browser)
    assert provider.count == before
    page.context.close()


def test_without_a_key_and_without_recognition_there_is_nothing_to_press(
    site: Site, browsers: dict[str, Browser]
) -> None:
    visit = _enter(browsers["hears"], site, "voice-no-key", "")
    expect(visit.page.get_by_label("Tell the desk what to do")).to_be_visible()
    expect(visit.page.locator("[data-voice]")).to_be_hidden()
    visit.page.context.close()
