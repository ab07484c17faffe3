"""Many who halt the same at once make one halt, one receipt, and close each position once."""

from __future__ import annotations

from tests.concurrency.conftest import at_once
from trading.execution.halt import halt, work
from trading.models import HaltReceipt, HaltScope, Order, Position, ReceiptState


def test_many_halts_at_once_are_one(world):
    world.place("buy", "AAPL", quantity="5")
    world.place("buy", "MSFT", quantity="2")
    world.place("buy", "AAPL", quantity="1", limit_price="150")

    def press(_: int) -> str:
        made = halt(
            scope=HaltScope.PERSON, user=world.alice, actor=world.alice, reason="stop", flatten=True, clock=world.clock
        )
        return str(made.pk)

    made = at_once(press, times=4)
    receipt = HaltReceipt.objects.get()
    assert set(made) == {str(receipt.pk)}, made
    world.clock.advance(seconds=5)
    work(str(receipt.pk), world.clock)
    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.DONE
    assert not Position.objects.exclude(quantity=0).exists()
    assert sorted(Order.objects.values_list("status", flat=True)) == ["canceled", *["filled"] * 4]
