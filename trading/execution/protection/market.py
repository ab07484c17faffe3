"""What the watch reads of the market: quotes, what stands still, and splits that a stop's prices do not know yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from arbion.domain.enums import AssetClass
from arbion.domain.numbers import EXACT
from marketdata import hours, stillness
from marketdata.models import CorporateAction, CorporateKind, CorporateStatus, Instrument, Quote
from riskdesk.ticks import Tick

# More names than this in one statement cost more than reading every quote that is young.
NAMED_MAX = 500
YOUNG = timedelta(seconds=30)
# Longer than the house could be down over a split and still keep a stop from before it.
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Thing:
    """What does not change of an instrument."""

    symbol: str
    asset_class: AssetClass
    step: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """A split of an instrument (or of an option's underlying); `applied_at` is None while it is being carried out."""

    instrument_id: int
    ratio: Decimal
    applied_at: datetime | None
    is_of_underlying: bool


def stands_still(instrument: Instrument, at: datetime) -> bool:
    """Whether no price can come and no order can go: it is halted, its replay is paused, or its market is closed."""
    return stillness.stands_still(instrument) or not hours.is_open(instrument, at)


def things(instrument_ids: Iterable[int]) -> dict[int, Thing]:
    """What is fixed of these instruments."""
    rows = Instrument.objects.filter(pk__in=list(instrument_ids))
    return {
        pk: Thing(symbol, AssetClass(asset_class), step)
        for pk, symbol, asset_class, step in rows.values_list("pk", "symbol", "asset_class", "price_increment")
    }


def still_ones(known: dict[int, Thing], at: datetime) -> set[int]:
    """Which of these instruments stand still now."""
    is_open = {kind: hours.is_class_open(kind, at) for kind in {thing.asset_class for thing in known.values()}}
    still = stillness.still_ids()
    return {pk for pk, thing in known.items() if pk in still or not is_open[thing.asset_class]}


def read_quotes(instrument_ids: Collection[int], at: datetime) -> dict[int, Tick]:
    """The newest quote of each of these instruments that has one; of many, those that are not old."""
    rows = Quote.objects.all()
    if len(instrument_ids) <= NAMED_MAX:
        rows = rows.filter(pk__in=list(instrument_ids))
    else:
        rows = rows.filter(at__gt=at - YOUNG)
    return {
        pk: Tick(bid=bid, ask=ask, last=last, at=moment)
        for pk, bid, ask, last, moment in rows.values_list("pk", "bid", "ask", "last", "at")
        if pk in instrument_ids
    }


def splits(at: datetime, *, of: Instrument | None = None) -> list[Split]:
    """The splits of late, oldest first, and those under way; each for the share and for its options.

    Read them after the quotes: then no quote from after a split can be met with terms from before it unseen.
    """
    rows = CorporateAction.objects.filter(kind=CorporateKind.SPLIT).filter(
        Q(status=CorporateStatus.APPLYING) | Q(status=CorporateStatus.APPLIED, applied_at__gt=at - LOOK_BACK)
    )
    if of is not None:
        rows = rows.filter(Q(instrument=of) | Q(instrument__contracts__instrument=of))
    found = []
    for action in rows.order_by("applied_at").distinct():
        ratio = EXACT.divide(Decimal(action.new_units or 1), Decimal(action.old_units or 1))
        done = action.applied_at if action.status == CorporateStatus.APPLIED else None
        found.append(Split(action.instrument_id, ratio, done, is_of_underlying=False))
        listed = Instrument.objects.filter(contract__underlying=action.instrument_id).values_list("pk", flat=True)
        found += [Split(pk, ratio, done, is_of_underlying=True) for pk in listed]
    return found
