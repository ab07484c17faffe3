"""The chain as a page: dates, strikes, tickets, and the builder, all by addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from arbion.lib.clock import FrozenClock
from marketdata.models import Instrument
from marketdata.options.chain import chain
from tests.marketdata.factories import make_instrument

pytestmark = pytest.mark.django_db
PATH = "/trade/AAPL/options/"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime.now(UTC))


@pytest.fixture
def client() -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.create(email="reader@example.org"))
    return client


@pytest.fixture
def symbols(apple, clock) -> dict[str, str]:
    """A call and a put at the money of a date in a month or so, by kind."""
    found = chain(apple, None, clock.now())
    day = next(day for day in found.expirations if day > clock.now().date() + timedelta(days=30))
    row = next(row for row in chain(apple, day, clock.now()).rows if row.at_the_money)
    return {"day": day.isoformat(), "call": row.call.symbol, "put": row.put.symbol}


def text(response) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_strikes_around_the_money_with_links_to_tickets(client, apple, symbols):
    page = text(client.get(f"{PATH}?expiration={symbols['day']}"))
    assert f'href="/trade/{symbols["call"]}/?side=buy#ticket"' in page
    assert f'href="/trade/{symbols["put"]}/?side=sell#ticket"' in page
    assert page.count("data-chain-atm") == 1
    assert page.count('<th scope="row"') == 21
    more = text(client.get(f"{PATH}?expiration={symbols['day']}&strikes=all"))
    assert more.count('<th scope="row"') > 21
    assert Instrument.objects.count() == 1


def test_prices_become_legs_where_several_are_built(client, symbols):
    page = text(client.get(f"{PATH}?expiration={symbols['day']}&build=1"))
    assert f"&leg=buy%3A1%3A{symbols['call']}" in page
    assert "Strategy" in page
    assert "Review order" not in page


def test_legs_are_priced_and_go_to_the_package_ticket(client, symbols):
    legs = f"leg=buy:1:{symbols['call']}&leg=buy:1:{symbols['put']}"
    page = text(client.get(f"{PATH}?expiration={symbols['day']}&{legs}"))
    assert "2 of 4 legs" in page
    assert "No limit" in page  # the profit of a straddle
    assert len(re.findall(r"payoff-even", page)) == 2
    assert f"/trade/AAPL/package/?leg=buy%3A1%3A{symbols['call']}&leg=buy%3A1%3A{symbols['put']}" in page
    assert page.count("picked-buy") == 2
    assert Instrument.objects.count() == 1


def test_one_leg_goes_to_its_own_ticket_and_can_be_turned_doubled_and_taken_out(client, symbols):
    page = text(client.get(f"{PATH}?expiration={symbols['day']}&leg=sell:1:{symbols['call']}"))
    assert f'href="/trade/{symbols["call"]}/?side=sell#ticket"' in page
    for leg in (f"buy%3A1%3A{symbols['call']}", f"sell%3A2%3A{symbols['call']}"):
        assert f"&build=1&leg={leg}" in page
    assert 'data-chain-link aria-label="Take out"' in page


def test_shares_join_a_package(client, symbols):
    page = text(client.get(f"{PATH}?leg=buy:1:AAPL&leg=sell:1:{symbols['call']}"))
    assert "100 shares" in page
    assert "Buy 100 AAPL" not in page


def test_a_fifth_leg_does_not_fit(client, apple, clock, symbols):
    rows = chain(apple, datetime.fromisoformat(symbols["day"]).date(), clock.now()).rows[:5]
    legs = "&".join(f"leg=buy:1:{row.call.symbol}" for row in rows)
    page = text(client.get(f"{PATH}?{legs}"))
    assert "4 of 4 legs" in page
    assert rows[4].call.symbol not in page.split("data-chain-builder")[1]


@pytest.mark.parametrize(
    "leg", ["", "buy", "buy:0:{call}", "buy:-1:{call}", "buy:999:{call}", "buy:¹:{call}", "hold:1:{call}",
            "buy:1:NOPE", "buy:1:AAPL350119C00240000", "buy:1:MSFT"],
)  # fmt: skip
def test_legs_that_are_none_are_left_out(client, symbols, leg):
    make_instrument("MSFT")
    page = text(client.get(PATH, {"leg": leg.format(**symbols), "build": "1"}))
    assert "Up to four legs" in page


def test_a_script_gets_the_part_that_changes(client, symbols):
    page = text(client.get(f"{PATH}?expiration={symbols['day']}", headers={"X-Fragment": "1"}))
    assert "<html" not in page
    assert "data-chain-table" in page


def test_a_contracts_chain_is_that_of_its_underlying(client, symbols):
    response = client.get(f"/trade/{symbols['call']}/options/")
    assert (response.status_code, response["Location"]) == (302, f"{PATH}?expiration={symbols['day']}")
    assert client.get("/trade/aapl/options/")["Location"] == PATH


@pytest.mark.parametrize("day", ["2020-01-17", "soon", "0001-01-01", "2026-02-30"])
def test_a_date_that_is_not_listed_leads_back_with_a_word(client, apple, day):
    response = client.get(f"{PATH}?expiration={day}", follow=True)
    assert response.redirect_chain == [(PATH, 302)]
    assert "expire" in text(response) or "no date" in text(response)


def test_coins_unknown_symbols_and_strangers(client, apple):
    make_instrument("BTC-USD", asset_class="crypto", base_price=Decimal(90_000))
    assert "No options here" in text(client.get("/trade/BTC-USD/options/"))
    assert client.get("/trade/NOPE/options/").status_code == 404
    assert client.post(PATH).status_code == 405
    assert Client(HTTP_HOST="localhost").get(PATH).status_code == 302


def test_without_a_price_there_are_dates_and_no_strikes(client):
    make_instrument("NEW")
    assert "No strikes yet" in text(client.get("/trade/NEW/options/"))
