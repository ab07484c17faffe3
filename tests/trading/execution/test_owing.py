"""What is owed: shares sold short against security, options sold against cover, packages that fill as one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from arbion.domain.enums import OptionRight, OrderStatus, PositionEffect, Side
from arbion.domain.errors import InvalidInput
from arbion.domain.options import OptionTerms
from arbion.domain.reports import QuoteReport
from brokers.models import BrokerAccount, VenueCash, VenueHolding, VenueOrder
from marketdata import quotes
from marketdata.models import Instrument, OptionContract
from trading.books.check import verify_books
from trading.execution.claims import claims_of
from trading.execution.engine import engine_step
from trading.execution.facts import gather
from trading.execution.reconcile import compare
from trading.execution.requests import request_of
from trading.holdings import cash_of, changed_by, holdings_of
from trading.instruction import InstructionLeg
from trading.models import Fill, LedgerAccount, Order, Position

DECEMBER = date(2026, 12, 18)


def list_option(world, right: str, strike: str, price: str) -> str:
    """A contract on AAPL with a price of its own."""
    terms = OptionTerms(underlying="AAPL", right=OptionRight(right), strike=Decimal(strike), expires_on=DECEMBER)
    instrument = Instrument.objects.create(
        symbol=terms.symbol, name=terms.symbol, asset_class="option", exchange="TEST", multiplier=Decimal(100),
        price_increment=Decimal("0.01"), size_increment=Decimal(1), base_price=Decimal(price),
    )  # fmt: skip
    OptionContract.objects.create(
        instrument=instrument, underlying=Instrument.objects.get(symbol="AAPL"), right=right, strike=Decimal(strike),
        expires_on=DECEMBER,
    )  # fmt: skip
    world.quote(terms.symbol, price, spread="0.10")
    return terms.symbol


@pytest.fixture
def margin(world):
    """The world with an account that may sell short."""
    BrokerAccount.objects.update(margin=True)
    VenueCash.objects.update(allows_short=True)
    world.account = BrokerAccount.objects.get(pk=world.account.pk)
    return world


def free(world) -> Decimal:
    """Cash that neither open orders nor what is owed have claimed."""
    facts = gather(account=world.account, instruments=[Instrument.objects.get(symbol="AAPL")], at=world.clock.now())
    return facts.cash_free


def settled(world) -> None:
    """Both books agree, and ours is in order."""
    assert verify_books(world.account) == []
    assert compare(world.account) == []


def position(symbol: str) -> Position:
    return Position.objects.get(instrument__symbol=symbol)


def test_without_margin_a_sale_of_what_is_not_held_is_refused(world):
    order = world.place("sell", "AAPL", quantity="10").order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "insufficient_position")
    assert VenueOrder.objects.count() == 0


def test_without_margin_opening_short_is_refused_in_words(world):
    order = world.place("sell", "AAPL", quantity="10", effect=PositionEffect.OPEN).order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "short_not_allowed")


def test_short_sale_brings_cash_and_binds_half_as_much_again(margin):
    order = margin.place("sell", "AAPL", quantity="100").order
    order.refresh_from_db()
    assert (order.status, order.effect) == (OrderStatus.FILLED, PositionEffect.OPEN)
    held = position("AAPL")
    assert (held.quantity, held.cost) == (-100, Decimal(-19999))
    assert cash_of(margin.account) == Decimal(119999)
    assert free(margin) == Decimal(119999) - Decimal(30000)
    assert VenueHolding.objects.get().quantity == -100
    settled(margin)


def test_buying_back_realises_the_profit_and_frees_the_security(margin):
    margin.place("sell", "AAPL", quantity="100")
    margin.clock.advance(seconds=5)
    margin.quote("AAPL", "190")
    order = margin.place("buy", "AAPL", quantity="100").order
    order.refresh_from_db()
    assert (order.status, order.effect) == (OrderStatus.FILLED, PositionEffect.CLOSE)
    held = position("AAPL")
    assert (held.quantity, held.cost, held.realized) == (0, 0, Decimal(998))
    assert free(margin) == cash_of(margin.account) == Decimal(100998)
    settled(margin)


def test_no_order_crosses_from_one_side_to_the_other(margin):
    margin.place("sell", "AAPL", quantity="10")
    order = margin.place("buy", "AAPL", quantity="11").order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "insufficient_position")
    margin.place("buy", "AAPL", quantity="10")
    margin.place("buy", "AAPL", quantity="5")
    order = margin.place("sell", "AAPL", quantity="6").order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "insufficient_position")
    settled(margin)


def test_two_orders_never_buy_back_the_same_shares(margin):
    margin.place("sell", "AAPL", quantity="10")
    first = margin.place("buy", "AAPL", quantity="10", limit_price="180", tif="gtc").order
    second = margin.place("buy", "AAPL", quantity="1", limit_price="180", tif="gtc").order
    assert (first.status, second.status) == (OrderStatus.SUBMITTED, OrderStatus.DENIED)
    settled(margin)


def test_covered_call_needs_the_shares_and_binds_them(world):
    call = list_option(world, "call", "210", "5.00")
    naked = world.place("sell", call, quantity="1").order
    assert (naked.status, naked.reject_code) == (OrderStatus.DENIED, "uncovered_option")
    world.place("buy", "AAPL", quantity="100")
    sold = world.place("sell", call, quantity="1").order
    sold.refresh_from_db()
    assert (sold.status, sold.effect) == (OrderStatus.FILLED, PositionEffect.OPEN)
    assert position(call).quantity == -1
    assert position(call).cost == Decimal(-495)
    refused = world.place("sell", "AAPL", quantity="1").order
    assert (refused.status, refused.reject_code) == (OrderStatus.DENIED, "insufficient_position")
    back = world.place("buy", call, quantity="1").order
    back.refresh_from_db()
    assert back.status == OrderStatus.FILLED
    world.place("sell", "AAPL", quantity="100")
    assert {held.symbol for held in holdings_of(world.account)} == set()
    settled(world)


def test_shares_that_are_bought_claim_no_others_as_cover(world):
    """A call is owed that nothing covers (a split, or orders that sell its cover): shares bought for it bind none."""
    call = list_option(world, "call", "210", "5")
    order = world.place("buy", "AAPL", quantity="24", limit_price="190").order
    share, option = (Instrument.objects.get(symbol=symbol) for symbol in ("AAPL", call))
    facts = gather(account=world.account, instruments=[share], at=world.clock.now(), judged_again=order)
    owed = [changed_by(share, Side.BUY, Decimal(20), price=Decimal(200))]
    owed += [changed_by(option, Side.SELL, Decimal(1), price=Decimal(5))]
    claims = claims_of(request_of(order), facts=replace(facts, base=tuple(owed)))
    assert (claims.units, claims.cash) == ((), Decimal(24 * 190))


def test_two_resting_calls_never_lean_on_the_same_shares(world):
    call = list_option(world, "call", "210", "5.00")
    other = list_option(world, "call", "220", "3.00")
    world.place("buy", "AAPL", quantity="100")
    first = world.place("sell", call, quantity="1", limit_price="6.00", tif="gtc").order
    second = world.place("sell", other, quantity="1", limit_price="3.20", tif="gtc").order
    assert (first.status, second.status) == (OrderStatus.SUBMITTED, OrderStatus.DENIED)
    settled(world)


def test_cash_secured_put_binds_its_strike(world):
    put = list_option(world, "put", "180", "2.00")
    before = free(world)
    order = world.place("sell", put, quantity="2").order
    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED
    assert free(world) == before + Decimal(390) - Decimal(36_000)
    too_many = world.place("sell", put, quantity="4").order
    assert (too_many.status, too_many.reject_code) == (OrderStatus.DENIED, "insufficient_buying_power")
    settled(world)


def vertical(world, quantity: str = "1", **given):
    long, short = list_option(world, "call", "200", "8.00"), list_option(world, "call", "210", "4.00")
    legs = (InstructionLeg(symbol=long, side=Side.BUY), InstructionLeg(symbol=short, side=Side.SELL))
    return world.place("buy", "AAPL", quantity=quantity, legs=legs, **given).order, long, short


def test_vertical_fills_as_one_and_costs_its_net(world):
    order, long, short = vertical(world, quantity="3")
    order.refresh_from_db()
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, 3)
    # Bought at 8.05, sold at 3.95: 4.10 a share.
    assert order.filled_value == Decimal(1230)
    assert order.average_fill_price == Decimal("4.10")
    assert (position(long).quantity, position(short).quantity) == (3, -3)
    assert cash_of(world.account) == Decimal(100_000) - Decimal(1230)
    assert free(world) == cash_of(world.account)
    settled(world)


def test_vertical_rests_at_its_net_limit_and_fills_when_the_market_comes(world):
    order, long, short = vertical(world, limit_price="4.00", tif="gtc")
    order.refresh_from_db()
    assert order.status == OrderStatus.ACCEPTED
    world.clock.advance(seconds=2)
    for symbol, price in (("AAPL", "200"), (long, "7.80"), (short, "4.00")):
        world.quote(symbol, price, spread="0.10")
    engine_step(clock=world.clock)
    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED
    assert order.average_fill_price == Decimal("3.90")
    settled(world)


def test_long_leg_that_covers_a_short_one_cannot_be_sold_alone(world):
    _, long, short = vertical(world)
    order = world.place("sell", long, quantity="1").order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "uncovered_option")
    legs = (InstructionLeg(symbol=long, side=Side.SELL), InstructionLeg(symbol=short, side=Side.BUY))
    closed = world.place("sell", "AAPL", quantity="1", legs=legs).order
    closed.refresh_from_db()
    assert (closed.status, closed.effect) == (OrderStatus.FILLED, PositionEffect.CLOSE)
    assert holdings_of(world.account) == []
    settled(world)


def test_covered_call_as_one_package_with_its_shares(world):
    call = list_option(world, "call", "210", "5.00")
    legs = (InstructionLeg(symbol="AAPL", side=Side.BUY, ratio=100), InstructionLeg(symbol=call, side=Side.SELL))
    order = world.place("buy", "AAPL", quantity="1", legs=legs).order
    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED
    assert (position("AAPL").quantity, position(call).quantity) == (100, -1)
    assert order.average_fill_price == Decimal("195.06")
    settled(world)


def test_package_of_another_underlying_is_refused_and_moves_nothing(world, counted):
    call = list_option(world, "call", "210", "5.00")
    before = counted()
    legs = (InstructionLeg(symbol="MSFT", side=Side.BUY, ratio=100), InstructionLeg(symbol=call, side=Side.SELL))
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "AAPL", quantity="1", legs=legs)
    assert [(error.field, error.code) for error in caught.value.errors] == [("legs", "other_underlying")]
    assert counted() == before


def test_said_effect_must_be_true(world, counted):
    before = counted()
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "AAPL", quantity="1", effect=PositionEffect.CLOSE)
    assert [(error.field, error.code) for error in caught.value.errors] == [("effect", "effect_mismatch")]
    assert counted() == before


def test_units_columns_go_below_zero_only_where_an_order_opened_short(world):
    put = list_option(world, "put", "180", "2.00")
    world.place("sell", put, quantity="1")
    owing = LedgerAccount.objects.filter(may_be_negative=True).values_list("asset", flat=True)
    assert list(owing) == [put]
    assert isinstance(quotes.latest([put])[put], QuoteReport)


def test_average_price_of_an_option_is_that_of_its_fills_after_a_split_too(world):
    call = list_option(world, "call", "200", "8.00")
    order = world.place("buy", call, quantity="2").order
    order.refresh_from_db()
    assert order.average_fill_price == Decimal("8.05")
    Instrument.objects.filter(symbol=call).update(multiplier=Decimal(400))
    assert Order.objects.get(pk=order.pk).average_fill_price == Decimal("8.05")
    fill = Fill.objects.get()
    assert (fill.units_each, fill.multiplier) == (100, 100)
    fill.multiplier = None  # booked before it was kept
    assert fill.units_each == 100
