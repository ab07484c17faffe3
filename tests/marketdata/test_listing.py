"""The list of the markets page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from marketdata import listing, quotes
from marketdata.models import Instrument

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
CLOCK = FrozenClock(NOON)


def _list(symbol: str, *, kind: str = "equity", rank: int = 1, tradable: bool = True) -> Instrument:
    return Instrument.objects.create(
        symbol=symbol, name=f"{symbol} Corporation", asset_class=kind, exchange="NASDAQ", rank=rank, tradable=tradable,
        price_increment=Decimal("0.01"), size_increment=Decimal(1), base_price=Decimal(100), updated_at=NOON,
    )  # fmt: skip


def _quote(symbol: str, last: str, previous: str) -> None:
    price = Decimal(last)
    report = QuoteReport(
        symbol=symbol, bid=price, ask=price, last=price, previous_close=Decimal(previous), volume=Decimal(10),
        at=NOON, source="test",
    )  # fmt: skip
    assert quotes.record([report], clock=CLOCK) == []


@pytest.fixture
def three(db: None) -> None:
    """Two shares and a coin with prices, and one that can only be looked up."""
    for rank, (symbol, kind) in enumerate([("AAA", "equity"), ("BBB", "equity"), ("CCC-USD", "crypto")], start=1):
        _list(symbol, kind=kind, rank=rank)
    _list("ZZZ", rank=4, tradable=False)
    _quote("AAA", "110", "100")
    _quote("BBB", "95", "100")
    _quote("CCC-USD", "5000", "4000")


def _symbols(**wanted: str) -> list[str]:
    return [instrument.symbol for instrument in listing.instruments(**wanted)]


@pytest.mark.usefixtures("three")
def test_the_best_known_come_first_and_only_what_can_be_traded() -> None:
    assert _symbols() == ["AAA", "BBB", "CCC-USD"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-change", ["CCC-USD", "AAA", "BBB"]),
        ("change", ["BBB", "AAA", "CCC-USD"]),
        ("-last", ["CCC-USD", "AAA", "BBB"]),
        ("-symbol", ["CCC-USD", "BBB", "AAA"]),
        ("nonsense", ["AAA", "BBB", "CCC-USD"]),
    ],
)
def test_sorting(sort: str, order: list[str]) -> None:
    assert _symbols(sort=sort) == order


@pytest.mark.usefixtures("three")
def test_kinds_and_text() -> None:
    assert _symbols(asset_class="crypto") == ["CCC-USD"]
    assert _symbols(text="ZZZ") == ["ZZZ"]


@pytest.mark.usefixtures("three")
def test_a_row_has_its_price_its_move_and_its_shape() -> None:
    row = listing.rows(list(listing.instruments())[:1], at=NOON)[0]
    assert row.quote is not None
    assert (row.quote.last, row.change_percent) == (Decimal(110), Decimal("10.00"))


def test_a_shape_fills_its_picture() -> None:
    assert listing.polyline([10, 20, 10]) == "0.0,26.0 48.0,2.0 96.0,26.0"
    assert listing.polyline([7, 7]) == "0.0,26.0 96.0,26.0"
    assert listing.polyline([7]) == ""


@pytest.mark.usefixtures("three")
def test_the_page_asks_for_a_sign_in_and_then_lists(client: Client) -> None:
    assert client.get("/markets/").status_code == 302
    client.force_login(User.objects.create_user("ann@example.test", "x"))
    page = client.get("/markets/?kind=crypto").content.decode()
    assert "CCC-USD" in page
    assert "AAA" not in page


@pytest.mark.usefixtures("three")
def test_what_was_searched_is_shown_as_text(client: Client) -> None:
    client.force_login(User.objects.create_user("ann@example.test", "x"))
    page = client.get("/markets/", {"search": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert(1)" not in page
