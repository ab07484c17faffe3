"""The inbox in a browser: the bell rings while one looks elsewhere; marks by keyboard, without a script, on a phone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.conftest import ROOT, Site, Visit, open_window
from tests.browser.test_accessible import AXE, SIZES
from tests.browser.trader import Trader

pytestmark = pytest.mark.browser

# The hint of another process is lost on the site, whose schedule sends what is due every ten seconds.
WITHIN_MS = 30_000
# Where to keep pictures of the pages, for somebody who wants to look at them.
PICTURES = os.environ.get("ARBION_PICTURES", "")
TELL = """
import sys
import django
django.setup()
from accounts.models import User
from accounts.notifications import notify
from arbion.lib.clock import SYSTEM
email, key, urgency, title, body, link = sys.argv[1:]
person, at = User.objects.get(email=email), SYSTEM.now()
notify(person, kind="stop", title=title, body=body, urgency=urgency, link=link, key=key, at=at)
"""


def tell(
    site: Site, email: str, key: str, *, urgency: str = "info", title: str = "", body: str = "", link: str = ""
) -> None:
    """Tell somebody something from another process; the site's own schedule sends it."""
    done = subprocess.run(
        [sys.executable, "-c", TELL, email, key, urgency, title or f"Notice {key}", body, link],
        cwd=ROOT, env=site.environment | {"DJANGO_SETTINGS_MODULE": "arbion.settings", "AFTER_COMMIT": "celery"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def person(site: Site, chromium: Browser, name: str, *, size: str = "desktop", colours: str = "dark") -> Visit:
    visit = open_window(chromium, site, size=SIZES[size], colours=colours)
    Trader(visit).sign_up(f"{name}@example.com")
    return visit


@pytest.fixture
def visit(site: Site, chromium: Browser, request) -> Iterator[Visit]:
    found = person(site, chromium, request.node.name.replace("[", "-").strip("]"))
    yield found
    assert found.said == []
    found.page.context.close()


def picture(visit: Visit, name: str) -> None:
    if PICTURES:
        visit.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_the_bell_rings_while_one_looks_elsewhere(site: Site, visit: Visit) -> None:
    page, email = visit.page, "test_the_bell_rings_while_one_looks_elsewhere@example.com"
    bell = page.locator("[data-bell]")
    visit.go("/markets/")
    expect(bell).to_have_attribute("aria-label", "Inbox, 0 unread")
    expect(bell.locator("[data-bell-count]")).to_be_hidden()
    tell(
        site,
        email,
        "1",
        urgency="critical",
        title="A stop fired: <b>AAPL</b>",
        body="Sold 10 at 180.00.",
        link="/orders/",
    )
    expect(bell).to_have_attribute("aria-label", "Inbox, 1 unread", timeout=WITHIN_MS)
    expect(bell.locator("[data-bell-count]")).to_have_text("1")
    expect(page.locator("[data-toasts]")).to_contain_text("A stop fired: <b>AAPL</b>")
    bell.click()
    expect(page.get_by_role("heading", name="A stop fired: <b>AAPL</b>")).to_be_visible()
    # The list follows without a reload, and what is marked in one window is read in the other.
    tell(site, email, "2", title="An order filled")
    expect(page.get_by_role("heading", name="An order filled")).to_be_visible(timeout=WITHIN_MS)
    other = page.context.new_page()
    other.goto(f"{visit.address}/markets/")
    expect(other.locator("[data-bell]")).to_have_attribute("aria-label", "Inbox, 2 unread")
    page.get_by_role("button", name="Mark as read An order filled").focus()
    page.keyboard.press("Enter")
    expect(bell).to_have_attribute("aria-label", "Inbox, 1 unread")
    expect(page.get_by_role("button", name="Mark as read An order filled")).to_have_count(0)
    expect(other.locator("[data-bell]")).to_have_attribute("aria-label", "Inbox, 1 unread", timeout=WITHIN_MS)
    page.get_by_role("button", name="Open A stop fired").click()
    page.wait_for_url("**/orders/")
    expect(bell).to_have_attribute("aria-label", "Inbox, 0 unread")


def test_a_list_that_cannot_be_loaded_says_so(site: Site, chromium: Browser) -> None:
    visit = person(site, chromium, "unloaded")
    page = visit.page
    tell(site, "unloaded@example.com", "1")
    tell(site, "unloaded@example.com", "2")
    visit.go("/inbox/")
    page.route(
        "**/inbox/", lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_()
    )
    page.get_by_role("button", name="Mark as read Notice 1").click()
    expect(page.get_by_role("alert")).to_contain_text("The list could not be loaded")
    expect(page.get_by_role("heading", name="Notice 1")).to_be_visible()
    picture(visit, "inbox-error")
    page.unroute("**/inbox/")
    with suppress(PlaywrightTimeout):  # the stream may have had the list fetched before
        page.get_by_role("button", name="Try again").click(timeout=3000)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name="Mark as read Notice 1")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colours", ["dark", "light"])
def test_it_is_whole_at_both_sizes_for_everybody(site: Site, chromium: Browser, size: str, colours: str) -> None:
    name = f"whole-{size}-{colours}"
    visit = person(site, chromium, name, size=size, colours=colours)
    page = visit.page
    visit.go("/inbox/")
    assert barriers(visit) == []
    picture(visit, f"{name}-empty")
    long = "Everything about it in one very long line, " * 6
    tell(site, f"{name}@example.com", "1", title="Order filled", body="Bought 3 AAPL at 187.20.", link="/orders/")
    tell(
        site,
        f"{name}@example.com",
        "2",
        urgency="warning",
        title="Your loss today is near its limit",
        body=long,
        link="/orders/",
    )
    tell(
        site,
        f"{name}@example.com",
        "3",
        urgency="critical",
        title="Halt" + "t" * 90,
        body="Everything is stopped.\nNothing is sold.",
    )
    visit.go("/inbox/")
    assert barriers(visit) == []
    picture(visit, f"{name}-unread")
    page.get_by_role("button", name="Mark as read Order filled").click()
    expect(page.get_by_role("link", name="Open Order filled")).to_be_visible()
    picture(visit, f"{name}-mixed")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)
    page.get_by_role("link", name="Unread (0)").click()
    expect(page.get_by_text("Everything is read")).to_be_visible()
    visit.go("/account/notifications/")
    assert barriers(visit) == []
    picture(visit, f"{name}-choices")
    page.get_by_label("E-mail, for information").check()
    page.get_by_label("From").fill("22:00")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Quiet hours need a beginning and an end.")).to_be_visible()
    expect(page.get_by_label("E-mail, for information")).to_be_checked()
    page.get_by_label("Until").fill("07:00")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Your choice is kept.")).to_be_visible()
    expect(page.get_by_label("Until")).to_have_value("07:00")
    assert [line for line in visit.said if "422" not in line] == []
    page.context.close()


def test_without_a_script_it_is_links_and_forms(site: Site, chromium: Browser) -> None:
    visit = person(site, chromium, "plain")
    tell(site, "plain@example.com", "1")
    tell(site, "plain@example.com", "2", link="/markets/")
    state = visit.page.context.storage_state()
    context = chromium.new_context(
        storage_state=state, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(f"{visit.address}/desk/")
    page.locator("[data-bell]").click()
    page.get_by_role("button", name="Mark as read Notice 1").click()
    expect(page.locator("[data-bell]")).to_have_attribute("aria-label", "Inbox, 1 unread")
    page.get_by_role("button", name="Open Notice 2").click()
    page.wait_for_url("**/markets/")
    expect(page.locator("[data-bell]")).to_have_attribute("aria-label", "Inbox, 0 unread")
    context.close()
    visit.page.context.close()


def barriers(visit: Visit) -> list[str]:
    """What axe holds against the page, and whether it is wider than the window."""
    page = visit.page
    page.add_script_tag(path=str(AXE)) if not AXE.exists() else page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations.map((one) => [one.id, one.impact])")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
    return [str(one) for one in found if one[1] in {"serious", "critical"}] + (
        ["wider than the window"] if wide else []
    )
