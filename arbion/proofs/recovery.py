"""What happens after a crash: the house comes up, looks after what was left, and is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from arbion.domain.enums import TERMINAL, OrderStatus, Side
from arbion.domain.numbers import ZERO
from arbion.proofs import oracle, scenes
from arbion.proofs.scenes import Scene, Stage
from brokers.models import BrokerAccount, VenueFill, VenueOrder
from trading.books.check import Fault
from trading.execution.engine import engine_step
from trading.execution.place import place_order
from trading.execution.reconcile import reconcile_all
from trading.models import Order

# Passes of recovery, each so long after the one before: enough for every deadline of the sweeper, which are the hint's,
# silence, and the looks that count as absence after the longest call.
PAUSES_SECONDS = (0, 3, 12, 20, 20, 20)
# Rules whose breach means that something was lost, and that something happened twice; any other is simply wrong.
LOST = {
    "acknowledged_is_kept", "every_execution_is_booked", "venue_order_has_an_intent", "venue_knows_the_order",
    "nothing_is_stuck", "nothing_is_unanswered", "account_is_kept",
}  # fmt: skip
DOUBLED = {"one_venue_order_an_intent", "one_order_a_key", "every_fill_was_executed", "not_filled_beyond_size"}


def recover(stage: Stage, factor: Decimal) -> None:
    """Start up and go on as the schedule does, until every deadline has passed."""
    for seconds in PAUSES_SECONDS:
        stage.clock.advance(seconds=seconds)
        stage.quote(factor)
        reconcile_all(clock=stage.clock)
        engine_step(clock=stage.clock)


def judge(
    scene: Scene, at: datetime, *, factor: Decimal, acknowledged: str | None, canceled: str | None
) -> dict[str, Any]:
    """Recover, let the client repeat itself, trade on, and say what is wrong and how the scene's order ended."""
    stage = scenes.enter(at)
    recover(stage, factor)
    faults = list(_faults())
    faults += _kept(acknowledged, canceled)
    before = scenes.order_with(scene.key)
    if scene.wish is not None:
        placed = place_order(scene.wish(stage), clock=stage.clock)
        if acknowledged is not None and (not placed.is_repeat or str(placed.order.pk) != acknowledged):
            faults.append(Fault("", "acknowledged_is_kept", f"{acknowledged} was acknowledged and is not known again"))
    if scene.name == "opening":
        scene.play(stage, lambda thing: None)
    after = stage.place(Side.BUY, "AAPL", "life goes on", quantity=Decimal(1)).order
    after.refresh_from_db()
    if after.status != OrderStatus.FILLED:
        faults.append(Fault("", "life_goes_on", f"a new order is {after.status}: {after.reject_reason}"))
    faults += _faults()
    return {
        "lost": [str(fault) for fault in faults if fault.rule in LOST],
        "doubled": [str(fault) for fault in faults if fault.rule in DOUBLED],
        "wrong": [str(fault) for fault in faults if fault.rule not in LOST | DOUBLED],
        "ended": before.status if before is not None else "never was",
        "code": before.reject_code if before is not None else "",
    }


def _faults() -> Iterator[Fault]:
    """What the oracle says of every account, and what it cannot see: orders and executions by number."""
    for account in BrokerAccount.objects.filter(cursor__isnull=False):
        yield from oracle.faults_of(account)
        yield from oracle.unsettled(account)
    keys = Counter(Order.objects.values_list("intent__client_key", flat=True))
    yield from (Fault("", "one_order_a_key", f"{key}: {number}") for key, number in keys.items() if number > 1)
    for there in VenueOrder.objects.all():
        executed = sum(VenueFill.objects.filter(order=there).values_list("quantity", flat=True), ZERO)
        if executed > there.quantity or executed != there.filled_quantity:
            yield Fault("", "not_filled_beyond_size", f"the venue filled {executed} of {there.quantity}")


def _kept(acknowledged: str | None, canceled: str | None) -> Iterator[Fault]:
    """What a client was told is still true."""
    if acknowledged is not None and not Order.objects.filter(pk=acknowledged).exists():
        yield Fault("", "acknowledged_is_kept", f"order {acknowledged} was acknowledged and is gone")
    if canceled is not None:
        order = Order.objects.get(pk=canceled)
        if order.status not in TERMINAL:
            yield Fault("", "acknowledged_is_kept", f"the cancel of {canceled} was acknowledged; it is {order.status}")
