"""The gauntlet: a fixed walk over the whole road whose every outcome is known; each that differs is a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from arbion.domain.enums import GroupRole, OrderStatus, Side, TimeInForce
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import plain
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import ActivityReport, FillReport, OrderReport
from arbion.proofs import oracle, scenes
from arbion.proofs.lines import CONNECT
from arbion.proofs.lives import list_options
from arbion.proofs.scenes import Stage
from brokers.errors import OutcomeUnknown
from brokers.models import VenueOrder
from brokers.simulator.adapter import SimulatedBroker
from marketdata import hours
from marketdata.corporate import schedule_split
from marketdata.instruments import set_halted
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from trading.execution.cancel import request_cancel
from trading.execution.cash import deposit, withdraw
from trading.execution.collect import collect
from trading.execution.engine import engine_step
from trading.execution.replace import request_replace
from trading.execution.requests import request_of
from trading.execution.sweep import sweep
from trading.holdings import cash_of
from trading.instruction import Bracket
from trading.models import Fill, LedgerAccount, Order, Position

D = Decimal
BUY, SELL = Side.BUY, Side.SELL


class Repeating(SimulatedBroker):
    """Tells everything from the beginning, and twice."""

    def fills(self, reference: str, *, after: int) -> list[FillReport]:
        """Every fill there ever was, twice."""
        return [fill for fill in super().fills(reference, after=0) for _ in range(2)]

    def activities(self, reference: str, *, after: int) -> list[ActivityReport]:
        """Everything that ever happened without an order, twice."""
        return [one for one in super().activities(reference, after=0) for _ in range(2)]


class Deaf(Repeating):
    """Does what it is asked to place, and its answer is lost."""

    def place(self, reference: str, request: OrderRequest) -> OrderReport:
        """Place, and lose the answer."""
        super().place(reference, request)
        raise OutcomeUnknown

    def cancel(self, reference: str, client_order_id: str) -> OrderReport | None:
        """Lose the request."""
        raise OutcomeUnknown


def build() -> None:
    """One account, two shares, six options."""
    scenes.build_empty()
    for name in ("order_value_usd", "position_value_usd"):
        RiskLimit.objects.create(name=name, value=D(1_000_000))
    list_options(hours.local_date(scenes.BEGINNING + timedelta(days=2)))


def run(stage: Stage) -> list[str]:
    """Walk, and say what was not as it must be; an exception ends the walk and is a fault too."""
    faults: list[str] = []
    for part in PARTS:
        try:
            faults += [f"{part.__name__.strip('_')}: {fault}" for fault in part(stage)]
            faults += [f"{part.__name__.strip('_')}: {fault}" for fault in oracle.faults_of(stage.account)]
        except Exception as error:  # noqa: BLE001  a planted bug may raise anything, and has then been noticed
            return [*faults, f"{part.__name__.strip('_')}: {type(error).__name__}: {error}"]
        if faults:
            return faults
    return [str(fault) for fault in oracle.unsettled(stage.account)]


def _is(name: str, found: Any, expected: Any) -> Iterator[str]:
    if found != expected:
        yield f"{name} is {found}, not {expected}"


def _place(stage: Stage, side: Side, symbol: str, key: str, **given: Any) -> Order:
    order = stage.place(side, symbol, key, **given).order
    order.refresh_from_db()
    return order


def _pass(stage: Stage, seconds: float, **prices: Decimal) -> None:
    stage.clock.advance(seconds=seconds)
    stage.quote(**prices)
    engine_step(clock=stage.clock)


def _column(stage: Stage, kind: str, asset: str) -> tuple[str, str]:
    row = LedgerAccount.objects.filter(account=stage.account, kind=kind, asset=asset).first()
    return ("0", "0") if row is None else (plain(row.balance), plain(row.held))


def _bought_and_sold(stage: Stage) -> Iterator[str]:
    """Two lots at two prices, a part sold: first in, first out."""
    _place(stage, BUY, "AAPL", "a1", quantity=D(10))
    _pass(stage, 2, AAPL=D(210))
    _place(stage, BUY, "AAPL", "a2", quantity=D(10))
    sold = _place(stage, SELL, "AAPL", "a3", quantity=D(15))
    yield from _is("status", sold.status, OrderStatus.FILLED)
    yield from _is("cash", cash_of(stage.account), D("99049.65"))
    held = Position.objects.get(account=stage.account, instrument__symbol="AAPL")
    yield from _is("realized", held.realized, D("99.7"))
    yield from _is("cost", held.cost, D("1050.05"))


def _refused(stage: Stage) -> Iterator[str]:
    """What must never pass, and moves nothing."""
    tries: list[tuple[str, Side, str, dict[str, Any]]] = [
        ("insufficient_position", SELL, "AAPL", {"quantity": D(6)}),
        ("insufficient_buying_power", BUY, "MSFT", {"quantity": D(300)}),
        ("limit_too_far", BUY, "MSFT", {"quantity": D(1), "limit_price": D(600)}),
        ("uncovered_option", SELL, _option("C", 210), {"quantity": D(1)}),
    ]
    for code, side, symbol, given in tries:
        stage.quote(**{_option("C", 210): D(3)})
        order = _place(stage, side, symbol, f"refused {code}", **given)
        yield from _is(code, (order.status, order.reject_code), (OrderStatus.DENIED, code))
        yield from _is("at the venue", VenueOrder.objects.filter(client_order_id=str(order.pk)).count(), 0)
    share = Instrument.objects.get(symbol="MSFT")
    set_halted(share, halted=True, actor=None, clock=stage.clock)
    order = _place(stage, BUY, "MSFT", "halted", quantity=D(1))
    yield from _is("halted", (order.status, order.reject_code), (OrderStatus.DENIED, "instrument_halted"))
    set_halted(share, halted=False, actor=None, clock=stage.clock)
    limit = RiskLimit.objects.create(name="order_value_usd", account=stage.account, value=D(500))
    order = _place(stage, BUY, "MSFT", "too large", quantity=D(2))
    yield from _is("limited", order.reject_code, "risk_limit_exceeded")
    limit.delete()
    yield from _is("held cash", _column(stage, "cash", "USD")[1], "0")


def _said_twice(stage: Stage) -> Iterator[str]:
    """The same key is the same order."""
    first = _place(stage, BUY, "MSFT", "again", quantity=D(1))
    again = _place(stage, BUY, "MSFT", "again", quantity=D(1))
    yield from _is("order", again.pk, first.pk)


def _lost_and_told_twice(stage: Stage) -> Iterator[str]:
    """A lost answer is unknown, is found, and its fills count once; a cancel that is lost stays asked."""
    with patch(CONNECT, lambda account: Deaf()):
        order = _place(stage, BUY, "MSFT", "lost", quantity=D(2))
        yield from _is("status", order.status, OrderStatus.UNKNOWN)
        stage.clock.advance(seconds=15)
        stage.quote()
        sweep(clock=stage.clock)
    order.refresh_from_db()
    yield from _is("found", order.status, OrderStatus.FILLED)
    yield from _is("fills", Fill.objects.filter(order=order).count(), 1)
    SimulatedBroker().place(stage.account.reference, request_of(order))
    yield from _is("at the venue", VenueOrder.objects.filter(symbol="MSFT", quantity=2).count(), 1)
    rests = _place(stage, BUY, "MSFT", "rests", quantity=D(1), limit_price=D(350))
    with patch(CONNECT, lambda account: Deaf()):
        request_cancel(rests, actor=stage.user, clock=stage.clock)
    rests.refresh_from_db()
    yield from _is("asked", (rests.status, rests.pending_request), (OrderStatus.ACCEPTED, "cancel"))
    yield from _is("kept", _column(stage, "cash", "USD")[1], "350")
    stage.clock.advance(seconds=15)
    sweep(clock=stage.clock)
    rests.refresh_from_db()
    yield from _is("canceled", rests.status, OrderStatus.CANCELED)
    yield from _is("released", _column(stage, "cash", "USD")[1], "0")


def _limits_and_days(stage: Stage) -> Iterator[str]:
    """A limit is never passed; an order for the day ends with it."""
    stage.quote()
    rests = _place(stage, BUY, "MSFT", "day", quantity=D(1), limit_price=D("390"), time_in_force=TimeInForce.DAY)
    _pass(stage, 2, MSFT=D("390.5"))
    rests.refresh_from_db()
    yield from _is("above its limit", rests.status, OrderStatus.ACCEPTED)
    _pass(stage, 86_400)
    rests.refresh_from_db()
    yield from _is("after its day", rests.status, OrderStatus.EXPIRED)


def _changed(stage: Stage) -> Iterator[str]:
    """A change is made at the venue, and the claim follows it."""
    rests = _place(stage, BUY, "MSFT", "changes", quantity=D(1), limit_price=D(350))
    changed = request_replace(rests, actor=stage.user, quantity=D(3), clock=stage.clock)
    yield from _is("size", (changed.quantity, changed.pending_request), (D(3), ""))
    yield from _is("claim", _column(stage, "cash", "USD")[1], "1050")
    request_cancel(changed, actor=stage.user, clock=stage.clock)


def _bracketed(stage: Stage) -> Iterator[str]:
    """Exits claim once; the stop is gapped over and fills at the next price; the other is canceled."""
    exits = Bracket(stop_loss_price=D(390), take_profit_price=D(430))
    stage.quote()
    entry = _place(stage, BUY, "MSFT", "bracket", quantity=D(5), bracket=exits)
    yield from _is("units held", _column(stage, "units", "MSFT")[1], "5")
    _pass(stage, 2, MSFT=D(370))
    assert entry.group is not None  # noqa: S101  it has a bracket
    found = {order.group_role: order for order in entry.group.orders.all()}
    stop, target = found[GroupRole.STOP_LOSS], found[GroupRole.TAKE_PROFIT]
    yield from _is("stop", (stop.status, stop.average_fill_price), (OrderStatus.FILLED, D("369.99")))
    yield from _is("target", target.status, OrderStatus.CANCELED)
    yield from _is("units", _column(stage, "units", "MSFT"), ("3", "0"))


def _optioned(stage: Stage) -> Iterator[str]:
    """A contract is a hundred shares; shares that cover a call may not go."""
    symbol = _option("C", 200)
    stage.quote(**{symbol: D(6)})
    before = cash_of(stage.account)
    _place(stage, BUY, symbol, "long call", quantity=D(1))
    yield from _is("cost", before - cash_of(stage.account), D(601))
    _place(stage, BUY, "AAPL", "cover", quantity=D(95))
    short = _option("C", 210)
    stage.quote(**{short: D(3)})
    written = _place(stage, SELL, short, "covered call", quantity=D(1))
    yield from _is("written", written.status, OrderStatus.FILLED)
    refused = _place(stage, SELL, "AAPL", "uncovers", quantity=D(100))
    is_covered_by_long = refused.status == OrderStatus.FILLED
    yield from _is("uncovering", is_covered_by_long, True)
    refused = _place(stage, SELL, symbol, "uncovers all", quantity=D(1))
    yield from _is("uncovered", refused.reject_code, "uncovered_option")


def _moved_cash(stage: Stage) -> Iterator[str]:
    """Cash moves once for a key."""
    before = cash_of(stage.account)
    for _ in range(2):
        deposit(stage.account, user=stage.user, amount=D(100), client_key="in", clock=stage.clock)
    with patch(CONNECT, lambda account: Repeating()):
        collect(stage.account, clock=stage.clock)
    yield from _is("paid in", cash_of(stage.account) - before, D(100))
    withdraw(stage.account, user=stage.user, amount=D(40), client_key="out", clock=stage.clock)
    yield from _is("paid out", cash_of(stage.account) - before, D(60))
    try:
        withdraw(stage.account, user=stage.user, amount=D(900_000), client_key="too much", clock=stage.clock)
        yield "more was paid out than there is"
    except ArbionError:
        pass


def _split(stage: Stage) -> Iterator[str]:
    """Two for one: twice the units at the same cost, and the resting order follows."""
    stage.quote()
    _place(stage, BUY, "MSFT", "before the split", quantity=D(4))
    cost = Position.objects.get(account=stage.account, instrument__symbol="MSFT").cost
    rests = _place(stage, SELL, "MSFT", "follows the split", quantity=D(1), limit_price=D(500))
    tomorrow = hours.local_date(stage.clock.now()) + timedelta(days=1)
    schedule_split(Instrument.objects.get(symbol="MSFT"), new_units=2, old_units=1, ex_date=tomorrow, clock=stage.clock)
    stage.clock.advance(seconds=86_400)
    engine_step(clock=stage.clock)
    held = Position.objects.get(account=stage.account, instrument__symbol="MSFT")
    yield from _is("units", (held.quantity, held.cost), (D(14), cost))
    rests.refresh_from_db()
    yield from _is("order", (rests.quantity, rests.limit_price), (D(2), D(250)))
    request_cancel(rests, actor=stage.user, clock=stage.clock)


def _expired(stage: Stage) -> Iterator[str]:
    """At expiry the long call is exercised or settled and the short one assigned; nothing of either is left."""
    stage.clock.advance(seconds=86_400)
    stage.quote(AAPL=D(205), MSFT=D(200))
    engine_step(clock=stage.clock)
    stage.clock.advance(seconds=5)
    engine_step(clock=stage.clock)
    left = Position.objects.filter(account=stage.account, instrument__asset_class="option").exclude(quantity=0)
    yield from _is("contracts left", left.count(), 0)


def _option(letter: str, strike: int) -> str:
    day = hours.local_date(scenes.BEGINNING + timedelta(days=2))
    return f"AAPL{day:%y%m%d}{letter}{strike * 1000:08d}"


PARTS: tuple[Callable[[Stage], Iterator[str]], ...] = (
    _bought_and_sold, _refused, _said_twice, _lost_and_told_twice, _limits_and_days, _changed, _bracketed, _optioned,
    _moved_cash, _split, _expired,
)  # fmt: skip
