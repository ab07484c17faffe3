"""Looking never stands in the way of placing, nor placing in the way of looking."""

from __future__ import annotations

import threading

from django.db import connections, transaction

from tests.concurrency.conftest import at_once, hands
from tests.trading.conftest import World
from trading.books.ledger import Columns
from trading.execution.preview import Preview, preview_order
from trading.models import LedgerAccount, LedgerKind

WAIT_SECONDS = 0.4


def test_a_preview_bears_the_first_purchase_of_the_same_thing(roomy: World) -> None:
    is_open, may_end = threading.Event(), threading.Event()

    def place_slowly() -> None:
        with transaction.atomic():
            Columns.read(roomy.account, ["MSFT"]).get(LedgerKind.UNITS, "MSFT")
            is_open.set()
            may_end.wait(timeout=WAIT_SECONDS)
        connections.close_all()

    placing = threading.Thread(target=place_slowly)
    placing.start()
    assert is_open.wait(timeout=10)
    preview = preview_order(roomy.say("buy", "MSFT", quantity="1"), clock=roomy.clock)
    placing.join()
    assert preview.decision.is_approved


def test_previews_write_nothing_and_hold_nobody_up(roomy: World) -> None:
    columns = LedgerAccount.objects.count()
    answers = at_once(lambda number: preview_order(roomy.say("buy", "MSFT", quantity="1"), clock=roomy.clock))
    assert [type(answer) for answer in answers] == [Preview] * hands()
    assert LedgerAccount.objects.count() == columns


def test_a_denied_order_opens_no_column(roomy: World) -> None:
    columns = LedgerAccount.objects.count()
    roomy.place("sell", "MSFT", quantity="1")
    assert LedgerAccount.objects.count() == columns
