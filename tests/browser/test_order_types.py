"""Each type of order by the ticket: placed, seen at rest or filled, changed and canceled, with a silent console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, open_window
from tests.browser.trader import Trader

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def trader(site: Site, chromium: Browser) -> Iterator[Trader]:
    """One person for all journeys here."""
    found = Trader(open_window(chromium, site, size=(1440, 900)))
    found.sign_up("types@example.test")
    yield found
    found.page.context.close()


def test_market(trader: Trader) -> None:
    """At once, in money."""
    trader.open("KO")
    trader.choose("USD")
    trader.fill(size="1000")
    expect(trader.ticket.locator("[data-estimate]")).to_contain_text("Estimated cost")
    trader.place("Confirm buy")
    trader.becomes("filled")
    expect(trader.page.locator('[aria-labelledby="position-title"]')).to_contain_text("KO")
    trader.page.locator('[aria-labelledby="position-title"] summary').click()
    expect(trader.page.get_by_role("region", name="Lots of KO")).to_contain_text("$")
    assert trader.complaints == []


@pytest.mark.parametrize(
    ("kind", "figures", "field", "shown"),
    [
        ("Limit", {"limit": "-20%"}, "Limit price", "Limit {}"),
        ("Stop", {"stop": "+20%"}, "Stop price", "Stop {}"),
        ("Stop limit", {"stop": "+4%", "limit": "+6%"}, "Stop price", "Stop {}"),
        ("Trailing stop", {"trail": "20"}, "Size", "Trailing stop 20.00%"),
    ],
)
def test_an_order_rests_is_changed_and_canceled(
    trader: Trader, kind: str, figures: dict[str, str], field: str, shown: str
) -> None:
    """Away from the market: at rest, changed by its row, canceled by its row."""
    trader.open("PEP")
    trader.choose(kind)
    last = trader.last("PEP")
    prices = {name: trader.away(figure, last) for name, figure in figures.items()}
    trader.fill(size="2", **prices)
    trader.place("Confirm buy")
    trader.becomes("accepted")
    wanted = "3" if field == "Size" else trader.away("+0.01", next(iter(prices.values())))
    trader.edit(field, wanted)
    expect(trader.working).to_contain_text(shown.format(wanted))
    trader.cancel_all()
    order = trader.orders("PEP")[0]
    assert (order["status"], order["filled_quantity"]) == ("canceled", "0")
    trader.visit.go(f"/orders/{order['id']}/")
    expect(trader.page.locator(".timeline")).to_contain_text("types@example.test")
    assert trader.complaints == []


@pytest.mark.parametrize("works", ["Immediate or cancel", "Fill or kill"])
def test_at_once_or_not(trader: Trader, works: str) -> None:
    """Nothing can be had at this price: the order ends at once."""
    trader.open("MCD")
    trader.choose("Limit")
    trader.fill(size="2", limit="20")
    trader.works(works)
    trader.place("Confirm buy")
    expect(trader.ticket.locator("[data-state=canceled], [data-state=expired]")).to_be_visible(timeout=30_000)
    assert trader.orders("MCD")[0]["filled_quantity"] == "0"
    assert trader.complaints == []


@pytest.mark.parametrize("works", ["At the open", "At the close"])
def test_at_the_open_and_at_the_close(trader: Trader, works: str) -> None:
    """An order for an auction waits for it, and can be canceled until then."""
    trader.open("WMT")
    trader.fill(size="1")
    trader.works(works)
    trader.place("Confirm buy")
    expect(trader.working.locator("[data-order]")).to_be_visible(timeout=30_000)
    trader.cancel_all()
    assert trader.complaints == []


def test_good_till_a_date(trader: Trader) -> None:
    """The date's field comes with the choice; a date that is over is refused beside it, and what was typed stays."""
    trader.open("WMT")
    trader.choose("Limit")
    trader.fill(size="1", limit="20")
    expect(trader.ticket.get_by_label("Good until")).to_be_hidden()
    trader.works("Good till date")
    trader.fill(until="2020-01-02")
    trader.ticket.get_by_role("button", name="Review order").click()
    expect(trader.ticket.locator("#id_expires_on_error")).to_contain_text("This date is over")
    expect(trader.ticket.get_by_label("Limit price", exact=True)).to_have_value("20")
    trader.fill(until="2099-01-02")
    trader.place("Confirm buy")
    trader.becomes("accepted")
    expect(trader.working).to_contain_text("until 2 Jan 2099")
    trader.cancel_all()
    assert trader.complaints == []


def test_orders_are_found_and_taken_away(trader: Trader) -> None:
    """The list: a tab, a search, a file."""
    trader.visit.go("/orders/?search=PepsiCo")
    rows = trader.page.get_by_label("Your orders").locator("tbody tr")
    expect(rows).to_have_count(4)
    trader.page.get_by_role("link", name="Filled", exact=True).click()
    expect(trader.page.get_by_label("Your orders")).to_contain_text("No order matches")
    trader.visit.go("/orders/")
    with trader.page.expect_download() as taken:
        trader.page.get_by_role("link", name="CSV").click()
    assert taken.value.path().read_text().splitlines()[0].startswith("placed,account,symbol,side")
    assert trader.complaints == []
