"""Push messages in a browser: the browser is linked from the page, and the worker shows what comes and where it leads.

The push service itself belongs to the browser's maker and is not there: its part is played by the browser's own
debugging door, and the subscription by one with the keys of the RFC's example.
"""

from __future__ import annotations

import json
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.trader import Trader

pytestmark = pytest.mark.browser

SUBSCRIBE = """
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async (options) => {
  window.keyBytes = options.applicationServerKey.length;
  const keys = {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  };
  if (window.keyBytes !== 65) throw new Error("not a key");
  return { toJSON: () => ({ endpoint: "https://push.example/send/1", keys }) };
};
"""


def test_a_browser_is_linked_and_shows_what_comes(site: Site, chromium: Browser) -> None:
    visit = open_window(chromium, site, size=(1280, 800))
    page = visit.page
    page.context.grant_permissions(["notifications"], origin=site.address)
    page.context.add_init_script(SUBSCRIBE)
    Trader(visit).sign_up("pushed@example.com")
    visit.go("/account/notifications/")
    page.get_by_role("button", name="Tell me in this browser").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible(timeout=30_000)
    expect(page.locator("li", has_text=" on ").get_by_text("Browser, since")).to_be_visible()

    door = page.context.new_cdp_session(page)
    found: list[str] = []
    door.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    door.send("ServiceWorker.enable")
    until = time.monotonic() + 15
    while not found and time.monotonic() < until:
        page.wait_for_timeout(100)
    for data in (json.dumps({"id": "1", "title": "A stop <b>fired</b>", "body": "AAPL"}), "not json"):
        door.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": site.address, "registrationId": found[0], "data": data},
        )
    shown = """async () => {
      const [registration] = await navigator.serviceWorker.getRegistrations();
      return (await registration.getNotifications()).map((one) => one.title).sort();
    }"""
    until = time.monotonic() + 15
    while len(titles := page.evaluate(shown)) < 2 and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert titles == ["A stop <b>fired</b>", "There is something in your inbox"]
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing is linked")).to_be_visible()
    assert visit.said == []
    page.context.close()
