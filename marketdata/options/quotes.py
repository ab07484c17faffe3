"""Quotes of the option contracts that exist, all in one pass from the newest quotes of what they are on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from arbion.domain.enums import AssetClass, OptionRight
from marketdata import hours
from marketdata.batch import QUANTITY_ONE, Ints, QuoteBatch
from marketdata.models import Instrument, OptionContract, Quote
from marketdata.options import marking
from marketdata.options.calendar import expires_at
from marketdata.options.marking import SOURCE, Term, Underlying

# Yesterday's worth of each contract, kept because it is asked for at every tick, with what else it follows from.
_Stamp = tuple[object, ...]
_previous: dict[tuple[str, Term], tuple[_Stamp, int]] = {}
_PREVIOUS_MAX = 50_000


def refresh(at: datetime) -> QuoteBatch:
    """The quotes of all contracts that trade and whose underlying has a newer quote than they have.

    For `marketdata.quotes.record` and `marketdata.fanout.publish_quotes`, which the caller does. A contract that has
    expired, is settled or is halted keeps its last quote.
    """
    contracts = OptionContract.objects.filter(
        settled_at=None, expires_on__gte=hours.local_date(at), instrument__is_halted=False
    )
    rows = list(contracts.select_related("instrument").order_by("pk"))
    seen = dict(Quote.objects.filter(instrument__contract__in=contracts).values_list("pk", "at"))
    found = marking.underlyings(Instrument.objects.filter(pk__in={row.underlying_id for row in rows}))
    ends: dict[date, datetime] = {}
    wanted: list[tuple[Instrument, Underlying, Term]] = []
    for row in rows:
        underlying = found.get(row.underlying_id)
        if underlying is None or (row.pk in seen and seen[row.pk] >= underlying.at):
            continue
        if ends.setdefault(row.expires_on, expires_at(row.expires_on)) > max(at, underlying.at):
            wanted.append((row.instrument, underlying, term_of(row)))
    return batch(wanted)


def term_of(contract: OptionContract) -> Term:
    """The part of a contract's row that makes its price; after a split that is no longer what its symbol says."""
    return Term(is_call=contract.right == OptionRight.CALL, strike=contract.strike, expires_on=contract.expires_on)


def batch(wanted: Sequence[tuple[Instrument, Underlying, Term]]) -> QuoteBatch:
    """The quotes of these contracts, in the order of their ids; to be recorded they must have been saved.

    Outside the regular session a quote tells the price and makes no candle.
    """
    pairs = [(underlying, term) for _, underlying, term in wanted]
    ids = [instrument.pk or 0 for instrument, _, _ in wanted]
    marks = marking.mark(pairs)
    open_at = {one.at: hours.is_class_open(AssetClass.OPTION, one.at) for one, _ in pairs}
    return QuoteBatch(
        ids=np.array(ids, np.int64),
        symbols=[instrument.symbol for instrument, _, _ in wanted],
        bid=marks.bid,
        ask=marks.ask,
        last=marks.last,
        previous_close=_previous_closes(pairs),
        volume=marks.volume * QUANTITY_ONE,
        sources=[SOURCE] * len(pairs),
        at=[underlying.at for underlying, _ in pairs],
        untraded=[key for key, (underlying, _) in zip(ids, pairs, strict=True) if not open_at[underlying.at]],
    )


def _previous_closes(pairs: Sequence[tuple[Underlying, Term]]) -> Ints:
    """What each contract was worth when the day began, worked out once a day."""
    keys = [(one.symbol, term) for one, term in pairs]
    stamps: list[_Stamp] = [
        (hours.local_day(one.at), one.previous_close, one.volatility, one.dividends) for one, _ in pairs
    ]
    fresh = [place for place, key in enumerate(keys) if _previous.get(key, ((), 0))[0] != stamps[place]]
    if len(_previous) > _PREVIOUS_MAX:
        _previous.clear()
        fresh = list(range(len(pairs)))
    if fresh:
        worth = marking.previous_closes([pairs[place] for place in fresh]).tolist()
        _previous.update({keys[place]: (stamps[place], value) for place, value in zip(fresh, worth, strict=True)})
    return np.array([_previous[key][1] for key in keys], np.int64)
