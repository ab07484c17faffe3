"""Lots that are chosen: the road itself refuses what is no open lot of the position, whichever door it came by."""

from __future__ import annotations

import pytest

from arbion.domain.enums import LotMethod, OrderStatus, Side
from arbion.domain.errors import InvalidInput
from tests.trading.execution.test_owing import list_option
from trading.instruction import InstructionLeg
from trading.models import Lot


def refused(world, side="sell", symbol="AAPL", **given):
    with pytest.raises(InvalidInput) as refusal:
        world.place(side, symbol, lot_method=LotMethod.CHOSEN, **({"quantity": "1"} | given))
    [error] = refusal.value.errors
    return error.field, error.code


def test_a_lot_of_this_position_is_closed(world):
    world.place("buy", "AAPL", quantity="2")
    lot = Lot.objects.get()
    order = world.place("sell", "AAPL", quantity="1", lot_method=LotMethod.CHOSEN, chosen_lots=(lot.pk,)).order
    order.refresh_from_db()
    assert order.status == OrderStatus.FILLED


def test_what_is_no_open_lot_of_it_is_refused_and_moves_nothing(world, counted):
    world.place("buy", "AAPL", quantity="2")
    world.place("buy", "MSFT", quantity="1")
    own, other = Lot.objects.get(instrument__symbol="AAPL"), Lot.objects.get(instrument__symbol="MSFT")
    before = counted()
    assert refused(world, chosen_lots=(other.pk,)) == ("lots", "unknown_lot")
    assert refused(world, chosen_lots=(own.pk, 10**9)) == ("lots", "unknown_lot")
    assert refused(world, side="buy", chosen_lots=(own.pk,)) == ("lots", "not_allowed")
    assert counted() == before


def test_a_closed_lot_is_refused(world, counted):
    world.place("buy", "AAPL", quantity="1")
    lot = Lot.objects.get()
    world.place("sell", "AAPL", quantity="1")
    world.place("buy", "AAPL", quantity="1")
    before = counted()
    assert refused(world, chosen_lots=(lot.pk,)) == ("lots", "unknown_lot")
    assert counted() == before


def test_a_package_names_no_lots(world, counted):
    world.place("buy", "AAPL", quantity="100")
    legs = (
        InstructionLeg(symbol=list_option(world, "call", "200", "8.00"), side=Side.BUY),
        InstructionLeg(symbol=list_option(world, "call", "210", "4.00"), side=Side.SELL),
    )
    before = counted()
    assert refused(world, side="buy", legs=legs, chosen_lots=(Lot.objects.get().pk,)) == ("lots", "not_allowed")
    assert counted() == before
