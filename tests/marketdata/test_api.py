"""The REST door to prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from marketdata import quotes
from marketdata.models import Candle
from tests.marketdata.factories import make_instrument, make_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    client = APIClient(HTTP_HOST="localhost")
    client.force_authenticate(User.objects.create(email="reader@example.org"))
    return client


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def errors(response: Any) -> list[tuple[str, str]]:
    assert response["Content-Type"] == "application/problem+json"
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


@pytest.mark.parametrize(
    "path",
    ["instruments/", "instruments/AAPL/", "quotes/?symbols=AAPL", "instruments/AAPL/candles/",
     "instruments/AAPL/indicators/?names=rsi"],
)  # fmt: skip
def test_nobody_in_particular_sees_nothing(path):
    make_instrument("AAPL")
    assert APIClient(HTTP_HOST="localhost").get(f"/api/v1/{path}").status_code == 401


def test_instruments_come_by_pages_and_best_known_first(client):
    for number in range(5):
        make_instrument(f"S{number}", rank=10 - number)
    page = client.get("/api/v1/instruments/?limit=3").json()
    assert [item["symbol"] for item in page["results"]] == ["S4", "S3", "S2"]
    rest = client.get(page["next"]).json()
    assert [item["symbol"] for item in rest["results"]] == ["S1", "S0"]
    assert rest["next"] is None


def test_one_instrument_and_its_shape(client):
    make_instrument("BTC-USD", asset_class="crypto", name="Bitcoin", sector="Crypto")
    assert client.get("/api/v1/instruments/btc-usd/").json() == {
        "symbol": "BTC-USD", "name": "Bitcoin", "asset_class": "crypto", "exchange": "NASDAQ", "currency": "USD",
        "sector": "Crypto", "price_increment": "0.01", "size_increment": "0.0001", "tradable": True, "is_halted": False,
        "option": None,
    }  # fmt: skip
    unknown = client.get("/api/v1/instruments/NOPE/")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_symbol")
    assert errors(unknown) == [("symbol", "unknown_symbol")]


def test_search_puts_the_likeliest_first(client):
    make_instrument("KO", name="Coca-Cola", rank=1)
    make_instrument("AAPL", name="Apple Inc.", rank=2)
    found = client.get("/api/v1/instruments/?search=aple").json()
    assert [item["symbol"] for item in found["results"]] == ["AAPL"]
    assert client.get("/api/v1/instruments/?search=qqqqqq").json()["results"] == []
    assert errors(client.get("/api/v1/instruments/?search=" + "a" * 81)) == [("search", "max_length")]


def test_quotes_in_the_order_asked(client, now):
    make_instrument("AAPL")
    make_instrument("KO")
    make_instrument("NEW")
    quotes.record([make_report("AAPL", "199.5", at=now), make_report("KO", "60", at=now - timedelta(hours=1))])
    found = client.get("/api/v1/quotes/?symbols=KO,aapl,NEW,KO").json()
    assert [(item["symbol"], item["stale"]) for item in found] == [("KO", True), ("AAPL", False)]
    assert found[1] == {
        "symbol": "AAPL", "bid": "199.49", "ask": "199.51", "last": "199.5", "previous_close": "190",
        "change_percent": "5.00", "volume": "1000", "time": now.isoformat().replace("+00:00", "Z"), "source": "test",
        "stale": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("", 400, ("symbols", "required")),
        ("symbols=", 400, ("symbols", "blank")),
        ("symbols=,", 400, ("symbols", "required")),
        ("symbols=AAPL,NOPE", 404, ("symbols", "unknown_symbol")),
        ("symbols=" + ",".join(f"S{number}" for number in range(101)), 400, ("symbols", "too_many")),
    ],
)
def test_bad_requests_for_quotes(client, query, status, error):
    make_instrument("AAPL")
    response = client.get(f"/api/v1/quotes/?{query}")
    assert response.status_code == status
    assert errors(response) == [error]


def test_candles_oldest_first_with_the_forming_one(client, now):
    anchor = now.replace(second=0, microsecond=0)
    make_instrument("AAPL", anchored_at=anchor, base_price=Decimal(200))
    quotes.record([make_report("AAPL", "201", at=now)])
    found = client.get("/api/v1/instruments/AAPL/candles/?interval=1m&limit=3").json()["candles"]
    assert len(found) == 3
    assert [candle["closed"] for candle in found] == [True, True, False]
    assert (found[1]["close"], found[2]["open"], found[2]["close"]) == ("200", "201", "201")
    assert found[2]["time"] == anchor.isoformat().replace("+00:00", "Z")
    start, end = (anchor - timedelta(minutes=number) for number in (5, 3))
    path = f"/api/v1/instruments/AAPL/candles/?start={start.isoformat()}&end={end.isoformat()}"
    times = [candle["time"] for candle in client.get(path).json()["candles"]]
    assert times == [at.isoformat().replace("+00:00", "Z") for at in (start, start + timedelta(minutes=1))]
    assert not Candle.objects.exists()


BAD_RANGES = [
    ("limit=0", "limit", "min_value"),
    ("limit=1001", "limit", "max_value"),
    ("limit=ten", "limit", "invalid"),
    ("interval=2m", "interval", "invalid_choice"),
    ("start=yesterday", "start", "invalid"),
    ("end=9999-12-31T23:59:59-23:59", "end", "overflow"),
    ("start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z", "start", "not_before_end"),
]


@pytest.mark.parametrize(("query", "field", "code"), BAD_RANGES)
def test_bad_ranges_name_the_field(client, query, field, code):
    make_instrument("AAPL")
    response = client.get(f"/api/v1/instruments/AAPL/candles/?{query}")
    assert response.status_code == 400
    assert errors(response) == [(field, code)]
    assert errors(client.get(f"/api/v1/instruments/AAPL/indicators/?names=rsi&{query}")) == [(field, code)]


def test_absurd_but_valid_times_are_answered(client):
    make_instrument("AAPL")
    path = "/api/v1/instruments/AAPL/candles/?start=0001-01-01T00:00:00Z&end=9999-12-31T23:59:59Z"
    assert client.get(path).json() == {"candles": []}


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_an_end_before_all_time_is_answered_with_nothing(client, now, end):
    make_instrument("AAPL", anchored_at=now)
    assert client.get(f"/api/v1/instruments/AAPL/candles/?interval=1d&end={end}").json() == {"candles": []}
    found = client.get(f"/api/v1/instruments/AAPL/indicators/?interval=1d&names=rsi&end={end}").json()
    assert found == {"interval": "1d", "times": [], "series": {"rsi": []}}


def test_what_is_left_blank_was_not_given(client, now):
    make_instrument("AAPL", anchored_at=now)
    blank = "interval=&limit=&start=&end="
    plain = client.get("/api/v1/instruments/AAPL/candles/").json()
    assert len(plain["candles"]) == 300
    assert client.get(f"/api/v1/instruments/AAPL/candles/?{blank}").json() == plain
    indicators = client.get(f"/api/v1/instruments/AAPL/indicators/?names=rsi&{blank}")
    assert (indicators.status_code, indicators.json()["interval"]) == (200, "1d")
    assert client.get("/api/v1/instruments/?limit=&search=").status_code == 200


@pytest.mark.parametrize("query", ["cursor=!!", "cursor=!!&search=aapl", "cursor=!!&limit="])
def test_a_cursor_that_is_not_ours_is_refused(client, query):
    make_instrument("AAPL")
    response = client.get(f"/api/v1/instruments/?{query}")
    assert (response.status_code, errors(response)) == (400, [("cursor", "invalid_cursor")])


def test_indicators_are_warmed_up_and_aligned(client, now):
    make_instrument("AAPL", anchored_at=now)
    path = "/api/v1/instruments/AAPL/indicators/?names=rsi,macd,sma_50,bollinger,atr&interval=1h&limit=5"
    found = client.get(path).json()
    assert (found["interval"], len(found["times"])) == ("1h", 5)
    assert list(found["series"]) == [
        "rsi", "macd", "macd_signal", "macd_histogram", "sma_50", "bollinger_upper", "bollinger_middle",
        "bollinger_lower", "atr",
    ]  # fmt: skip
    assert all(len(values) == 5 and None not in values for values in found["series"].values())
    hours = client.get("/api/v1/instruments/AAPL/candles/?interval=1h&limit=50").json()["candles"]
    assert found["times"] == [candle["time"] for candle in hours[-5:]]
    assert found["series"]["sma_50"][-1] == pytest.approx(sum(float(candle["close"]) for candle in hours) / 50)


def test_bad_indicators_are_named(client):
    make_instrument("AAPL")
    for names, code in (("", "required"), ("luck", "unknown_indicator"), ("rsi_0", "parameter_out_of_range")):
        response = client.get(f"/api/v1/instruments/AAPL/indicators/?names={names}")
        assert (response.status_code, errors(response)) == (400, [("names", code)])
