"""Repeating orders and explained ones in a browser: set up on the page, rung by their real entry, told to the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.test_accessible import AXE
from tests.browser.trader import WITHIN_MS, Trader

pytestmark = pytest.mark.browser

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
RUNG_WITHIN_MS = 150_000
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(params=list(SIZES))
def trader(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Trader]:
    """A new person in a window of each size, for each journey."""
    found = Trader(open_window(chromium, site, size=SIZES[request.param]))
    found.sign_up(f"{request.function.__name__[:40]}-{request.param}@example.test")
    yield found
    found.page.context.close()


def barriers(trader: Trader) -> list[str]:
    """What axe holds against the page as it stands, and what is wider than the window."""
    page = trader.page
    page.evaluate(Path(AXE).read_text())
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    serious = [one["id"] for one in result["violations"] if one["impact"] in {"serious", "critical"}]
    return serious + ([f"{over} px too wide"] if over > 0 else [])


def test_set_up_a_repeating_order_let_it_ring_and_read_its_story(trader: Trader) -> None:
    """Its dates and cost are seen first; its own entry places it; its page and its story tell of it."""
    page = trader.page
    trader.visit.go("/orders/repeating/")
    expect(page.get_by_text("Nothing repeats yet")).to_be_visible()
    assert barriers(trader) == []
    page.get_by_role("link", name="Set one up").click()
    page.get_by_label("Symbol", exact=True).fill("btc-usd")
    page.get_by_label("Size each time").fill("100")
    page.locator("label.segment", has_text=re.compile("^Day$")).click()
    soon = datetime.now(NEW_YORK) + timedelta(minutes=1, seconds=20)
    page.get_by_label("At", exact=True).fill(f"{soon:%H:%M}")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.get_by_role("heading", name=re.compile("every day at"))).to_be_visible()
    assert barriers(trader) == []
    page.get_by_role("button", name="Start repeating").click()
    page.wait_for_url(re.compile(r"/orders/repeating/[0-9a-f-]{36}/"))
    own = page.url
    placed = page.locator("[data-state=placed]")
    until = datetime.now(NEW_YORK) + timedelta(milliseconds=RUNG_WITHIN_MS)
    while placed.count() == 0 and datetime.now(NEW_YORK) < until:
        page.wait_for_timeout(3_000)
        page.goto(own)
    expect(placed).to_have_count(1)
    assert barriers(trader) == []
    assert len(trader.orders("BTC-USD")) == 1

    page.get_by_role("link", name=re.compile("^Buy .*BTC-USD")).click()
    page.get_by_role("link", name="Explain", exact=True).click()
    story = page.locator(".story")
    for told in ("Set up to repeat", "Its time came", "The risk desk let it through", "Sent to the venue", "Booked"):
        expect(story.get_by_text(told, exact=True).first).to_be_visible(timeout=WITHIN_MS)
    page.get_by_role("button", name="Show all details").click()
    assert barriers(trader) == []
    assert trader.complaints == []


def test_its_day_time_size_and_end_are_changed_on_its_page(trader: Trader) -> None:
    """What cannot be is refused beside its field and changes nothing; then the page tells when the new rule is due."""
    page = trader.page
    weekly = {"symbol": "BTC-USD", "side": "buy", "notional": "100", "every": {"interval": "week", "weekday": "monday"}}
    made = trader.send("/api/v1/schedules/", weekly)
    trader.visit.go(f"/orders/repeating/{made['id']}/")
    form = page.get_by_role("form", name="Change it")
    expect(form.get_by_label("On", exact=True)).to_have_value("monday")
    expect(form.get_by_label("On day")).to_be_hidden()
    form.get_by_label("Size each time").fill("0")
    form.get_by_label("Last day").fill("2020-01-31")
    form.get_by_role("button", name="Save changes").click()
    expect(form.locator("#repeat_size_error")).to_contain_text("This must be above zero.")
    form.get_by_label("Size each time").fill("250")
    form.get_by_role("button", name="Save changes").click()
    expect(form.locator("#repeat_ends_on_error")).to_contain_text("This date has passed.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("$100.00 of BTC-USD")
    assert barriers(trader) == []

    form.get_by_label("Last day").fill("")
    form.locator("label.segment", has_text=re.compile("^Month$")).click()
    form.get_by_label("On day").fill("28")
    form.get_by_label("At", exact=True).fill("15:20")
    form.get_by_label("End after").fill("6")
    form.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Changed. It holds from now on.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("$250.00 of BTC-USD")
    expect(page.get_by_text("On the 28th of every month at 15:20 New York time")).to_be_visible()
    expect(page.get_by_text("0 placed of 6")).to_be_visible()
    now = trader.rest(f"/api/v1/schedules/{made['id']}/")
    day = datetime.fromisoformat(now["next"][0]).astimezone(NEW_YORK)
    assert (day.day, day.hour, day.minute) == (28, 15, 20)
    assert barriers(trader) == []
    assert trader.complaints == []


def test_read_why_an_order_was_refused(trader: Trader) -> None:
    """A refusal is kept; its story says which check said no, and that nothing was sent."""
    page = trader.page
    trader.visit.go("/desk/")
    token = next(one["value"] for one in page.context.cookies() if one["name"].endswith("csrftoken"))
    answer = page.request.post(
        f"{trader.visit.address}/api/v1/orders/",
        data={"symbol": "KO", "side": "buy", "quantity": "100000"},
        headers={"X-CSRFToken": token, "Referer": trader.visit.address, "Idempotency-Key": "too-many"},
    )
    assert answer.status == 422, answer.text()
    trader.visit.go(f"/orders/{answer.json()['order_id']}/")
    page.get_by_role("link", name="Explain", exact=True).click()
    expect(page.get_by_text("Nothing was ever sent to a venue")).to_be_visible()
    refused = page.locator(".story-judged")
    expect(refused.get_by_text("The risk desk refused it")).to_be_visible()
    expect(refused.locator(".check-row .why").first).to_be_visible()
    expect(page.locator(".story-sent, .story-filled, .story-booked")).to_have_count(0)
    assert barriers(trader) == []
    assert trader.complaints == []
