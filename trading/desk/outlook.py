"""What may still come between a preview and its order: the band of its price, and what would change it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from arbion.domain.enums import AssetClass, OrderType, Side, TimeInForce, Waiting
from arbion.domain.numbers import EXACT, HUNDRED, ZERO, plain, round_down
from arbion.domain.reports import QuoteReport
from marketdata import hours
from marketdata.models import Instrument
from trading.desk.describing import money_in_words
from trading.execution.preview import Preview
from trading.instruction import Instruction

FINEST_BAND = Decimal("0.0001")
AT_MARKET = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP})


def band_percent(quote: QuoteReport | None, asset_class: str) -> Decimal:
    """How far the price may go from the one that was shown, in percent: the setting, or a spread that is wider."""
    is_crypto = asset_class == AssetClass.CRYPTO
    least = Decimal(settings.PREVIEW_BAND_PERCENT_CRYPTO if is_crypto else settings.PREVIEW_BAND_PERCENT)
    if quote is None or quote.bid is None or quote.ask is None or quote.bid <= ZERO:
        return least
    spread = EXACT.divide(EXACT.multiply(quote.ask - quote.bid, HUNDRED), quote.bid).quantize(FINEST_BAND)
    return max(least, spread)


def what_would_change(
    preview: Preview, said: Instruction, *, instrument: Instrument, quote: QuoteReport | None, at: datetime
) -> list[str]:
    """Plain sentences about what may make the order other than it is shown."""
    return [
        *_of_waiting(preview, instrument, at=at),
        *_of_price(preview, said, instrument=instrument, quote=quote),
        *_of_money(preview, said, instrument=instrument),
        *_of_size(said, instrument),
    ]


def _of_waiting(preview: Preview, instrument: Instrument, *, at: datetime) -> Iterator[str]:
    if preview.waiting_for is not Waiting.MARKET_OPEN:
        return
    opening = hours.next_open(AssetClass(instrument.asset_class), at)
    if opening is None:
        yield "It waits for its market to open, and is checked again then."
        return
    there = opening.astimezone(ZoneInfo(str(settings.MARKET_TIMEZONE)))
    yield f"It waits for the market to open, {there:%a %d %b at %H:%M} market time, and is checked again then."


def _of_price(
    preview: Preview, said: Instruction, *, instrument: Instrument, quote: QuoteReport | None
) -> Iterator[str]:
    if said.when is not None:
        yield "When it comes true it is checked again, and fills at the price of that moment."
        return
    if said.order_type is OrderType.MARKET and preview.price is not None:
        band = plain(band_percent(quote, instrument.asset_class))
        yield f"It fills at the price of the moment. If that moves more than {band}% first, you are asked again."
    if said.limit_price is not None and quote is not None:
        yield from _of_limit(said.limit_price, said, quote)
    if said.order_type is OrderType.STOP:
        yield "Once the stop is reached it fills at the market, which may be worse than the stop."
    if said.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
        yield "What cannot fill at once is canceled."


def _of_limit(limit: Decimal, said: Instruction, quote: QuoteReport) -> Iterator[str]:
    if said.order_type is not OrderType.LIMIT:
        return
    away = EXACT.subtract(quote.last, limit)
    if away == ZERO:
        return
    side = "below" if away > ZERO else "above"
    where = f"The limit is {money_in_words(abs(away))} {side} the last price"
    waits = (said.side is Side.BUY and limit < (quote.ask or quote.last)) or (
        said.side is Side.SELL and limit > (quote.bid or quote.last)
    )
    yield f"{where}: it waits until the market gets there." if waits else f"{where}: it can fill at once."


def _of_money(preview: Preview, said: Instruction, *, instrument: Instrument) -> Iterator[str]:
    """The price beyond which a purchase at the market would need more than there is."""
    is_purchase = said.side is Side.BUY and said.quantity is not None and said.order_type in AT_MARKET
    if (
        not is_purchase
        or said.when is not None
        or preview.price is None
        or preview.price <= ZERO
        or not preview.decision.is_approved
    ):
        return
    units = EXACT.multiply(preview.request.quantity, Decimal(instrument.multiplier))
    if units <= ZERO or (not preview.decision.snapshot.adds_risk and preview.decision.snapshot.is_exit):
        return
    ceiling = round_down(EXACT.divide(preview.cash_free, units), instrument.price_increment)
    if preview.price < ceiling <= preview.price * 2:
        yield f"Above {money_in_words(ceiling)} it would need more than your buying power."


def _of_size(said: Instruction, instrument: Instrument) -> Iterator[str]:
    if said.notional is not None or said.percent_of_cash is not None:
        what = "contracts" if instrument.asset_class == AssetClass.OPTION else "units"
        yield f"The money is fixed; how many {what} it buys follows the price."
    elif said.percent_of_position is not None:
        yield "A trade in this position before you confirm changes its size; you are asked again then."
