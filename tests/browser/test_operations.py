"""The admin site in a browser: through the ordinary door, live, and without a word against our strict policy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, Site, Visit, open_window

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
PAGES = (
    "/admin/accounts/user/",
    "/admin/marketdata/instrument/",
    "/admin/marketdata/instrument/1/change/",
    "/admin/trading/order/",
    "/admin/django_celery_beat/periodictask/",
    "/admin/django_celery_beat/periodictask/1/change/",
    "/admin/django_celery_beat/periodictask/add/",
    "/admin/django_celery_beat/intervalschedule/add/",
)


@pytest.fixture
def operator(site: Site, chromium: Browser) -> Iterator[Visit]:
    """An admin who came in through the ordinary sign-in page."""
    subprocess.run(
        [sys.executable, "manage.py", "create_person", EMAIL, "--role", "admin"],
        cwd=ROOT, env=site.environment, input=PASSWORD + "\n", text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    visit = open_window(chromium, site, size=(1280, 800))
    visit.go("/admin/")
    visit.page.wait_for_url("**/account/login/?next=/admin/")
    visit.page.get_by_label("E-mail").fill(EMAIL)
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.wait_for_url("**/admin/")
    yield visit
    visit.page.context.close()


def test_the_figures_on_the_first_page_are_live(operator: Visit) -> None:
    page = operator.page
    engine = page.locator("[data-live-key=engine_age]")
    expect(engine).to_have_text(re.compile(r"^\d+$"))
    expect(page.locator("[data-live-key=instruments]")).to_have_text(re.compile(r"^[\d,]{3,}$"))
    with page.expect_response("**/admin/live/", timeout=15_000) as answer:
        pass
    assert answer.value.status == 200
    assert operator.said == []
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/admin.png", full_page=True)


def test_its_pages_break_no_policy(operator: Visit) -> None:
    for path in PAGES:
        operator.go(path)
        assert operator.page.locator("#site-name").inner_text().split() == ["Arbion", "operations"], path
        assert operator.said == [], path


def test_a_changed_schedule_is_saved(operator: Visit) -> None:
    operator.go("/admin/django_celery_beat/periodictask/?q=Prune")
    operator.page.get_by_role("link", name="Prune candles").first.click()
    operator.page.get_by_label("Enabled").uncheck()
    operator.page.get_by_role("button", name="Save", exact=True).click()
    expect(operator.page.locator(".messagelist .success")).to_contain_text("was changed successfully")
    assert operator.said == []
