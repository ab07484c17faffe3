"""Queries over REST: what an address does not take is refused by name, never left unread."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from arbion.lib.query import NAME_LENGTH_MAX
from tests.trading.api.conftest import problem

LISTS = ("orders/", "fills/", "ledger/", "accounts/", "cash/movements/", "instruments/")
READS = (
    *LISTS, "positions/", "positions/AAPL/lots/", "portfolio/", "portfolio/history/", "me/", "instruments/AAPL/",
    "instruments/AAPL/candles/", "instruments/AAPL/chain/", "ledger/export/", "fills/export/", "tax/closed-lots/",
    "tax/dividends/",
)  # fmt: skip


def faults(answer):
    return [(error["field"], error["code"]) for error in problem(answer, 400, "invalid")["errors"]]


@pytest.mark.parametrize("path", READS)
def test_an_unknown_parameter_is_refused_by_name(alice, path):
    assert alice.get(path).status_code == 200
    names = ["year", "range", "page", "page_size", "offset", "ordering", "Account"]
    assert faults(alice.get(path, **dict.fromkeys(names, "1"))) == [(name, "unknown_parameter") for name in names]


def test_the_refusal_says_what_there_is(alice):
    [error] = problem(alice.get("tax/closed-lots/", year="2026"), 400, "invalid")["errors"]
    assert error["detail"] == "This address takes no such parameter. It takes: account, format, since, until."


@pytest.mark.parametrize("path", LISTS)
def test_lists_take_their_pages(alice, path):
    assert alice.get(path, limit="1", format="json").status_code == 200
    assert faults(alice.get(path, limit="1", page="2")) == [("page", "unknown_parameter")]


def test_what_is_no_list_of_pages_takes_none(alice):
    assert faults(alice.get("positions/", limit="1")) == [("limit", "unknown_parameter")]
    assert faults(alice.get("portfolio/", cursor="x")) == [("cursor", "unknown_parameter")]


@pytest.mark.parametrize(("path", "name"), [("orders/", "csv"), ("me/", "api"), ("tax/dividends/", "xlsx")])
def test_a_format_that_is_not_ours_is_refused(alice, path, name):
    assert faults(alice.get(path, format=name)) == [("format", "invalid_choice")]


def test_all_faults_are_named_and_long_names_cut(alice):
    answer = alice.client.get(f"/api/v1/orders/?symbol=AAPL&symbol=MSFT&{'x' * 500}=1", headers=alice.headers)
    assert faults(answer) == [("symbol", "repeated"), ("x" * NAME_LENGTH_MAX, "unknown_parameter")]


def test_a_door_that_writes_reads_no_query_either(alice, buy, counted):
    before = counted()
    answer = alice.post("orders/?dry_run=true", buy)
    assert faults(answer) == [("dry_run", "unknown_parameter")]
    assert counted() == before


def test_a_stranger_learns_nothing_of_the_parameters(client, db):
    assert client.get("/api/v1/orders/?year=1").status_code == 401


def views_below(patterns) -> list[type[APIView]]:
    found = []
    for one in patterns:
        if isinstance(one, URLResolver):
            found += views_below(one.url_patterns)
        elif isinstance(one, URLPattern) and issubclass(getattr(one.callback, "cls", object), APIView):
            found.append(one.callback.cls)
    return found


def test_every_address_says_what_it_takes():
    undescribed = [
        f"{view.__module__}.{view.__name__}.{method}"
        for view in views_below(get_resolver().url_patterns)
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(view, method) and not hasattr(getattr(view, method), "query_names")
    ]
    assert undescribed == [], "describe these with `arbion.lib.openapi.described`"
