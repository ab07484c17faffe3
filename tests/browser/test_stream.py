"""What a page does when the stream goes away, and that both writers of figures write the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from arbion.lib.templatetags import arbion as tags
from tests.browser.conftest import Site, open_window

pytestmark = pytest.mark.browser

VALUES = ("0", "-0.001", "12", "-12.345", "1234567.891", "0.00001234", "0.25", "99999999999.99", "19500", "", "x")
TWINS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("money", tags.money),
    ("signed", tags.signed),
    ("quantity", tags.quantity),
    ("price", tags.price),
    ("percent", tags.percent),
    ("change", tags.change),
    ("compact", tags.compact),
    ("direction", tags.direction),
    ("arrow", tags.arrow),
    ("words", tags.words),
)


def _enter_demo(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("button", name="Try the demo account").click()
    page.wait_for_url("**/desk/")


def test_a_lost_stream_is_said_and_found_again(site: Site, chromium: Browser) -> None:
    """The server is out of reach for a while: the page says that its figures stand still, then they move again."""
    page = open_window(chromium, site, size=(1440, 900)).page
    routes: list[WebSocketRoute] = []
    is_reachable = False

    def route(socket: WebSocketRoute) -> None:
        routes.append(socket)
        if is_reachable:
            socket.connect_to_server()
        else:
            socket.close()

    page.route_web_socket("**/ws/v1/stream/", route)
    _enter_demo(page, site)
    page.goto(f"{site.address}/trade/AAPL/")
    banner = page.locator("[data-stale-banner]")
    expect(banner).to_contain_text("Connection lost", timeout=10_000)
    assert len(routes) > 1, "it tries again by itself"
    is_reachable = True
    expect(banner).to_be_hidden(timeout=30_000)
    price = page.locator(".instrument-last")
    expect(price).not_to_have_text(price.inner_text(), timeout=30_000)
    page.context.close()


def test_prices_are_awaited_only_while_their_market_trades(site: Site, chromium: Browser) -> None:
    """Silence of a closed market is no fault; a share's page says nothing, a coin's still does."""
    page = open_window(chromium, site, size=(1440, 900)).page
    _enter_demo(page, site)
    expect(page.locator("[data-market]")).to_have_attribute("data-phase", "regular")
    asked = [
        (channel, phase)
        for channel in ("quotes:AAPL", "quotes:BTC-USD", "orders")
        for phase in ("regular", "pre", "post", "closed")
    ]
    awaited = page.evaluate(
        """async (asked) => {
            const { isAwaited } = await import('/static/js/stream.js');
            return asked.filter(([channel, phase]) => isAwaited(channel, phase));
        }""",
        asked,
    )
    coin = [["quotes:BTC-USD", phase] for phase in ("regular", "pre", "post", "closed")]
    assert awaited == [["quotes:AAPL", phase] for phase in ("regular", "pre", "post")] + coin
    page.context.close()


def test_the_browser_writes_figures_as_the_server_does(site: Site, chromium: Browser) -> None:
    """static/js/format.js beside the template filters, on the same texts."""
    page = open_window(chromium, site, size=(1440, 900)).page
    page.goto(site.address)
    names = [name for name, _ in TWINS]
    written = page.evaluate(
        """async ([names, values]) => {
            const format = await import('/static/js/format.js');
            return names.map((name) => values.map((value) => format[name](value)));
        }""",
        [names, list(VALUES)],
    )
    expected = [[write(value) for value in VALUES] for _, write in TWINS]
    assert dict(zip(names, written, strict=True)) == dict(zip(names, expected, strict=True))
    page.context.close()
