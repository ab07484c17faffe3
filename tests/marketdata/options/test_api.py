"""Option chains and contracts over REST."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from arbion.lib.clock import FrozenClock
from marketdata.models import Instrument
from marketdata.options.contracts import ensure
from tests.marketdata.factories import make_instrument
from tests.marketdata.options.conftest import give_price

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    client = APIClient(HTTP_HOST="localhost")
    client.force_authenticate(User.objects.create(email="reader@example.org"))
    return client


@pytest.fixture
def clock() -> FrozenClock:
    """The present: the doors have no other clock."""
    return FrozenClock(datetime.now(UTC))


@pytest.fixture
def chain(client, apple) -> dict:
    return client.get("/api/v1/instruments/aapl/chain/").json()


def errors(response) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def test_without_a_date_it_is_the_nearest_with_the_list_of_all(client, chain):
    assert (chain["underlying"], chain["last"]) == ("AAPL", "230")
    assert chain["expiration"] == chain["expirations"][0]
    assert len(chain["expirations"]) > 10
    assert chain["days"] == (date.fromisoformat(chain["expiration"]) - _today(chain)).days
    last = chain["expirations"][-1]
    later = client.get(f"/api/v1/instruments/AAPL/chain/?expiration={last}").json()
    assert (later["expiration"], later["expirations"]) == (last, chain["expirations"])
    assert later["rows"] != chain["rows"]


def _today(chain: dict) -> date:
    from marketdata.hours import local_date

    return local_date(datetime.fromisoformat(chain["time"]))


def test_a_row_has_both_sides_with_prices_volatility_and_greeks(client, chain):
    row = next(row for row in chain["rows"] if row["at_the_money"])
    assert row["strike"] == "230"
    assert list(row["call"]) == [
        "symbol", "bid", "ask", "last", "mark", "implied_volatility", "delta", "gamma", "theta", "vega", "rho",
        "volume", "open_interest", "in_the_money",
    ]  # fmt: skip
    for side in (row["call"], row["put"]):
        assert 0 < Decimal(side["bid"]) < Decimal(side["ask"])
        assert isinstance(side["implied_volatility"], str)
    assert Decimal(row["call"]["delta"]) - Decimal(row["put"]["delta"]) == pytest.approx(1, abs=0.03)
    assert Instrument.objects.count() == 1


def test_dates_that_are_none_or_not_listed_are_refused(client, apple):
    path = "/api/v1/instruments/AAPL/chain/?expiration="
    for text, code in (("soon", "invalid"), ("2026-13-01", "invalid"), ("2020-01-17", "unknown_expiration")):
        response = client.get(path + text)
        assert (response.status_code, errors(response)) == (400, [("expiration", code)])
    assert client.get(path).status_code == 200
    unknown = client.get("/api/v1/instruments/NOPE/chain/")
    assert (unknown.status_code, errors(unknown)) == (404, [("symbol", "unknown_symbol")])


def test_a_coin_has_no_chain(client):
    make_instrument("BTC-USD", asset_class="crypto")
    found = client.get("/api/v1/instruments/BTC-USD/chain/").json()
    assert (found["expiration"], found["expirations"], found["rows"]) == (None, [], [])


def test_a_listed_contract_is_shown_and_quoted_before_anybody_trades_it(client, chain, clock):
    side = chain["rows"][0]["put"]
    symbol = side["symbol"]
    shown = client.get(f"/api/v1/instruments/{symbol.lower()}/").json()
    assert shown["option"] == {
        "underlying": "AAPL",
        "right": "put",
        "strike": chain["rows"][0]["strike"],
        "expiration": chain["expiration"],
        "multiplier": "100",
    }
    assert (shown["symbol"], shown["asset_class"], shown["size_increment"]) == (symbol, "option", "1")
    quote = client.get(f"/api/v1/quotes/?symbols=AAPL,{symbol}").json()
    assert [item["symbol"] for item in quote] == ["AAPL", symbol]
    assert {name: quote[1][name] for name in ("bid", "ask", "last")} == {
        name: side[name] for name in ("bid", "ask", "last")
    }
    assert Instrument.objects.count() == 1
    ensure(symbol, clock=clock)
    assert client.get(f"/api/v1/instruments/{symbol}/").json() == shown
    assert client.get(f"/api/v1/quotes/?symbols=AAPL,{symbol}").json() == quote
    assert [item["symbol"] for item in client.get("/api/v1/instruments/").json()["results"]] == ["AAPL"]


def test_contracts_that_are_not_listed_are_unknown(client, chain):
    wrong = chain["rows"][0]["call"]["symbol"][:-3] + "123"
    response = client.get(f"/api/v1/instruments/{wrong}/")
    assert (response.status_code, errors(response)) == (404, [("symbol", "unknown_strike")])
    response = client.get(f"/api/v1/quotes/?symbols={wrong}")
    assert (response.status_code, errors(response)) == (404, [("symbols", "unknown_symbol")])


def test_an_adjusted_contract_shows_the_terms_of_its_row(client, chain, clock):
    made = ensure(chain["rows"][0]["call"]["symbol"], clock=clock)
    made.contract.strike = Decimal("12.5")
    made.contract.save()
    Instrument.objects.filter(pk=made.pk).update(multiplier=150)
    shown = client.get(f"/api/v1/instruments/{made.symbol}/").json()["option"]
    assert (shown["strike"], shown["multiplier"]) == ("12.5", "150")


def test_the_price_of_the_underlying_moves_the_chain(client, chain, clock):
    clock.advance(seconds=1)
    give_price("AAPL", "236", clock)
    after = client.get("/api/v1/instruments/AAPL/chain/").json()
    strike = next(row["strike"] for row in chain["rows"] if row["at_the_money"])
    before, now = (
        next(row for row in found["rows"] if row["strike"] == strike)["call"]["mark"] for found in (chain, after)
    )
    assert Decimal(now) > Decimal(before)
