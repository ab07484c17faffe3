"""What the desk's page shows of one account: the book as the desk's mathematics see it, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from arbion.domain.enums import AssetClass
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from marketdata.options.calendar import expires_at
from marketdata.options.marking import RATE
from riskdesk.analytics.book import Book, Line
from riskdesk.models import RiskDecision
from trading.holdings import cash_of, last_price
from trading.models import Position

_RATE = Decimal(str(RATE))


def book_of(account: BrokerAccount, *, at: datetime) -> Book:
    """The account's positions at their last prices; what has no price is named as such."""
    rows = (
        Position.objects.filter(account=account)
        .exclude(quantity=0)
        .select_related("instrument__quote", "instrument__contract__underlying__quote")
        .order_by("instrument__symbol")
    )
    lines: list[Line] = []
    unpriced: list[str] = []
    for row in rows:
        line = _line(row.instrument, row.quantity)
        if line is None:
            unpriced.append(row.instrument.symbol)
        else:
            lines.append(line)
    return Book(at=at, lines=tuple(lines), cash=cash_of(account), unpriced=tuple(unpriced))


def _line(instrument: Instrument, quantity: Decimal) -> Line | None:
    price = last_price(instrument)
    if price is None:
        return None
    if instrument.asset_class != AssetClass.OPTION:
        return Line(
            symbol=instrument.symbol,
            asset_class=AssetClass(instrument.asset_class),
            quantity=quantity,
            price=price,
            multiplier=instrument.multiplier,
        )
    contract = instrument.contract
    underlying = last_price(contract.underlying)
    if underlying is None or underlying <= 0:
        return None
    return Line(
        symbol=instrument.symbol,
        asset_class=AssetClass.OPTION,
        quantity=quantity,
        price=price,
        multiplier=instrument.multiplier,
        option=contract.terms,
        underlying_price=underlying,
        expires_at=expires_at(contract.expires_on),
        rate=_RATE,
    )


def decisions(accounts: Iterable[BrokerAccount], *, refused: bool = False) -> QuerySet[RiskDecision]:
    """The desk's verdicts on these accounts, newest first; `refused` leaves only those that let nothing pass."""
    found = RiskDecision.objects.filter(account__in=accounts).select_related("account").order_by("-decided_at", "-id")
    return found.filter(approved=False) if refused else found
