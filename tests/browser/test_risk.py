"""The risk desk in a browser: a limit that one sets refuses one's next order, and a stop goes off before one's eyes."""

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
# Nobody else trades it here: its price is ours for the journey.
SYMBOL = "ORCL"
DAYS, FALL = 10, 5


@pytest.fixture(params=list(SIZES))
def trader(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Trader]:
    """A new person in a window of each size, for each journey."""
    found = Trader(open_window(chromium, site, size=SIZES[request.param]))
    found.sign_up(f"{request.function.__name__[:40]}-{request.param}@example.test")
    yield found
    found.page.context.close()


@pytest.fixture
def holder(site: Site, chromium: Browser) -> Iterator[Trader]:
    """Somebody who will hold something."""
    found = Trader(open_window(chromium, site, size=SIZES["wide"]))
    found.sign_up("guarded@example.test")
    yield found
    found.page.context.close()
    site.manage("load_tape", "--stop", "--symbol", SYMBOL)


def test_set_a_limit_and_be_refused_by_it_in_a_plain_sentence(trader: Trader) -> None:
    """The limit is set on the desk's page; the ticket then says no before anything is placed, and sizes within it."""
    page = trader.page
    trader.visit.go("/risk/")
    line = page.locator("details.limit", has_text="Largest value of one order")
    line.locator("summary").press("Enter")
    line.get_by_label("New limit").fill("1000")
    line.get_by_label("New limit").press("Enter")
    expect(page.locator("details.limit", has_text="Largest value of one order").locator("summary")).to_contain_text(
        "$1,000.00"
    )
    trader.open("KO")
    trader.fill(size="100")
    estimate = trader.ticket.locator("[data-estimate]")
    expect(estimate).to_contain_text("your limit for one order is $1,000.00", timeout=WITHIN_MS)
    trader.ticket.get_by_role("button", name="Review order").click()
    expect(trader.ticket.get_by_text("your limit for one order is $1,000.00").first).to_be_visible()
    expect(trader.ticket.get_by_role("button", name=re.compile("^Confirm"))).to_have_count(0)
    assert trader.orders("KO") == []

    trader.ticket.get_by_text("Size it by risk").click()
    trader.ticket.get_by_label("Stop at").fill(trader.away("-2%", trader.last("KO")))
    trader.ticket.get_by_label("Stop at").press("Enter")
    expect(trader.ticket.locator("[data-sizing]")).to_contain_text("It was cut by the largest order value")
    trader.place("Confirm buy")
    trader.becomes("filled")
    assert Decimal(trader.orders("KO")[-1]["quantity"]) < 100
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert trader.complaints == []


def test_attach_a_stop_and_watch_it_fire(site: Site, holder: Trader, tmp_path: Path) -> None:
    """Unguarded, guarded by the keyboard alone, gone off: the page says each without being loaded again."""
    page, last = holder.page, Decimal(holder.last(SYMBOL))
    fallen = (last * Decimal("0.94")).quantize(Decimal("0.01"))
    follow_history(site, tmp_path / "fall.csv", [last] * FALL + [fallen] * (DAYS - FALL))
    holder.open(SYMBOL)
    stops = page.locator("#stops")
    expect(stops).to_be_hidden()
    holder.fill(size="10")
    holder.place("Confirm buy")
    holder.becomes("filled")

    expect(stops).to_contain_text(f"No stop guards your 10 {SYMBOL} against a loss.", timeout=WITHIN_MS)
    stops.get_by_role("link", name="Attach a stop").press("Enter")
    form = stops.get_by_role("form", name="Attach a stop")
    price = form.get_by_role("textbox", name="Price")
    price.fill(holder.away("+3%", str(last)))
    price.press("Enter")
    expect(form.locator("#stop_price_error")).to_contain_text("its level must be below the price")
    price.fill(holder.away("-3%", str(last)))
    expect(form.locator("[data-stop-preview]")).to_contain_text(f"Sells all 10 {SYMBOL} when the price falls to")
    price.press("Enter")
    expect(stops.locator("[data-state=guarding]")).to_be_visible(timeout=WITHIN_MS)
    expect(stops).to_contain_text("% below")
    expect(stops).not_to_contain_text("No stop guards")

    assert site.manage("replay", SYMBOL, "seek", str(DAYS - 1)).returncode == 0
    expect(stops.locator("[data-state=done]")).to_be_visible(timeout=2 * WITHIN_MS)
    expect(stops).to_contain_text(re.compile(r"Went off at \$\d+\.\d\d; its level was \$"))
    expect(stops).to_contain_text("Its exit filled 10 at")
    expect(page.locator('[aria-labelledby="position-title"]')).to_contain_text("You hold no", timeout=WITHIN_MS)
    stops.get_by_role("link", name="the order").click()
    expect(page.locator("main")).to_contain_text("A stop went off.")
    assert [order["source"] for order in holder.orders(SYMBOL)] == ["risk", "ticket"]
    assert holder.complaints == []


def test_a_stop_is_changed_and_taken_away_in_place(trader: Trader) -> None:
    """Both open in their row, and what is destructive is asked once more."""
    page = trader.page
    trader.open("PG")
    trader.fill(size="4")
    trader.place("Confirm buy")
    trader.becomes("filled")
    stops = page.locator("#stops")
    stops.get_by_role("link", name="Attach a stop").click(timeout=WITHIN_MS)
    stops.get_by_label("Kind of stop").select_option(label="Trails the price by a percentage")
    expect(stops.get_by_role("textbox", name="Price")).to_be_hidden()
    stops.get_by_label("Percent", exact=True).fill("20")
    stops.get_by_role("button", name="Attach stop").click()
    expect(stops).to_contain_text("20% behind the best price so far", timeout=WITHIN_MS)
    stops.get_by_role("link", name=re.compile("^Change")).click()
    form = stops.get_by_role("form", name="Change the stop")
    expect(form.get_by_label("Percent", exact=True)).to_have_value("20")
    form.get_by_text("A part").click()
    form.get_by_label("Size of the part").fill("3")
    form.get_by_role("button", name="Change stop").click()
    expect(stops).to_contain_text("Sells 3 PG when the price falls to", timeout=WITHIN_MS)
    stops.get_by_role("link", name=re.compile("^Take away")).click()
    stops.get_by_role("form", name="Take the stop away").press("Escape")
    expect(stops.get_by_role("form", name="Take the stop away")).to_have_count(0)
    stops.get_by_role("link", name=re.compile("^Take away")).click()
    stops.get_by_role("button", name="Take it away").click()
    expect(stops).to_contain_text("No stop guards your 4 PG against a loss.", timeout=WITHIN_MS)
    assert trader.complaints == []


def follow_history(site: Site, file: Path, closes: list[Decimal]) -> None:
    """Let the symbol stand at the first of these days' prices; seeking moves it to another, and it stands there."""
    first = date(2020, 1, 1)
    days = [f"{first + timedelta(days=number)},{p},{p},{p},{p},1000000" for number, p in enumerate(closes)]
    file.write_text("\n".join(["date,open,high,low,close,volume", *days]) + "\n")
    done = site.manage("load_tape", str(file), "--symbol", SYMBOL, "--speed", "0.0001")
    assert done.returncode == 0, done.stderr
