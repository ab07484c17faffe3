"""A contract comes into being when it is named, once, and only where the chain lists it."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import close_old_connections, connection

from marketdata import instruments, listing, quotes
from marketdata.errors import UnknownSymbol
from marketdata.models import Candle, Instrument, OptionContract, Quote
from marketdata.options.contracts import ensure, find
from tests.marketdata.factories import make_instrument, make_report

CALL = "AAPL261218C00240000"


@pytest.mark.django_db
def test_a_listed_contract_gets_its_instrument_terms_and_first_quote(apple, clock):
    made = ensure(CALL, clock=clock)
    assert (made.symbol, made.name, made.asset_class) == (CALL, "AAPL 18 Dec 2026 240 call", "option")
    assert (made.multiplier, made.size_increment, made.price_increment) == (100, 1, Decimal("0.01"))
    terms = OptionContract.objects.select_related("underlying").get(pk=made.pk).terms
    assert (terms.symbol, terms.underlying, terms.strike) == (CALL, "AAPL", 240)
    quote = quotes.latest_of(made)
    assert quote is not None
    assert quote.at == clock.now()
    assert Decimal(0) < quote.bid < quote.ask < 10
    assert quote.bid <= quote.last <= quote.ask


@pytest.mark.django_db
def test_naming_it_again_in_either_case_makes_nothing_new(apple, clock):
    assert ensure(CALL, clock=clock) == ensure(CALL.lower(), clock=clock)
    assert Instrument.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        ("NOPE261218C00240000", "unknown_symbol"),
        ("AAPL", "unknown_symbol"),
        ("", "unknown_symbol"),
        ("ААPL261218C00240000", "unknown_symbol"),  # noqa: RUF001  Cyrillic letters that look like ours
        ("AAPL261218C00240000 OR 1=1", "unknown_symbol"),
        ("AAPL261318C00240000", "unknown_symbol"),
        ("AAPL261217C00240000", "unknown_expiration"),
        ("AAPL350119C00240000", "unknown_expiration"),
        ("AAPL261127C00240000", "contract_expired"),
        ("AAPL261218C00241000", "unknown_strike"),
        ("AAPL261218C00240001", "unknown_strike"),
        ("AAPL261218C99000000", "unknown_strike"),
        ("AAPL261218C00000000", "unknown_strike"),
        ("COIN261218C00240000", "no_options"),
        ("NEW261218C00240000", "no_quote"),
    ],
)
def test_what_is_not_listed_is_refused_with_a_code_and_nothing_is_made(apple, clock, symbol, code):
    make_instrument("COIN", asset_class="crypto")
    make_instrument("NEW")
    before = Instrument.objects.count(), OptionContract.objects.count(), Quote.objects.count()
    with pytest.raises(UnknownSymbol) as refusal:
        ensure(symbol, clock=clock)
    assert [error.code for error in refusal.value.errors] == [code]
    assert refusal.value.detail
    assert (Instrument.objects.count(), OptionContract.objects.count(), Quote.objects.count()) == before


@pytest.mark.django_db
def test_an_expired_or_settled_contract_is_refused(apple, clock):
    made = ensure(CALL, clock=clock)
    OptionContract.objects.filter(pk=made.pk).update(settled_at=clock.now())
    with pytest.raises(UnknownSymbol, match="expired"):
        ensure(CALL, clock=clock)
    OptionContract.objects.filter(pk=made.pk).update(settled_at=None)
    clock.advance(seconds=timedelta(days=18).total_seconds())
    with pytest.raises(UnknownSymbol, match="expired"):
        ensure(CALL, clock=clock)


@pytest.mark.django_db
def test_a_contract_stays_when_the_price_has_left_its_strike(apple, clock):
    made = ensure("AAPL261218C00190000", clock=clock)
    clock.advance(seconds=86_400)
    quotes.record([make_report("AAPL", "400", at=clock.now(), previous_close=Decimal(400))], clock=clock)
    assert ensure("AAPL261218C00190000", clock=clock) == made
    with pytest.raises(UnknownSymbol):
        ensure("AAPL261218C00192500", clock=clock)


@pytest.mark.django_db
def test_looking_at_a_contract_writes_nothing(apple, clock):
    found = find(CALL, clock=clock)
    assert found.quote == quotes.latest_of(ensure(CALL, clock=clock))
    assert Instrument.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one(apple, clock):
    made, wrong = [], []
    start = threading.Barrier(6)

    def work():
        start.wait()
        try:
            made.append(ensure(CALL, clock=clock).pk)
        except Exception as error:  # noqa: BLE001  a thread's failure is the test's
            wrong.append(error)
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(set(made)) == 1
    assert (Instrument.objects.count(), OptionContract.objects.count(), Quote.objects.count()) == (2, 1, 2)


@pytest.mark.django_db
def test_contracts_do_not_flood_names_and_lists(apple, clock):
    index = instruments.name_index()
    made = ensure(CALL, clock=clock)
    assert instruments.name_index() is index
    assert list(listing.instruments()) == [apple]
    assert instruments.search("aapl") == [apple]
    assert list(listing.instruments(text="apple")) == [apple]
    assert instruments.search(CALL.lower()) == [made]
    assert list(listing.instruments(text=CALL)) == [made]
    assert not Candle.objects.exists()
