"""Every page by axe, dark and light, at both sizes: nothing serious or critical."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, Site, Visit, open_window

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules/axe-core/axe.min.js"
VISITOR_PAGES = ("/", "/account/login/", "/account/signup/", "/account/password/reset/", "/nothing-here/")
PERSON_PAGES = (
    "/desk/",
    "/markets/",
    "/trade/AAPL/",
    "/trade/BTC-USD/",
    "/portfolio/",
    "/orders/",
    "/account/profile/",
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
    found |= {path: _barriers(visit, path) for path in (*PERSON_PAGES, order)}
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


def _barriers(visit: Visit, path: str) -> list[str]:
    """What axe holds against one page: serious and critical findings, and content wider than the window."""
    visit.go(path)
    page = visit.page
    page.wait_for_timeout(800)
    page.evaluate(Path(AXE).read_text())
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    barriers = [
        f"{violation['id']}: {node['target']}"
        for violation in result["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return barriers + ([f"{over} px too wide"] if over > 0 else [])
