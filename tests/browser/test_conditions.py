"""Waiting for a price in a browser: an order and an alert are set, edited, and come true before one's eyes, once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.trader import WITHIN_MS, Trader

pytestmark = pytest.mark.browser

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
# Nobody else trades them here: their prices are ours for the journey.
SYMBOLS = {"wide": "ADBE", "phone": "CRM"}
DAYS, FALL = 10, 5


@pytest.fixture(params=list(SIZES))
def waiter(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Trader, str]]:
    """A new person in a window of each size, and the symbol that is theirs."""
    trader = Trader(open_window(chromium, site, size=SIZES[request.param]))
    trader.sign_up(f"waits-{request.param}@example.test")
    yield trader, SYMBOLS[request.param]
    trader.page.context.close()
    site.manage("load_tape", "--stop", "--symbol", SYMBOLS[request.param])


def test_wait_for_a_fall_and_see_it_come_true(site: Site, waiter: tuple[Trader, str], tmp_path: Path) -> None:
    """An order by REST and an alert on its page; both are edited, one is refused, and the price falls."""
    trader, symbol = waiter
    page, last = trader.page, Decimal(trader.last(symbol)).quantize(Decimal("0.01"))
    fallen = (last * Decimal("0.90")).quantize(Decimal("0.01"))
    follow_history(site, tmp_path / "fall.csv", symbol, [last] * FALL + [fallen] * (DAYS - FALL))

    trader.visit.go("/alerts/")
    expect(page.get_by_text("No alerts yet")).to_be_visible()
    form = page.get_by_role("form", name="A new alert")
    form.get_by_label("Symbol").fill(symbol)
    form.get_by_text("Falls to").click()
    form.get_by_label("Value").fill(trader.away("+5%", str(last)))
    form.get_by_role("button", name="Set alert").click()
    expect(form).to_contain_text("This is so already")
    form.get_by_label("Value").fill(trader.away("-5%", str(last)))
    form.get_by_label("Note").fill("look at it again")
    form.get_by_role("button", name="Set alert").click()
    row = page.locator("[data-alert]")
    expect(row).to_contain_text("look at it again")
    row.get_by_role("link", name=re.compile("^Edit")).click()
    change = row.locator("[data-change-form]")
    change.get_by_label("Value").fill(trader.away("-4%", str(last)))
    change.get_by_role("button", name="Change alert").click()
    expect(row).to_contain_text("▼ 4.0", timeout=WITHIN_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    order = wait_for_fall(trader, symbol, percent="-20")
    trader.visit.go(f"/orders/{order}/")
    expect(page.locator("main")).to_contain_text(f"{symbol} down 20% from")
    page.get_by_role("link", name=re.compile("^Change what")).first.click()
    wait = page.locator("[data-change-form]")
    wait.get_by_label("Percent, a fall below zero").fill("5")
    wait.get_by_role("button", name="Wait for this").click()
    expect(wait).to_contain_text("A fall is below zero")
    wait.get_by_label("Percent, a fall below zero").fill("-5")
    wait.get_by_role("button", name="Wait for this").click()
    page.wait_for_url(f"**/orders/{order}/")
    expect(page.locator(".page-head")).to_contain_text(f"waits for {symbol} down 5% from", timeout=WITHIN_MS)
    trader.visit.go("/orders/?status=held")
    expect(page.locator("main")).to_contain_text(f"waits for {symbol} down 5% from")

    trader.visit.go("/alerts/")
    assert site.manage("replay", symbol, "seek", str(DAYS - 1)).returncode == 0
    expect(page.locator("[data-alert]")).to_contain_text("Came true", timeout=2 * WITHIN_MS)
    expect(page.locator("[data-alert]")).to_contain_text("told 1 time")
    expect(page.locator("[data-bell-count]")).not_to_have_text("0", timeout=WITHIN_MS)
    trader.visit.go(f"/orders/{order}/")
    expect(page.locator(".page-head [data-state=filled]")).to_be_visible(timeout=2 * WITHIN_MS)
    expect(page.locator(".timeline")).to_contain_text(f"{symbol} fell 10.00% from")
    trader.visit.go("/inbox/")
    expect(page.locator(".notice", has_text="look at it again")).to_contain_text(f"{symbol} at")
    assert len(trader.orders(symbol)) == 1
    assert trader.complaints == []


def wait_for_fall(trader: Trader, symbol: str, *, percent: str) -> str:
    """Place an order that waits for a fall from now, over REST in the person's own session; its id."""
    when = {"symbol": symbol, "metric": "percent_change", "operator": "<=", "value": percent, "reference": "now"}
    token = next(one["value"] for one in trader.page.context.cookies() if "csrftoken" in one["name"])
    answer = trader.page.request.post(
        f"{trader.visit.address}/api/v1/orders/",
        data={"symbol": symbol, "side": "buy", "quantity": "2", "when": when},
        headers={"X-CSRFToken": token, "Origin": trader.visit.address, "Referer": f"{trader.visit.address}/"},
    )
    assert answer.status == 201, answer.text()
    return str(answer.json()["id"])


def follow_history(site: Site, file: Path, symbol: str, closes: list[Decimal]) -> None:
    """Let the symbol stand at the first of these days' prices; seeking moves it to another, and it stands there."""
    first = date(2020, 1, 1)
    days = [f"{first + timedelta(days=number)},{p},{p},{p},{p},1000000" for number, p in enumerate(closes)]
    file.write_text("\n".join(["date,open,high,low,close,volume", *days]) + "\n")
    done = site.manage("load_tape", str(file), "--symbol", symbol, "--speed", "0.0001")
    assert done.returncode == 0, done.stderr
