"""Which stops of one position should rest at the venue, with what size and at what price; reads only, nothing moves.

The units of a position can rest once. Stops against a loss come before targets, and those near the price before those
that are far; what finds no units is guarded here, and so is everything that the venue does not take.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from arbion.domain.enums import AssetClass, OrderStatus, OrderType, PendingRequest, Venue
from arbion.domain.numbers import ZERO, round_down
from brokers.models import BrokerAccount
from brokers.rules import resting_types, rules_of
from marketdata.models import Instrument
from riskdesk.stops import TRAILING, RestTerms, StopKind, is_breached, rest_terms
from trading.execution.facts import Facts, gather
from trading.execution.protection.market import stands_still
from trading.execution.protection.measures import has_unknown_split, remaining
from trading.models import WATCHED, HaltReceipt, Hold, LedgerKind, Order, OrderEvent, Stop

# What a venue has refused or ended is offered to it again after so long.
REFUSED_AGAIN = timedelta(minutes=10)
ENDED_AGAIN = timedelta(minutes=1)
AT_THE_VENUE = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
REFUSED_CHANGES = frozenset({"the venue refused the change", "change refused by the risk desk"})
_PRICES = ("stop_price", "limit_price")
_SHAPE = ("order_type", "trail_amount", "trail_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What should be true of one stop at the venue: so many units on these terms, or nothing, and why not.

    `room` is how many units more than its order has claimed are free for it at this moment.
    """

    stop: Stop
    terms: RestTerms | None = None
    units: Decimal = ZERO
    note: str = ""
    room: Decimal = ZERO

    @property
    def working(self) -> Order | None:
        """The order that stands for it now."""
        order = self.stop.resting
        return order if order is not None and order.is_open else None

    @property
    def is_over(self) -> bool:
        """Whether its order is closed and was filled: it has gone off at the venue."""
        order = self.stop.resting
        return order is not None and not order.is_open and order.filled_quantity > ZERO

    @property
    def goes(self) -> bool:
        """Whether its order has to be taken back."""
        order = self.working
        if order is None or order.pending_request == PendingRequest.CANCEL:
            return False
        return self.terms is None or self.units == ZERO or (self._differs(order) and not self._can_follow(order))

    @property
    def comes(self) -> bool:
        """Whether an order has to be placed for it, and there is room for it."""
        return self.working is None and self.terms is not None and ZERO < self.units <= self.room

    @property
    def changes(self) -> dict[str, Decimal]:
        """The new terms that its order should be given, where that can be."""
        order = self.working
        if order is None or self.terms is None or self.goes or order.pending_request:
            return {}
        if order.status not in AT_THE_VENUE or self.units - order.leaves_quantity > self.room:
            return {}
        return self._new(order)

    def _new(self, order: Order) -> dict[str, Decimal]:
        wanted = {name: getattr(self.terms, name) for name in _PRICES}
        wanted = {name: price for name, price in wanted.items() if price is not None}
        wanted["quantity"] = order.filled_quantity + self.units
        return {name: value for name, value in wanted.items() if value != getattr(order, name)}

    def _differs(self, order: Order) -> bool:
        return bool(self._new(order)) or any(getattr(order, name) != getattr(self.terms, name) for name in _SHAPE)

    def _can_follow(self, order: Order) -> bool:
        """Whether the order could become what is wanted where it stands; asked once only."""
        if any(getattr(order, name) != getattr(self.terms, name) for name in _SHAPE):
            return False
        if not rules_of(Venue(self.stop.account.venue)).offers_replace:
            return False
        last = order.events.order_by("-version").values_list("cause", flat=True).first()
        return last not in REFUSED_CHANGES


