"""What the sweep does for halts: goes on with every receipt that is not done, and gives one to halts without."""

from __future__ import annotations

from arbion.lib.clock import SYSTEM, Clock
from riskdesk.models import Halt
from trading.execution.halt.impose import adopt
from trading.execution.halt.rounds import work
from trading.models import HaltReceipt, ReceiptState

AT_ONCE_MAX = 20


def work_on_halts(*, clock: Clock = SYSTEM) -> int:
    """Go on with the receipts that are due; returns how many. A process that was killed left rows, and these say all.

    The receipts of halts that were lifted are closed; halts that the desk imposed elsewhere get theirs.
    """
    now = clock.now()
    for imposed in Halt.objects.filter(lifted_at=None, receipts=None).select_related("imposed_by")[:AT_ONCE_MAX]:
        adopt(imposed, clock=clock)
    due = HaltReceipt.objects.filter(ended_at=None, next_at__lte=now).exclude(
        state=ReceiptState.DONE, halt__lifted_at=None
    )
    keys = list(due.order_by("next_at").values_list("pk", flat=True)[:AT_ONCE_MAX])
    for key in keys:
        work(str(key), clock)
    return len(keys)
