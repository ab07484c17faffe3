"""Finding instruments and keeping the catalogue loaded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from marketdata import catalogue, instruments
from marketdata.errors import UnknownSymbol
from marketdata.models import Instrument
from tests.marketdata.factories import make_instrument

pytestmark = pytest.mark.django_db


def test_a_symbol_is_found_in_either_case_of_letters():
    apple = make_instrument("AAPL")
    assert instruments.get_instrument("AAPL") == apple
    assert instruments.get_instrument(" aapl ") == apple


@pytest.mark.parametrize(
    "symbol", ["", "NOPE", "AAPL\x00", "\u0410APL", "A" * 5000, "AAPL; --", "\uff21\uff21\uff30\uff2c"]
)
def test_anything_else_is_an_unknown_symbol(symbol):
    make_instrument("AAPL")
    with pytest.raises(UnknownSymbol) as refusal:
        instruments.get_instrument(symbol)
    assert refusal.value.code == "unknown_symbol"
    assert refusal.value.http_status == 404
    assert [(error.field, error.code) for error in refusal.value.errors] == [("symbol", "unknown_symbol")]
    assert refusal.value.in_body().http_status == 400


def test_the_catalogue_loads_once():
    assert instruments.load_catalogue() == len(catalogue.rows())
    before = list(Instrument.objects.values_list("symbol", "updated_at"))
    assert instruments.load_catalogue() == 0
    assert list(Instrument.objects.values_list("symbol", "updated_at")) == before


def test_a_newer_catalogue_changes_names_but_never_what_belongs_to_the_installation(monkeypatch):
    row = catalogue.rows()[0]
    monkeypatch.setattr(instruments, "rows", lambda: (row,))
    assert instruments.load_catalogue() == 1
    Instrument.objects.update(is_halted=True, tradable=False, base_price=Decimal(7), volatility=0.9)
    newer = replace(row, name="Renamed", base_price=Decimal(999), volatility=Decimal("0.1"))
    monkeypatch.setattr(instruments, "rows", lambda: (newer,))
    assert instruments.load_catalogue() == 1
    found = Instrument.objects.get()
    assert (found.name, found.is_halted, found.tradable, found.base_price, found.volatility) == (
        "Renamed", True, False, Decimal(7), 0.9,
    )  # fmt: skip


def test_search_finds_tickers_names_and_near_misses():
    make_instrument("AAPL", name="Apple Inc.", aliases=["Apple"])
    make_instrument("KO", name="Coca-Cola", aliases=["coke"], rank=2)
    assert [found.symbol for found in instruments.search("aapl")] == ["AAPL"]
    assert [found.symbol for found in instruments.search("aple")] == ["AAPL"]
    assert [found.symbol for found in instruments.search("coca cola")] == ["KO"]
    assert instruments.search("zzzzzz") == []


def test_the_name_index_is_kept_until_the_catalogue_changes():
    make_instrument("AAPL", name="Apple Inc.")
    first = instruments.name_index()
    assert instruments.name_index() is first
    make_instrument("TSLA", name="Tesla, Inc.")
    second = instruments.name_index()
    assert second is not first
    assert second.ticker("tsla") == "TSLA"


def test_a_halt_is_written_into_the_audit_log_once():
    apple = make_instrument("AAPL")
    assert instruments.set_halted(apple, halted=True, actor=None) is True
    assert instruments.set_halted(apple, halted=True, actor=None) is False
    assert Instrument.objects.get().is_halted is True
    assert list(AuditEntry.objects.values_list("action", "subject")) == [("instrument.halted", "AAPL")]