def wishes(account_id: int, instrument_id: int, *, at: datetime) -> list[Wish]:
    """What should be true of each stop of one position; empty where none of its stops rests or could."""
    rows = Stop.objects.filter(account=account_id, instrument=instrument_id, status__in=WATCHED)
    stops = list(rows.select_related("account__user", "instrument", "resting").order_by("created_at", "id"))
    if not stops:
        return []
    account, instrument = stops[0].account, stops[0].instrument
    offered = resting_types(Venue(account.venue), AssetClass(instrument.asset_class))
    if not offered and not any(stop.resting_id for stop in stops):
        return []
    if any(has_unknown_split(stop, at) for stop in stops):
        # The venue gives what rests there its new terms, and the watch the stops theirs.
        return []
    facts = gather(account=account, instruments=[instrument], at=at)
    free = facts.units_free(instrument.symbol)
    left = free + sum((_claimed(stop) for stop in stops), ZERO)
    closed_why = _why_none(account, instrument, at=at)
    made = []
    for stop in sorted(stops, key=_rank):
        if Wish(stop=stop).is_over:
            made.append(Wish(stop=stop))
            continue
        terms, note = _terms(stop, facts, offered=offered)
        note = note or (closed_why if not _is_working(stop) or account.archived_at else "")
        if note:
            made.append(Wish(stop=stop, note=note))
            continue
        wanted = remaining(stop)
        units = round_down(min(wanted, left), instrument.size_increment)
        left -= units
        short = "Other orders claim the units." if units < wanted else ""
        made.append(Wish(stop=stop, terms=terms, units=units, note=short, room=free))
    return made


def _rank(stop: Stop) -> tuple[bool, Decimal]:
    """Against a loss first, then the nearest level."""
    level = stop.level or ZERO
    return stop.kind == StopKind.TAKE_PROFIT, -level if stop.terms.fires_below else level


def _terms(stop: Stop, facts: Facts, *, offered: frozenset[OrderType]) -> tuple[RestTerms | None, str]:
    """The order that would stand for the stop, or why there is none."""
    if not offered:
        return None, "This venue does not hold such orders."
    terms = rest_terms(stop.terms, stop.state, offered=offered, step=stop.instrument.price_increment)
    if terms is None:
        return None, "This venue does not hold orders of this kind."
    if _is_working(stop):
        return terms, ""
    if why := _why_not_again(stop, facts.at):
        return None, why
    quote = facts.quote
    if quote is None:
        return None, "There is no price."
    if is_breached(stop.terms, stop.state, price=quote.last, at=facts.at):
        return None, "It is about to go off."
    if stop.kind in TRAILING and stop.extreme is not None:
        # A trail that began now would stand behind the one that is kept here.
        is_best = quote.last >= stop.extreme if stop.is_long else quote.last <= stop.extreme
        if not is_best:
            return None, "It rests at the venue again from the next best price on."
    return terms, ""


def _why_not_again(stop: Stop, at: datetime) -> str:
    """Why no order is placed although one could be, from what became of the last."""
    if stop.rest_again_at is not None and at < stop.rest_again_at:
        return stop.rest_note
    order = stop.resting
    if order is None:
        return ""
    if order.status in {OrderStatus.REJECTED, OrderStatus.DENIED}:
        why = f"Its order was refused: {order.reject_reason}"[:200]
        return why if at - order.updated_at < REFUSED_AGAIN else ""
    cancels = OrderEvent.objects.filter(order=order, cause__startswith="cancel")
    if cancels.exclude(actor=None).exists():
        return "You canceled its order at the venue."
    is_ended_there = order.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED} and not cancels.exists()
    if is_ended_there and at - order.updated_at < ENDED_AGAIN:
        return "The venue has ended its order."
    return ""


def _why_none(account: BrokerAccount, instrument: Instrument, *, at: datetime) -> str:
    """Why nothing new is placed for any stop of the position now."""
    if account.archived_at is not None:
        return "The account is archived."
    if stands_still(instrument, at):
        return "It is placed at the venue when its market trades."
    whose = Q(halt__account=account) | Q(halt__user=account.user_id) | Q(halt__account=None, halt__user=None)
    if HaltReceipt.objects.filter(whose, flatten=True, ended_at=None, halt__lifted_at=None).exists():
        return "Trading is halted and the position is being closed."
    return ""


def _is_working(stop: Stop) -> bool:
    return stop.resting is not None and stop.resting.is_open


def _claimed(stop: Stop) -> Decimal:
    """The units that the order which stands for it has claimed."""
    if not _is_working(stop):
        return ZERO
    mine = Hold.objects.filter(order=stop.resting_id, remaining__gt=0, ledger_account__kind=LedgerKind.UNITS)
    claimed: Decimal = sum(mine.values_list("remaining", flat=True), ZERO)
    return claimed
