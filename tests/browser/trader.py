"""A person at the tickets, for the journeys: signs up once, fills in a ticket, and watches what becomes of an order."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit

WITHIN_MS = 30_000
# What the fields of the ticket are called, by the names that a journey uses.
FIELDS = {
    "size": "Size", "limit": "Limit price", "stop": "Stop price", "trail": "Trail", "until": "Good until",
    "stop_loss": "Stop loss", "take_profit": "Take profit", "second_stop": "Its stop price",
    "second_limit": "Its limit price",
}  # fmt: skip


@dataclass
class Trader:
    """Somebody who is signed in, in one window."""

    visit: Visit

    @property
    def page(self) -> Page:
        """The window."""
        return self.visit.page

    @property
    def complaints(self) -> list[str]:
        """What the console said, but for the browser's own line about a form that was refused (422)."""
        return [line for line in self.visit.said if "422" not in line]

    @property
    def ticket(self) -> Locator:
        """The order ticket of the page."""
        return self.page.locator("[data-ticket]")

    @property
    def working(self) -> Locator:
        """The working orders of the symbol's page."""
        return self.page.locator('[aria-labelledby="working-title"]')

    def sign_up(self, address: str) -> None:
        """A new person with a fresh practice account."""
        self.visit.go("/account/signup/")
        self.page.locator("input[name=email]").fill(address)
        self.page.locator("input[name=password1]").fill("a long enough pass phrase 7")
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url("**/desk/")

    def open(self, symbol: str) -> None:
        """The page of a symbol."""
        self.visit.go(f"/trade/{symbol}/")

    def choose(self, *labels: str) -> None:
        """Choose what is called so in the rows of choices."""
        for label in labels:
            self.ticket.locator("label.segment:visible", has_text=re.compile(f"^{re.escape(label)}$")).first.click()

    def fill(self, **figures: str) -> None:
        """Write into the fields of the ticket, by the names of FIELDS."""
        for name, figure in figures.items():
            self.ticket.get_by_label(FIELDS[name], exact=True).fill(figure)

    def works(self, label: str) -> None:
        """How long the order shall work."""
        self.ticket.get_by_label("Time in force").select_option(label=label)

    def place(self, confirm: str = "Confirm") -> None:
        """Review what the ticket says, and confirm it."""
        self.ticket.get_by_role("button", name="Review order").click()
        self.ticket.get_by_role("button", name=re.compile(f"^{confirm}")).click()
        expect(self.ticket.locator("[data-order]").first).to_be_visible(timeout=WITHIN_MS)

    def becomes(self, state: str) -> None:
        """Wait until the order that was placed is in this state."""
        expect(self.ticket.locator(f"[data-state={state}]").first).to_be_visible(timeout=WITHIN_MS)

    def edit(self, label: str, figure: str, *, row: str = "") -> None:
        """Change the first working order (whose row says so), and wait until the exchange has taken the change."""
        found = self.working.locator("tbody tr", has_text=row) if row else self.working
        found.get_by_role("link", name=re.compile("^Edit")).first.click()
        form = self.working.locator("[data-change-form]")
        form.get_by_label(label, exact=True).fill(figure)
        form.get_by_role("button", name="Replace order").click()
        expect(form).to_have_count(0, timeout=WITHIN_MS)
        expect(self.working).not_to_contain_text("requested", timeout=WITHIN_MS)

    def cancel_all(self) -> None:
        """Cancel what works, one after the other, until nothing does."""
        buttons = self.working.get_by_role("button", name=re.compile("^Cancel"))
        expect(buttons.first).to_be_visible(timeout=WITHIN_MS)
        for _ in range(buttons.count()):
            if self.working.get_by_text("No open orders").is_visible():
                break
            count = buttons.count()
            buttons.first.click()
            expect(buttons).not_to_have_count(count, timeout=WITHIN_MS)
        expect(self.working).to_contain_text("No open orders", timeout=WITHIN_MS)

    def last(self, symbol: str) -> str:
        """The last price."""
        return str(self.rest(f"/api/v1/quotes/?symbols={symbol}")[0]["last"])

    def wait_for(self, symbol: str, is_there: Callable[[Decimal], bool]) -> None:
        """Wait until the last price of the symbol is as it is wanted."""
        deadline = time.monotonic() + WITHIN_MS / 1000
        while not is_there(Decimal(self.last(symbol))):
            assert time.monotonic() < deadline, f"{symbol} stays at {self.last(symbol)}"
            self.page.wait_for_timeout(200)

    @staticmethod
    def away(figure: str, price: str) -> str:
        """`+4%` of the price more, `-0.05` less, in cents; anything else as it is."""
        if figure[0] not in "+-":
            return figure
        base = Decimal(price)
        way = base * Decimal(figure[:-1]) / 100 if figure.endswith("%") else Decimal(figure)
        return f"{base + way:.2f}"

    def rest(self, path: str) -> Any:
        """What the REST interface says."""
        answer = self.page.request.get(f"{self.visit.address}{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def send(self, path: str, body: dict[str, Any]) -> Any:
        """Post to the REST interface as the page would; what it answers."""
        token = next(one["value"] for one in self.page.context.cookies() if one["name"].endswith("csrftoken"))
        answer = self.page.request.post(
            f"{self.visit.address}{path}", data=body, headers={"X-CSRFToken": token, "Referer": self.visit.address}
        )
        assert answer.ok, answer.text()
        return answer.json()

    def calls(self, symbol: str) -> list[dict[str, Any]]:
        """Two calls on a symbol of one date, near its price, the lower strike first."""
        path = f"/api/v1/instruments/{symbol}/chain/"
        chain = self.rest(f"{path}?expiration={self.rest(path)['expirations'][3]}")
        price = Decimal(self.last(symbol))
        found = [row["call"] | {"strike": row["strike"]} for row in chain["rows"] if row["call"]]
        near = sorted(found, key=lambda call: abs(Decimal(call["strike"]) - price))[:2]
        return sorted(near, key=lambda call: Decimal(call["strike"]))

    def orders(self, symbol: str) -> list[dict[str, Any]]:
        """The person's orders of a symbol, newest first."""
        found: list[dict[str, Any]] = self.rest(f"/api/v1/orders/?symbol={symbol}")["results"]
        return found
