"""The chain: a quote and Greeks for every listed strike, the same as a traded contract has, and nothing written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from arbion.domain.errors import InvalidInput
from marketdata import quotes
from marketdata.models import CorporateAction, Instrument, OptionContract
from marketdata.options.chain import chain
from marketdata.options.contracts import ensure
from tests.marketdata.factories import make_instrument, make_report
from tests.marketdata.options.conftest import give_price

pytestmark = pytest.mark.django_db

THIRD_FRIDAY = date(2026, 12, 18)


def test_every_strike_has_a_call_and_a_put_that_make_sense(apple, clock):
    found = chain(apple, THIRD_FRIDAY, clock.now())
    assert (found.expiration, found.days, found.last) == (THIRD_FRIDAY, 17, 230)
    strikes = [row.strike for row in found.rows]
    assert strikes == sorted(set(strikes))
    assert [row.strike for row in found.rows if row.at_the_money] == [230]
    for row in found.rows:
        call, put = row.call, row.put
        assert call.symbol == f"AAPL261218C{int(row.strike * 1000):08d}"
        assert put.symbol == f"AAPL261218P{int(row.strike * 1000):08d}"
        for side in (call, put):
            assert Decimal(0) < side.bid < side.ask
            assert side.bid <= side.last <= side.ask
            assert side.mark == (side.bid + side.ask) / 2
            for price in (side.bid, side.ask):
                assert price % (Decimal("0.05") if price > 3 else Decimal("0.01")) == 0
            assert Decimal("0.1") < side.implied_volatility < 2
            assert side.gamma >= 0
            assert side.vega >= 0
            assert side.volume >= 0
            assert side.open_interest > 0
        assert 0 <= call.delta <= 1
        assert -1 <= put.delta <= 0
        assert call.in_the_money == (row.strike < 230)
        assert put.in_the_money == (row.strike > 230)
        assert call.ask >= 230 - row.strike
        assert put.ask >= row.strike - 230
        assert call.implied_volatility == put.implied_volatility


def test_prices_fall_and_rise_with_the_strike(apple, clock):
    rows = chain(apple, THIRD_FRIDAY, clock.now()).rows
    calls, puts = [row.call.mark for row in rows], [row.put.mark for row in rows]
    assert calls == sorted(calls, reverse=True)
    assert puts == sorted(puts)


def test_interest_is_greatest_near_the_money_and_soon(apple, clock):
    def traded(expires_on: date) -> int:
        return sum(row.call.volume + row.put.volume for row in chain(apple, expires_on, clock.now()).rows)

    rows = chain(apple, THIRD_FRIDAY, clock.now()).rows
    near = sum(row.call.open_interest + row.put.open_interest for row in rows if abs(row.strike - 230) < 20)
    far = sum(row.call.open_interest + row.put.open_interest for row in rows if abs(row.strike - 230) > 60)
    assert near > 3 * far
    assert traded(THIRD_FRIDAY) > 2 * traded(date(2027, 6, 17)) > 0


def test_volume_only_grows_during_a_day(apple, clock):
    before = chain(apple, THIRD_FRIDAY, clock.now())
    clock.advance(seconds=3600)
    report = make_report("AAPL", "236", at=clock.now(), previous_close=Decimal(228), volume=Decimal(50_000_000))
    quotes.record([report], clock=clock)
    after = {row.strike: row for row in chain(apple, THIRD_FRIDAY, clock.now()).rows}
    for row in before.rows:
        assert after[row.strike].call.volume >= row.call.volume
        assert after[row.strike].call.open_interest == row.call.open_interest


def test_nothing_is_written_and_asking_again_gives_the_same(apple, clock):
    first = chain(apple, THIRD_FRIDAY, clock.now())
    assert chain(apple, THIRD_FRIDAY, clock.now()) == first
    assert Instrument.objects.count() == 1


def test_it_begins_with_the_nearest_date(apple, clock):
    found = chain(apple, None, clock.now())
    assert found.expiration == found.expirations[0] == date(2026, 12, 4)


@pytest.mark.parametrize("day", [date(2026, 12, 17), date(2026, 11, 27), date(2040, 1, 20)])
def test_a_date_on_which_nothing_expires_is_refused(apple, clock, day):
    with pytest.raises(InvalidInput) as refusal:
        chain(apple, day, clock.now())
    assert [(error.field, error.code) for error in refusal.value.errors] == [("expiration", "unknown_expiration")]


def test_coins_have_no_chain_and_what_has_no_price_no_rows(clock):
    coin = chain(make_instrument("BTC-USD", asset_class="crypto"), None, clock.now())
    assert (coin.expiration, list(coin.expirations), list(coin.rows)) == (None, [], [])
    new = chain(make_instrument("NEW"), None, clock.now())
    assert new.last is None
    assert new.expirations
    assert list(new.rows) == []


def test_a_planned_dividend_lowers_calls_and_raises_puts(apple, clock):
    before = {row.strike: row for row in chain(apple, THIRD_FRIDAY, clock.now()).rows}
    CorporateAction.objects.create(instrument=apple, kind="dividend", ex_date=date(2026, 12, 10), amount=Decimal(4))
    after = {row.strike: row for row in chain(apple, THIRD_FRIDAY, clock.now()).rows}
    assert after[Decimal(230)].call.mark < before[Decimal(230)].call.mark - 1
    assert after[Decimal(230)].put.mark > before[Decimal(230)].put.mark + 1
    # Far in the money it pays to exercise before the dividend: the call does not fall below what that brings.
    assert after[Decimal(190)].call.ask >= 40
    earlier = chain(apple, date(2026, 12, 4), clock.now())
    CorporateAction.objects.update(status="canceled")
    assert chain(apple, date(2026, 12, 4), clock.now()) == earlier
    assert {row.strike: row for row in chain(apple, THIRD_FRIDAY, clock.now()).rows} == before


def test_contracts_that_exist_stay_in_the_chain_when_their_strike_is_left(apple, clock):
    ensure("AAPL261218C00190000", clock=clock)
    give_price("AAPL", "400", clock, previous_close="400")
    found = {row.strike for row in chain(apple, THIRD_FRIDAY, clock.now()).rows}
    assert Decimal(190) in found
    assert Decimal("192.5") not in found


def test_a_symbol_that_an_adjusted_contract_bears_is_not_offered(apple, clock):
    made = ensure("AAPL261218C00240000", clock=clock)
    OptionContract.objects.filter(pk=made.pk).update(strike=Decimal(60))
    Instrument.objects.filter(pk=made.pk).update(multiplier=400)
    rows = {row.strike: row for row in chain(apple, THIRD_FRIDAY, clock.now()).rows}
    assert rows[Decimal(240)].call is None
    assert rows[Decimal(240)].put is not None
    assert Decimal(60) not in rows
