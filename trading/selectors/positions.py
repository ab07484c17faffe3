"""Open lots, and what they stood at when the market's day began."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.numbers import ZERO, gross
from arbion.domain.reports import QuoteReport
from brokers.models import BrokerAccount
from marketdata import hours
from marketdata.models import Instrument
from trading.models import Lot


def open_lots(account: BrokerAccount) -> dict[int, list[Lot]]:
    """The open lots of every position, oldest first, by the key of their instrument."""
    found: dict[int, list[Lot]] = {}
    for lot in Lot.objects.filter(account=account).exclude(remaining_quantity=0).order_by("opened_at", "id"):
        found.setdefault(lot.instrument_id, []).append(lot)
    return found


def lots_of(account: BrokerAccount, instrument: Instrument) -> list[Lot]:
    """The open lots of one position, oldest first, with what opened them."""
    rows = Lot.objects.filter(account=account, instrument=instrument).exclude(remaining_quantity=0)
    return list(rows.select_related("account", "instrument", "fill").order_by("opened_at", "id"))


def lots_ever(account: BrokerAccount, instrument: Instrument) -> list[Lot]:
    """All lots that there have ever been of one position, oldest first."""
    return list(Lot.objects.filter(account=account, instrument=instrument).order_by("opened_at", "id"))


def day_start_value(instrument: Instrument, lots: list[Lot], quote: QuoteReport | None) -> Decimal | None:
    """What the lots stood at when the quote's day began: at the previous close, or at their cost if opened since."""
    if quote is None:
        return None
    start = hours.local_midnight(quote.at)
    held = sum((lot.remaining_quantity for lot in lots if lot.opened_at < start), ZERO)
    opened = sum((lot.remaining_cost for lot in lots if lot.opened_at >= start), ZERO)
    return gross(held, quote.previous_close, instrument.multiplier) + opened
