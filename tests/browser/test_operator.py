"""The operators' room in a browser: an admin's morning, from the figures to looking as somebody; every page by axe."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, Site, Visit, open_window
from tests.browser.test_accessible import AXE, SIZES, _own_something

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
PAGES = (
    "/admin/",
    "/admin/accounts/user/",
    "/admin/marketdata/instrument/?q=AAPL",
    "/admin/marketdata/instrument/1/change/",
    "/admin/market/override/",
    "/admin/market/coverage/?symbol=AAPL",
    "/admin/marketdata/marketday/",
    "/admin/marketdata/holiday/",
    "/admin/marketdata/corporateaction/add/",
    "/admin/exchange/models/",
    "/admin/brokers/brokeraccount/",
    "/admin/trading/order/",
    "/admin/trading/stop/",
    "/admin/trading/journal/",
    "/admin/books/check/",
    "/admin/django_celery_beat/periodictask/",
    "/admin/django_celery_beat/periodictask/1/change/",
    "/admin/system/health/",
    "/admin/arbion/systemlogentry/",
    "/admin/accounts/auditentry/",
)


@pytest.fixture(scope="module")
def order(site: Site, chromium: Browser) -> Iterator[str]:
    """Somebody has bought something: the key of their order."""
    visit = open_window(chromium, site, size=(1280, 800))
    visit.go("/")
    visit.page.get_by_role("button", name="Try the demo account").click()
    visit.page.wait_for_url("**/desk/")
    yield _own_something(visit).strip("/").rpartition("/")[2]
    visit.page.context.close()


def operator(site: Site, chromium: Browser, *, size: str = "desktop", colours: str = "dark") -> Visit:
    """An admin who came in through the ordinary sign-in page."""
    subprocess.run(
        [sys.executable, "manage.py", "create_person", EMAIL, "--role", "admin"],
        cwd=ROOT, env=site.environment, input=PASSWORD + "\n", text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    visit = open_window(chromium, site, size=SIZES[size], colours=colours)
    visit.go("/account/login/?next=/admin/")
    visit.page.get_by_label("E-mail").fill(EMAIL)
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.wait_for_url("**/admin/")
    return visit


def barriers(visit: Visit, path: str) -> list[str]:
    """What axe holds against one page, and what its console said before axe came."""
    visit.go(path)
    visit.page.wait_for_timeout(300)
    said = list(visit.said)
    visit.page.evaluate(AXE.read_text())
    # Django's sheets import each other; fetching them anew is what axe would do against our policy.
    result = visit.page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
    found = [
        f"{violation['id']}: {node['target']}"
        for violation in result["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
    over = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*said, *found, *([f"{over} px too wide"] if over > 0 else [])]


def test_an_admins_morning(site: Site, chromium: Browser, order: str) -> None:
    visit = operator(site, chromium)
    page = visit.page

    expect(page.locator("[data-live-key=engine_age]")).to_have_text(re.compile(r"^\d+$"))
    with page.expect_response("**/admin/live/", timeout=15_000) as answer:
        pass
    assert answer.value.status == 200

    visit.go("/admin/marketdata/instrument/?q=MSFT")
    page.locator("tr", has_text="Microsoft").first.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("halt_them")
    page.get_by_role("button", name="Go").click()
    page.get_by_label("Reason").fill("pending news")
    page.get_by_role("button", name="Halt 1 instrument").click()
    expect(page.locator(".messagelist")).to_contain_text("1 halted: pending news")
    expect(page.locator("tr", has_text="Microsoft").first).to_contain_text("pending news")
    page.locator("tr", has_text="Microsoft").first.locator("input.action-select").check()
    page.locator("select[name=action]").select_option("resume_them")
    page.get_by_role("button", name="Go").click()
    expect(page.locator("tr", has_text="Microsoft").first).not_to_contain_text("pending news")

    visit.go("/admin/market/override/")
    page.get_by_label("Closed").check()
    page.get_by_label("Reason").fill("fire alarm")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Close the market now").click()
    expect(page.locator(".room-notice")).to_contain_text("held closed by hand: fire alarm")
    page.get_by_role("button", name="Lift the override").click()
    page.get_by_role("button", name="Lift the override").click()
    expect(page.locator(".room-notice")).to_have_count(0)

    visit.go(f"/admin/trading/order/{order}/change/")
    for heading in ("1. The wish", "2. The verdict", "3. What happened", "7. Its lines in the ledger"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.locator(".room-story > li").count() >= 3

    page.locator(".room-facts").get_by_role("link", name="demo@arbion.invalid").click()
    expect(page.get_by_role("heading", name="Newest orders")).to_be_visible()
    page.get_by_role("link", name="Look as them").click()
    page.get_by_label("Reason").fill("a question about a fill")
    page.get_by_role("button", name="Look", exact=True).click()
    banner = page.locator(".viewing-banner")
    expect(banner).to_contain_text("You see what demo@arbion.invalid sees")
    expect(page.locator("main")).to_contain_text("NVDA")
    visit.go("/orders/")
    expect(banner).to_be_visible()
    assert visit.said == []
    banner.get_by_role("button", name="Stop").click()
    expect(page.locator(".messagelist")).to_contain_text("You are yourself again")
    assert visit.said == []
    page.context.close()


@pytest.mark.parametrize("colours", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_the_room_has_no_serious_barrier(site: Site, chromium: Browser, order: str, size: str, colours: str) -> None:
    visit = operator(site, chromium, size=size, colours=colours)
    found = {path: barriers(visit, path) for path in (*PAGES, f"/admin/trading/order/{order}/change/")}
    assert {path: what for path, what in found.items() if what} == {}
    assert visit.said == []
    visit.page.context.close()
