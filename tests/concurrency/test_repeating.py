"""Many that ring at once for one repeating order place one order."""

from __future__ import annotations

import pytest

from tests.concurrency.conftest import at_once
from trading import schedules
from trading.models import Fill, Order, RepeatingRun
from trading.schedules.running import place_all_due, place_due

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_rings_and_however_often_one_order_is_placed(roomy) -> None:
    order = {"symbol": "BTC-USD", "side": "buy", "notional": "100"}
    repeating = schedules.create(
        roomy.alice, roomy.account, order, {"interval": "day"}, words="", client_key="k", clock=roomy.clock
    )
    roomy.until(repeating.next_run)
    roomy.quote("BTC-USD", "50000")

    def ring(number: int) -> None:
        if number % 2:
            place_all_due(clock=roomy.clock)
        else:
            place_due(str(repeating.pk), roomy.clock)

    answers = at_once(ring, times=4)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert (Order.objects.count(), RepeatingRun.objects.count(), Fill.objects.count()) == (1, 1, 1)
