"""Verdicts: what judging one order costs in an account with a thousand positions, beside bare reads of its rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import copy
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from arbion.benchmarks import world
from arbion.benchmarks.figures import Figures, milliseconds, ratio
from arbion.benchmarks.rooms import NotMeasured
from arbion.benchmarks.statements import describe
from arbion.benchmarks.world import PRICE
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.lib.clock import SYSTEM
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount, VenueCash
from marketdata.models import Instrument
from riskdesk.models import RiskDecision, RiskLimit
from trading.books.opening import ensure_simulated_account
from trading.execution.place import place_order
from trading.execution.preview import preview_order
from trading.instruction import Instruction
from trading.models import Hold, Intent, LedgerAccount, LedgerKind, Order, Position

CASH = Decimal(50_000_000)
VERDICTS_MIN, VERDICTS_MAX = 5, 400
_BATCH = 500


class _Size(NamedTuple):
    positions: int
    orders: int


FULL, SMALL = _Size(positions=1_000, orders=500), _Size(positions=20, orders=6)


class Statements:
    """The SELECTs of one verdict, each with its parameters, in their order."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Any]] = []

    def around(self, execute: Callable[..., Any], statement: str, params: Any, many: bool, context: Any) -> Any:
        """Django's wrapper around each statement."""
        if statement.lstrip().upper().startswith("SELECT"):
            self.found.append((statement, params))
        return execute(statement, params, many, context)

    def read(self) -> None:
        """Ask the same again, as bare rows."""
        with connection.cursor() as cursor:
            for statement, params in self.found:
                cursor.execute(statement, params)
                cursor.fetchall()


def measure(*, seconds: float, small: bool) -> Figures:
    """An account with nothing, then the same with everything; each beside the same SELECTs without the house."""
    size = SMALL if small else FULL
    instruments = world.make_instruments(size.positions)
    for name in ("orders_per_minute", "trades_per_day"):
        RiskLimit.objects.create(name=name, value=Decimal(1_000_000))
    (user,) = world.make_people(1, name="judged")
    account = ensure_simulated_account(user)
    VenueCash.objects.filter(reference=account.reference).update(amount=CASH)
    LedgerAccount.objects.filter(account=account, kind=LedgerKind.CASH).update(balance=CASH)
    world.quote_all(instruments)
    asked = _asked(account, instruments[0].symbol)
    empty = _judge(asked, seconds=seconds)
    first = place_order(_asked(account, instruments[0].symbol)).order
    if not first.is_open:
        raise NotMeasured(f"an order does not rest: {first.status} {first.reject_code}")
    _repeat_rows(first, instruments[1 : size.orders])
    at = SYSTEM.now()
    ledger = [
        LedgerAccount(account=account, kind=LedgerKind.UNITS, asset=one.symbol, balance=Decimal(10))
        for one in instruments
    ]
    LedgerAccount.objects.bulk_create(
        ledger, batch_size=500, update_conflicts=True, unique_fields=["account", "kind", "asset"],
        update_fields=["balance"],
    )  # fmt: skip
    Position.objects.bulk_create(
        [
            Position(account=account, instrument=one, quantity=Decimal(10), cost=10 * PRICE, updated_at=at)
            for one in instruments
        ],
        batch_size=500,
    )
    connection.cursor().execute("ANALYZE")
    world.quote_all(instruments)
    there = (Position.objects.filter(account=account).count(), Order.objects.filter(account=account).count())
    if there != (size.positions, size.orders):
        raise NotMeasured(f"{there[0]} positions and {there[1]} orders are there")
    full = _judge(asked, seconds=seconds)
    return {
        "positions": size.positions,
        "orders": size.orders,
        "empty": empty,
        "full": full,
        "full_to_empty": ratio(full["verdict"]["p50_ms"], empty["verdict"]["p50_ms"]),
    }


def _repeat_rows(first: Order, instruments: Sequence[Instrument]) -> None:
    """The same resting order once for each of these instruments: only its rows in the house, written straight."""
    hold = Hold.objects.get(order=first)
    rows = Order.objects.select_related("intent", "decision")
    orders, intents, verdicts, holds = [], [], [], []
    for one in instruments:
        order = rows.get(pk=first.pk)
        intent, verdict, claimed = order.intent, order.decision, copy(hold)
        intent.pk, intent.client_key, verdict.pk, claimed.pk, order.pk = (
            new_id(),
            str(new_id()),
            new_id(),
            None,
            new_id(),
        )
        order.instrument, order.intent, order.decision, claimed.order = one, intent, verdict, order
        for made in (intent, verdict, claimed, order):
            made._state.adding = True  # noqa: SLF001  as for a copy of a row
        orders.append(order)
        intents.append(intent)
        verdicts.append(verdict)
        holds.append(claimed)
    Intent.objects.bulk_create(intents)
    RiskDecision.objects.bulk_create(verdicts)
    Order.objects.bulk_create(orders, batch_size=_BATCH)
    Hold.objects.bulk_create(holds, batch_size=_BATCH)
    LedgerAccount.objects.filter(pk=hold.ledger_account_id).update(held=hold.remaining * (len(orders) + 1))


def _judge(asked: Instruction, *, seconds: float) -> Figures:
    counted = Statements()
    with connection.execute_wrapper(counted.around):
        preview = preview_order(asked)
    if not preview.decision.is_approved:
        raise NotMeasured(f"the order is refused: {preview.decision.refusal}")
    ours = _repeat(lambda: preview_order(asked), seconds=seconds)
    theirs = _repeat(counted.read, seconds=seconds)
    ms, bare = milliseconds(ours), milliseconds(theirs)
    return {
        "verdict": ms,
        "statements": len(counted.found),
        "by_table": [describe(statement) for statement, _ in counted.found],
        "bare_selects": bare,
        "to_bare": ratio(ms["p50_ms"], bare["p50_ms"]),
    }


def _repeat(work: Callable[[], object], *, seconds: float) -> list[float]:
    took: list[float] = []
    deadline = time.monotonic() + seconds
    while len(took) < VERDICTS_MIN or (time.monotonic() < deadline and len(took) < VERDICTS_MAX):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return took


def _asked(account: BrokerAccount, symbol: str) -> Instruction:
    """One unit at a limit below the price: it would rest."""
    return Instruction(
        user=account.user, account=account, source=Source.API, client_key=str(new_id()), symbol=symbol, side=Side.BUY,
        order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, quantity=Decimal(1), limit_price=PRICE - 3,
    )  # fmt: skip
