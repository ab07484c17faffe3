"""Random streams over the whole road: what may happen to one account, and letting it happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from unittest.mock import patch

from hypothesis import strategies as st

from accounts.models import User
from arbion.domain.enums import OPEN, Side
from arbion.domain.errors import ArbionError
from arbion.domain.reports import QuoteReport
from brokers import registry
from brokers.fees import IDEAL, FeeSchedule
from brokers.models import VenueOrder
from brokers.simulator import venue
from brokers.simulator.adapter import SimulatedBroker
from brokers.simulator.custody import RESTING
from brokers.simulator.terms import Terms
from marketdata import quotes
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from tests.brokers.faults import Fault, FaultyBroker
from tests.trading.conftest import World, make_instrument
from trading.books.opening import ensure_simulated_account
from trading.execution import pricing
from trading.execution.cancel import request_cancel
from trading.execution.collect import collect_references
from trading.models import Order

# Prices and sizes as coarse as shares and as fine as a column keeps them.
SYMBOLS = {"AAPL": (Decimal(200), 2), "BTC-USD": (Decimal(50_000), 2), "FINE": (Decimal("0.0731"), 10)}
DEAR = FeeSchedule(
    name="dear", per_unit=Decimal("0.0035"), fraction_of_value=Decimal("0.00137"), minimum=Decimal("0.35")
)
_numbers = count(1)


@dataclass(frozen=True)
class Step:
    """One thing that happens: an order, a cancel of an earlier one, or a new price."""

    kind: str
    symbol: str = "AAPL"
    side: str = "buy"
    size: tuple[str, Decimal] = ("quantity", Decimal(1))
    limit: Decimal | None = None
    number: int = 0
    price: Decimal = Decimal(1)


def _thin(quote: QuoteReport, side: Side) -> Decimal | None:
    """A depth that differs from quote to quote: from nothing to a few units, or a sliver."""
    return Decimal(int(quote.last * 100) % 4) + Decimal("0.00001234")


TERMS = (
    Terms(name="deep and free", fees=IDEAL, depth=lambda quote, side: None),
    Terms(name="thin and free", fees=IDEAL, depth=_thin),
    Terms(name="thin and dear", fees=DEAR, depth=_thin),
)

_factor = st.decimals(min_value="0.9", max_value="1.1", places=4)
_sizes = st.one_of(
    st.tuples(st.just("quantity"), st.integers(1, 8).map(Decimal)),
    st.tuples(st.just("quantity"), st.decimals(min_value="0.00000001", max_value=3, places=8)),
    st.tuples(st.just("notional"), st.decimals(min_value="0.01", max_value=60_000, places=2)),
    st.tuples(st.just("percent"), st.decimals(min_value="0.1", max_value=100, places=2)),
    st.tuples(st.just("percent"), st.just(Decimal(100))),
)
_orders = st.builds(
    Step,
    kind=st.just("order"),
    symbol=st.sampled_from(sorted(SYMBOLS)),
    side=st.sampled_from(["buy", "buy", "sell"]),
    size=_sizes,
    limit=st.none() | _factor,
)
_cancels = st.builds(Step, kind=st.just("cancel"), number=st.integers(0, 20))
_quotes = st.builds(Step, kind=st.just("quote"), symbol=st.sampled_from(sorted(SYMBOLS)), price=_factor)
streams = st.lists(st.one_of(_orders, _orders, _orders, _quotes, _quotes, _cancels), min_size=4, max_size=14)
told = st.lists(st.sampled_from([Fault.NONE, Fault.DUPLICATED, Fault.REORDERED, Fault.UNAVAILABLE]), max_size=6)


def list_fine_instruments(world: World) -> None:
    """Instruments whose steps are the finest there are, and limits that let orders through."""
    make_instrument("FINE", price="0.0731", asset_class="crypto", size="0.00000001")
    for symbol, (_, places) in SYMBOLS.items():
        Instrument.objects.filter(symbol=symbol).update(
            size_increment=Decimal("0.00000001"), price_increment=Decimal(1).scaleb(-places)
        )
    for name in ("order_value_usd", "position_value_usd", "daily_loss_usd", "orders_per_minute"):
        RiskLimit.objects.create(name=name, value=Decimal(1_000_000))


def fresh(world: World) -> World:
    """The same market and the same clock for a person who has just come."""
    user = User.objects.create_user(f"stream-{next(_numbers)}@example.com")
    made = World(world.clock, user, ensure_simulated_account(user, clock=world.clock))
    for symbol in SYMBOLS:
        requote(made, symbol, Decimal(1))
    return made


def requote(world: World, symbol: str, factor: Decimal) -> None:
    """A new price, so many times the first one."""
    base, places = SYMBOLS[symbol]
    unit = Decimal(1).scaleb(-places)
    last = (base * factor).quantize(unit)
    world.quote(symbol, str(last), spread=str(unit * 2))


@contextmanager
def lines(
    world: World,
    terms: Terms,
    *,
    place: Sequence[Fault] = (),
    cancel: Sequence[Fault] = (),
    fills: Sequence[Fault] = (),
) -> Iterator[FaultyBroker]:
    """Every line to the exchange is the same faulty one, on these terms, which the house knows as well."""
    broker = FaultyBroker(SimulatedBroker(clock=world.clock, terms=terms), place=place, cancel=cancel, fills=fills)
    known = patch.object(pricing, "schedule_for", lambda model, asset_class: terms.fees)
    try:
        with patch.object(registry, "connect", lambda account: broker), known:
            yield broker
    finally:
        # Nothing of this stream is left at the exchange for the next one to meet.
        for order in VenueOrder.objects.filter(reference=world.account.reference, status__in=RESTING):
            venue.cancel(reference=order.reference, client_order_id=order.client_order_id, clock=world.clock)


def happen(world: World, step: Step, terms: Terms) -> None:
    """Let one step happen, then the market match and the house take in what it is told."""
    world.clock.advance(seconds=1)
    for symbol in SYMBOLS:
        if step.kind != "quote" or symbol != step.symbol:
            refresh(world, symbol)
    if step.kind == "quote":
        # Where an order at the market can rest, its price stays within the cushion of its hold: beyond that nothing
        # but the exchange's own look at the cash stands between it and what other orders hold.
        calm = 1 + (step.price - 1) / 25
        requote(world, step.symbol, calm if terms.depth is _thin else step.price)
    elif step.kind == "cancel":
        _cancel(world, step.number)
    else:
        _order(world, step)
    changed = venue.match_all(clock=world.clock, terms=terms)
    try:
        collect_references(changed & {world.account.reference}, clock=world.clock)
    except ArbionError:
        return  # the venue did not answer; the next look will find it


def refresh(world: World, symbol: str) -> None:
    """The price as it stood, at this moment."""
    found = quotes.latest([symbol])[symbol]
    quotes.record([replace(found, at=world.clock.now())], clock=world.clock)


def _order(world: World, step: Step) -> None:
    name, value = step.size
    if name == "percent":
        name = "percent_of_cash" if step.side == "buy" else "percent_of_position"
    given: dict[str, object] = {name: value}
    if step.limit is not None:
        base, places = SYMBOLS[step.symbol]
        given["limit_price"] = (base * step.limit).quantize(Decimal(1).scaleb(-places))
        given["tif"] = "gtc"
    try:
        world.place(step.side, step.symbol, **given)
    except ArbionError:
        return  # what cannot be planned is refused, and nothing is recorded


def _cancel(world: World, number: int) -> None:
    orders = list(Order.objects.filter(account=world.account, status__in=OPEN).order_by("created_at"))
    if orders:
        try:
            request_cancel(orders[number % len(orders)], actor=world.alice, clock=world.clock)
        except ArbionError:
            return
