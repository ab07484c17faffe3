"""What an open order holds is what it may yet cost: never more than the cash that is there, never nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus
from arbion.domain.errors import InvalidInput
from brokers.fees import IDEAL
from brokers.simulator import venue
from brokers.simulator.terms import Terms
from marketdata.models import Instrument
from tests.properties.streams import lines
from tests.trading.conftest import World, make_instrument
from trading.books.check import verify_books
from trading.execution.collect import collect
from trading.models import Hold, LedgerAccount, Order, Transfer

TWO_A_QUOTE = Terms(name="two", fees=IDEAL, depth=lambda quote, side: Decimal(2))


def test_a_rest_at_the_market_holds_what_its_dearer_parts_have_left(world: World) -> None:
    from riskdesk.models import RiskLimit

    for name in ("order_value_usd", "position_value_usd"):
        RiskLimit.objects.create(name=name, value=Decimal(1_000_000))
    with lines(world, TWO_A_QUOTE):
        order = world.place("buy", "AAPL", percent_of_cash="100").order
        world.clock.advance(seconds=1)
        world.quote("AAPL", "210")
        venue.match_all(clock=world.clock, terms=TWO_A_QUOTE)
        collect(world.account, clock=world.clock)
    order.refresh_from_db()
    hold, cash = Hold.objects.get(order=order), LedgerAccount.objects.get(kind="cash")
    assert (order.status, order.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal(4))
    assert hold.remaining == hold.amount - 2 * Decimal("200.01") - 2 * Decimal("210.01")
    assert cash.held == hold.remaining <= cash.balance
    assert verify_books(world.account) == []


@pytest.mark.parametrize("given", [{"quantity": "0.00000001"}, {"quantity": "0.00000001", "limit_price": "0.07"}])
def test_a_purchase_worth_less_than_the_smallest_unit_of_money_is_refused(
    world: World, given: dict[str, str], counted: object
) -> None:
    make_instrument("DUST", price="0.07", asset_class="crypto", size="0.00000001")
    world.quote("DUST", "0.07")
    before = Order.objects.count(), Hold.objects.count(), Transfer.objects.count()
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "DUST", **given)
    assert [(error.field, error.code) for error in caught.value.errors] == [("quantity", "too_small")]
    assert (Order.objects.count(), Hold.objects.count(), Transfer.objects.count()) == before


def test_the_smallest_holding_can_still_be_sold(world: World) -> None:
    make_instrument("DUST", price="0.07", asset_class="crypto", size="0.00000001")
    world.quote("DUST", "0.07", spread="0.002")
    world.place("buy", "DUST", quantity="10.00000001")
    world.place("sell", "DUST", quantity="10")
    dust = Order.objects.get(pk=world.place("sell", "DUST", percent_of_position="100").order.pk)
    assert (dust.status, dust.quantity, dust.filled_value) == (OrderStatus.FILLED, Decimal("1E-8"), Decimal(0))
    assert verify_books(world.account) == []
    assert Instrument.objects.get(symbol="DUST").size_increment == Decimal("1E-8")
