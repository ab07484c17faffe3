"""The code assistant in a browser: ask, wait, read the diff, write it; and a task whose file changed meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, Site, Visit, open_window
from tests.browser.test_accessible import SIZES
from tests.browser.test_operator import barriers
from tests.openai_server import KEY, Call, Fault, OpenAIServer, Reply

pytestmark = pytest.mark.browser

WITHIN_MS = 60_000
EMAIL, PASSWORD = "grace@example.com", "correct horse battery"
PICTURES = os.environ.get("ARBION_PICTURES", "")
MEAN = "def mean(values):\n    return sum(values) / len(values)\n"
BETTER = "def mean(values):\n    return sum(values) / len(values) if values else None\n"
DIFF = (
    "--- a/mean.py\n+++ b/mean.py\n@@ -1,2 +1,2 @@\n def mean(values):\n-    return sum(values) / len(values)\n"
    "+    return sum(values) / len(values) if values else None\n"
)
PROPOSED = Call("propose_change", {"analysis": "An empty list divides by nothing.", "diff": DIFF}, "call_2")


def superadmin(site: Site, chromium: Browser, *, size: str, colours: str) -> Visit:
    """Somebody who may ask it, with a key of their own."""
    subprocess.run(
        [sys.executable, "manage.py", "create_person", EMAIL, "--role", "superadmin"],
        cwd=ROOT, env=site.environment, input=PASSWORD + "\n", text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    visit = open_window(chromium, site, size=SIZES[size], colours=colours)
    visit.go("/account/login/?next=/account/language-model/")
    visit.page.get_by_label("E-mail").fill(EMAIL)
    visit.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visit.page.get_by_role("button", name="Sign in").click()
    visit.page.wait_for_url("**/account/language-model/")
    if not visit.page.get_by_text(f"ends in {KEY[-4:]}").is_visible():
        visit.page.get_by_label("Key", exact=True).fill(KEY)
        visit.page.get_by_role("button", name="Keep the key").click()
    expect(visit.page.get_by_text(f"ends in {KEY[-4:]}")).to_be_visible()
    return visit


def look(visit: Visit, name: str) -> None:
    """Nothing that axe or the console holds against the page as it stands; a picture of it where one is wanted."""
    if PICTURES:
        visit.page.screenshot(path=str(Path(PICTURES) / f"codex-{name}.png"), full_page=True)
    assert barriers(visit, visit.page.url.removeprefix(visit.address)) == []


def ask(visit: Visit, words: str) -> None:
    """Ask about the one file."""
    visit.go("/admin/system/codex/")
    visit.page.get_by_label("Instruction").fill(words)
    visit.page.get_by_role("textbox", name="Files").fill("mean.py")
    visit.page.get_by_role("button", name="Ask").click()


@pytest.mark.parametrize(("size", "colours"), [("desktop", "dark"), ("phone", "light")])
def test_a_diff_is_asked_for_read_and_written_once(
    site: Site, provider: OpenAIServer, chromium: Browser, size: str, colours: str
) -> None:
    file = site.workspace / "mean.py"
    file.write_text(MEAN)
    visit = superadmin(site, chromium, size=size, colours=colours)
    page = visit.page
    visit.go("/admin/system/codex/")
    look(visit, f"ask-{size}")

    provider.say(
        Reply(calls=(Call("read_file", {"path": "mean.py", "from_line": None}, "call_1"),)), Reply(calls=(PROPOSED,))
    )
    ask(visit, "Mind the empty list.")
    # The page finds out by itself that the answer is there.
    expect(page.get_by_text("An empty list divides by nothing.")).to_be_visible(timeout=WITHIN_MS)
    expect(page.locator("tr[data-kind=added]")).to_contain_text("if values else None")
    expect(page.locator("tr[data-kind=removed]")).to_have_count(1)
    look(visit, f"answered-{size}")
    assert file.read_text() == MEAN

    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Write 1 file?")).to_be_visible()
    assert file.read_text() == MEAN
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_text("Written: mean.py.")).to_be_visible()
    assert file.read_text() == BETTER
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    look(visit, f"applied-{size}")


def test_a_file_that_changed_meanwhile_and_a_provider_that_is_down(
    site: Site, provider: OpenAIServer, chromium: Browser
) -> None:
    file = site.workspace / "mean.py"
    file.write_text(MEAN)
    visit = superadmin(site, chromium, size="desktop", colours="dark")
    page = visit.page
    provider.say(Reply(calls=(PROPOSED,)))
    ask(visit, "Mind the empty list, please.")
    expect(page.get_by_text("An empty list divides by nothing.")).to_be_visible(timeout=WITHIN_MS)
    file.write_text("# by somebody else\n" + MEAN)
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_role("alert")).to_contain_text("mean.py")
    assert file.read_text() == "# by somebody else\n" + MEAN
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Dismissed; nothing was written.")).to_be_visible()

    provider.say(Reply(fault=Fault.WRONG_KEY))
    ask(visit, "And once more.")
    expect(page.get_by_text("It failed:")).to_be_visible(timeout=WITHIN_MS)
    assert file.read_text() == "# by somebody else\n" + MEAN
    visit.said.clear()  # the browser's own line about the refusal (409)
    look(visit, "failed")
