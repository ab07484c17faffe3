"""A whole Arbion of its own for the browser tests, and a Chromium that reports every word of its console."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.openai_server.server import OpenAIServer, serve

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 150
# What the machine's own environment says of these has no say here.
FOREIGN = ("DATABASE", "REDIS", "OPENAI", "MODEL_")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Site:
    """A running embedded Arbion."""

    address: str
    data: Path
    environment: dict[str, str]

    @property
    def workspace(self) -> Path:
        """The folder of the code assistant."""
        return Path(self.environment["CODEX_WORKSPACE"])

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands beside it."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip


@dataclass
class Visit:
    """One window on the site; `said` is what its console and its page complained about."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open an address of the site."""
        self.page.goto(f"{self.address}{path}", wait_until="load")


@pytest.fixture(scope="session")
def provider() -> Iterator[OpenAIServer]:
    """The provider of language models that the site knows; it has no house key, so people bring their own."""
    with serve() as server:
        yield server


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, provider: OpenAIServer) -> Iterator[Site]:
    """Start `manage.py up` on a free port with a folder of its own, and end it with Ctrl-C."""
    assert (ROOT / "static/dist/app.css").exists(), "build the front end first: make assets"
    data = tmp_path_factory.mktemp("arbion")
    workspace = tmp_path_factory.mktemp("workspace")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    # All journeys come from one address within minutes.
    environment |= {
        "ARBION_DATA_DIR": str(data),
        "ARBION_MODE": "embedded",
        "OPENAI_BASE_URL": provider.base_url,
        "OPENAI_API": "responses",
        "CODEX_ENABLED": "True",
        "CODEX_WORKSPACE": str(workspace),
        "RATE_SIGNUP": "99/h",
        "RATE_LOGIN_ACCOUNT": "99/m",
        "RATE_LOGIN_ADDRESS": "99/m",
        "QUOTE_AGE_SECONDS_MAX": "120",  # other tests keep this machine busy
        "MONITOR_PERIOD_SECS": "60",
        "RATE_ORDERS": "99/m",
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (data / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port), "--no-browser"],
            cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        found = Site(f"http://127.0.0.1:{port}", data, environment)
        try:
            _wait_until_ready(found, server)
            yield found
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_ready(site: Site, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    answer = "nothing"
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{site.address}/health/ready/", timeout=5) as response:  # noqa: S310  loopback
                if response.status == 200:
                    return
        except urllib.error.HTTPError as refusal:
            answer = refusal.read().decode()
        except OSError as error:
            answer = str(error)
        time.sleep(0.5)
    pytest.fail(f"the site did not get ready: {answer}\n{(site.data / 'server.log').read_text()[-3000:]}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the module; it ends with it, since Playwright's loop must not outlive its tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def open_window(browser: Browser, site: Site, *, size: tuple[int, int], colours: str = "dark") -> Visit:
    """A fresh window without cookies that listens to its console."""
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=colours, reduced_motion="no-preference"
    )
    # Dark unless the person chose otherwise: here the choice is the system's, which the window plays.
    context.add_init_script("localStorage.setItem('arbion-theme', 'system')")
    visit = Visit(context.new_page(), site.address)

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            visit.said.append(f"{message.type}: {message.text}")

    visit.page.on("console", listen)
    visit.page.on("pageerror", lambda error: visit.said.append(f"page error: {error}"))
    return visit
