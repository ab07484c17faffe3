"""Watching what happens to accounts without an order: that it adds up, and that no kill at any statement shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction

from arbion.domain.numbers import plain
from arbion.domain.reports import ActivityReport
from brokers.errors import VenueRejected
from brokers.models import VenueActivity, VenueCash, VenueHolding, VenueOrder
from brokers.simulator.activities import activities_after
from marketdata.models import CorporateAction, Instrument, OptionContract
from tests.brokers.factories import REFERENCE, custody_of

State = TypeVar("State")


class Killed(BaseException):
    """The process ends here."""


def owe(symbol: str, quantity: str, reference: str = REFERENCE) -> None:
    """Let the account owe so many."""
    VenueHolding.objects.create(
        reference=reference, symbol=symbol, quantity=-Decimal(quantity), may_be_owed=True
    )  # fmt: skip


def told(reference: str = REFERENCE, *, after: int = 0) -> list[ActivityReport]:
    """What the exchange tells of the account."""
    return activities_after(reference=reference, after=after)


def seen(reference: str = REFERENCE) -> list[tuple[str, str, dict[str, str]]]:
    """Kind, symbol and changes of every activity that is told, as plain text."""
    return [
        (row.kind.value, row.symbol, {change.asset: plain(change.amount) for change in row.changes})
        for row in told(reference)
    ]


@contextmanager
def adds_up(reference: str = REFERENCE) -> Iterator[None]:
    """What changes in the exchange's custody is what the activities say, asset by asset, and nothing else."""
    before = _assets(reference)
    cursor = max((row.cursor for row in told(reference)), default=0)
    yield
    for row in told(reference, after=cursor):
        for change in row.changes:
            before[change.asset] += change.amount
    after = _assets(reference)
    assert {key: value for key, value in before.items() if value} == {
        key: value for key, value in after.items() if value
    }


@contextmanager
def refuses(code: str, reference: str = REFERENCE) -> Iterator[None]:
    """The exchange refuses with this code and a sentence, and nothing has moved."""
    before = state()
    with pytest.raises(VenueRejected) as refusal:
        yield
    assert refusal.value.reject_code == code
    assert str(refusal.value).endswith(".")
    assert state() == before
    assert custody_of(reference) == custody_of(reference)


def state() -> dict[str, Any]:
    """Everything that settling changes, without keys and moments."""
    return {
        "cash": sorted(VenueCash.objects.values_list("reference", "amount", "closed_at", "fill_model", "allows_short")),
        "holdings": sorted(VenueHolding.objects.exclude(quantity=0).values_list("reference", "symbol", "quantity")),
        "orders": sorted(
            VenueOrder.objects.values_list("client_order_id", "status", "quantity", "reject_code", "reject_reason")
        ),
        "prices": [
            [None if price is None else plain(price) for price in row]
            for row in VenueOrder.objects.order_by("client_order_id").values_list(
                "limit_price", "stop_price", "trail_amount", "extreme_price"
            )
        ],
        "activities": sorted(
            (row.reference, row.activity_id, row.kind, row.symbol, sorted(map(tuple, row.changes)), row.client_id)
            for row in VenueActivity.objects.all()
        ),
        "actions": sorted(CorporateAction.objects.values_list("instrument__symbol", "kind", "status")),
        "contracts": sorted(
            OptionContract.objects.values_list("instrument__symbol", "strike", "settled_at", "instrument__multiplier")
        ),
        "instruments": sorted(Instrument.objects.values_list("symbol", "base_price", "is_halted", "quote__last")),
    }


def survives_kills(work: Callable[[], object], *, least: int) -> None:
    """Kill the work at each of its statements in turn and do it again: the end is always that of one whole run."""
    with _undone():
        work()
        whole = state()
        work()
        assert state() == whole, "doing it again changed something"
    number = 0
    while True:
        with _undone():
            if not _killed_at(number, work):
                break
            work()
            assert state() == whole, f"killed at statement {number}"
        number += 1
    assert number >= least


def _killed_at(number: int, work: Callable[[], object]) -> bool:
    count = Counter[str]()

    def statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return execute(sql, params, many, context)
        count["statements"] += 1
        if count["statements"] > number:
            raise Killed
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(statement):
            work()
    except Killed:
        return True
    return False


@contextmanager
def _undone() -> Iterator[None]:
    """A world of its own: whatever is committed inside is rolled back at the end."""
    block = transaction.atomic()
    # So that durable blocks may begin inside.
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def _assets(reference: str) -> Counter[str]:
    cash, units = custody_of(reference)
    found: Counter[str] = Counter()
    found.update({"USD": cash, **units})  # type: ignore[arg-type]
    return found
