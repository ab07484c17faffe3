"""A package as it stands at the venue: recorded, sent, nothing filled."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from unittest.mock import patch

from marketdata.models import Instrument
from tests.trading.books.conftest import Teller
from trading.execution import dispatch
from trading.models import Order, OrderLeg


def place_package(teller: Teller, *, quantity: int, legs: Sequence[tuple[str, str, int]]) -> Order:
    """An order of several legs (symbol, side, ratio), all of them to open."""
    with patch.object(dispatch, "_claim", return_value=None):
        order = teller.world.place("buy", "AAPL", quantity="0.01", limit_price="1").order
    Order.objects.filter(pk=order.pk).update(is_package=True, quantity=Decimal(quantity))
    OrderLeg.objects.bulk_create(
        OrderLeg(
            order=order,
            number=number,
            instrument=Instrument.objects.get(symbol=symbol),
            side=side,
            ratio=ratio,
            effect="open",
        )
        for number, (symbol, side, ratio) in enumerate(legs)
    )
    return Order.objects.get(pk=order.pk)
