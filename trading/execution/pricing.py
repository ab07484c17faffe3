"""At which price an order is reckoned before it fills, and what its venue would charge."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import AssetClass, FillModel, OrderType, Side
from arbion.domain.numbers import EXACT, HUNDRED, ONE, PRICE_UNIT, ZERO, gross
from arbion.domain.options import SHARES_A_CONTRACT
from arbion.domain.orders import OrderRequest, Terms
from arbion.domain.reports import QuoteReport
from brokers.fees import schedule_for, total_fee
from marketdata.models import Instrument
from trading.execution.facts import Facts

# How far beyond the price that was seen a fill may be reckoned with; the rest of the hold is given back.
CUSHIONS = {FillModel.IDEAL: Decimal("0.01"), FillModel.REALISTIC: Decimal("0.02"), FillModel.HARSH: Decimal("0.05")}
_WITHOUT_LIMIT = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP})


def price_seen(terms: Terms, side: Side, quote: QuoteReport | None) -> Decimal | None:
    """The price that an order of one instrument is shown at: its limit, its stop, else the side that it would meet."""
    if terms.limit_price is not None:
        return terms.limit_price
    if terms.stop_price is not None:
        return terms.stop_price
    if quote is None:
        return None
    if terms.order_type is OrderType.TRAILING_STOP:
        return trail_start(terms, side, quote)
    return quote.ask if side is Side.BUY else quote.bid


def trail_start(terms: Terms, side: Side, quote: QuoteReport) -> Decimal:
    """Where a trailing stop stands at first; never at or below zero."""
    away = terms.trail_amount or EXACT.divide(EXACT.multiply(quote.last, terms.trail_percent or ZERO), HUNDRED)
    stop = quote.last + away if side is Side.BUY else quote.last - away
    return max(stop, PRICE_UNIT)


def price_at_worst(terms: Terms, side: Side, quote: QuoteReport | None, *, cushion: Decimal) -> Decimal | None:
    """The price that claims are made at: a limit is never passed, anything else may move by the cushion."""
    seen = price_seen(terms, side, quote)
    if seen is None or terms.order_type not in _WITHOUT_LIMIT:
        return seen
    if side is Side.BUY and quote is not None:
        seen = max(seen, quote.ask)
    return EXACT.multiply(seen, ONE + cushion if side is Side.BUY else ONE - cushion)


def package_price(request: OrderRequest, facts: Facts, *, cushion: Decimal = ZERO) -> Decimal | None:
    """The net price a package, per share of a contract: its limit, else what its legs would meet; None without quotes.

    Positive is paid, negative received; the cushion is a share of each leg's own price.
    """
    if request.limit_price is not None:
        return request.limit_price
    net = ZERO
    for leg, instrument in zip(request.legs, facts.instruments, strict=True):
        quote = facts.quotes.get(instrument.symbol)
        if quote is None:
            return None
        price = quote.ask if leg.side is Side.BUY else quote.bid
        value = EXACT.multiply(price, instrument.multiplier * leg.ratio)
        worse = EXACT.multiply(value, cushion)
        net += (value if leg.side is Side.BUY else -value) + worse
    return EXACT.divide(net, SHARES_A_CONTRACT).quantize(PRICE_UNIT, context=EXACT)


def cushion_of(facts: Facts) -> Decimal:
    """The cushion of the account's fill model."""
    return CUSHIONS[FillModel(facts.account.fill_model)]


def estimated_fee(quantity: Decimal, *, price: Decimal, instrument: Instrument, facts: Facts) -> Decimal:
    """What the venue would charge for so many units of one instrument at that price."""
    schedule = schedule_for(FillModel(facts.account.fill_model), AssetClass(instrument.asset_class))
    return total_fee(schedule, quantity=quantity, value=gross(quantity, price, instrument.multiplier))


def estimated_fees(request: OrderRequest, *, price: Decimal | None, facts: Facts) -> Decimal:
    """What the venue would charge for the whole order; of a package each leg is charged at its own quote."""
    if not request.legs:
        return estimated_fee(request.quantity, price=price or ZERO, instrument=facts.instrument, facts=facts)
    total = ZERO
    for leg, instrument in zip(request.legs, facts.instruments, strict=True):
        quote = facts.quotes.get(instrument.symbol)
        leg_price = quote.ask if quote else ZERO
        total += estimated_fee(request.quantity * leg.ratio, price=leg_price, instrument=instrument, facts=facts)
    return total
