"""Every page by axe, dark and light, at both sizes: nothing serious or critical."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, Site, Visit, open_window
from tests.browser.trader import Trader

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules/axe-core/axe.min.js"
VISITOR_PAGES = ("/", "/account/login/", "/account/signup/", "/account/password/reset/", "/nothing-here/")
PERSON_PAGES = (
    "/desk/",
    "/desk/history/",
    "/desk/settings/",
    "/desk/assistants/",
    "/desk/assistants/new/",
    "/markets/",
    "/trade/AAPL/",
    "/trade/BTC-USD/",
    "/trade/NVDA/",
    "/trade/NVDA/stops/new/",
    "/portfolio/",
    "/portfolio/closed/",
    "/orders/",
    "/orders/repeating/",
    "/orders/repeating/new/",
    "/cash/",
    "/cash/ledger/1/",
    "/cash/settings/",
    "/cash/reset/",
    "/account/profile/",
    "/account/language-model/",
    "/risk/",
    "/risk/assessment/",
    "/risk/decisions/",
    "/risk/halt/",
    "/inbox/",
    "/alerts/",
)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.mark.parametrize("colours", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_have_no_serious_barrier(site: Site, chromium: Browser, size: str, colours: str) -> None:
    """axe-core on each page, as a visitor and as a person who owns something."""
    visit = open_window(chromium, site, size=SIZES[size], colours=colours)
    found = {path: _barriers(visit, path) for path in VISITOR_PAGES}
    visit.go("/")
    visit.page.get_by_role("button", name="Try the demo account").click()
    visit.page.wait_for_url("**/desk/")
    order = _own_something(visit)
    resting, package = _want_something(visit)
    mine = (order, f"{order}explain/", resting, package, *_set_up_something(visit))
    found |= {path: _barriers(visit, path) for path in (*PERSON_PAGES, *mine)}
    found["a full ticket"] = _barriers(visit, "/trade/NVDA/?side=sell", fill_in=True)
    assert {path: barriers for path, barriers in found.items() if barriers} == {}
    assert [line for line in visit.said if "404" not in line] == []
    visit.page.context.close()


def _own_something(visit: Visit) -> str:
    """Buy one share, so that pages have something to show; the order's page."""
    page = visit.page
    page.get_by_label("Tell the desk what to do").fill("buy 1 nvidia")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Confirm buy").click()
    live = page.locator(".talk-log [data-order]").last
    expect(live.locator("[data-state=filled]")).to_be_visible(timeout=30_000)
    return str(live.get_by_role("link", name="Timeline").get_attribute("href"))


def _want_something(visit: Visit) -> tuple[str, str]:
    """Place an order that rests; the page on which it is changed, and the ticket of two legs."""
    trader = Trader(visit)
    trader.open("MSFT")
    trader.choose("Limit")
    trader.fill(size="1", limit="20")
    trader.place("Confirm buy")
    trader.becomes("accepted")
    low, high = (call["symbol"] for call in trader.calls("AAPL"))
    order = trader.orders("MSFT")[0]["id"]
    return f"/orders/{order}/replace/", f"/trade/AAPL/package/?leg=buy:1:{low}&leg=sell:1:{high}"


def _set_up_something(visit: Visit) -> tuple[str, ...]:
    """An alert, a repeating order, a stop and an assistant with a memory; the pages on which each is changed."""
    trader, page = Trader(visit), visit.page
    far = {"symbol": "NVDA", "metric": "price", "operator": "<=", "value": "1"}
    alert = trader.send("/api/v1/alerts/", {"when": far, "note": "look again"})["id"]
    weekly = {"symbol": "BTC-USD", "side": "buy", "notional": "100", "every": {"interval": "week"}}
    repeating = trader.send("/api/v1/schedules/", weekly)["id"]
    even = {"symbol": "NVDA", "kind": "break_even", "percent": "50", "price": "1"}
    stop = trader.send("/api/v1/risk/stops/", even)["id"]
    visit.go("/desk/assistants/")
    if page.get_by_role("link", name="Ada").count() == 0:
        visit.go("/desk/assistants/new/")
        page.get_by_label("Name").fill("Ada")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url("**/desk/assistants/*-*/")
    else:
        page.get_by_role("link", name="Ada").first.click()
    return (
        f"/alerts/{alert}/",
        f"/alerts/{alert}/delete/",
        f"/orders/repeating/{repeating}/",
        f"/risk/stops/{stop}/",
        f"/risk/stops/{stop}/cancel/",
        page.url.removeprefix(visit.address),
    )


def _barriers(visit: Visit, path: str, *, fill_in: bool = False) -> list[str]:
    """What axe holds against one page: serious and critical findings, and content wider than the window."""
    visit.go(path)
    page = visit.page
    if fill_in:
        trader = Trader(visit)
        trader.choose("Stop limit", "%", "Second order")
        trader.fill(size="50", stop="20", limit="19", second_stop="18")
        trader.works("Good till date")
        page.get_by_label("Lots to close").select_option("chosen")
    return barriers(visit)


def barriers(visit: Visit) -> list[str]:
    """What axe holds against the page that is open."""
    page = visit.page
    page.wait_for_timeout(800)
    page.evaluate(Path(AXE).read_text())
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    found = [
        f"{violation['id']}: {node['target']}"
        for violation in result["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{over} px too wide"] if over > 0 else [])
