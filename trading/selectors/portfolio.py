"""The account at the latest prices: one figure for one thing, for pages, the API and the gate alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from arbion.domain.enums import AssetClass
from arbion.domain.numbers import ZERO, gross
from brokers.margin import Holding, requirement
from brokers.models import BrokerAccount
from marketdata import hours, quotes
from marketdata.models import Instrument
from trading.models import EquityPoint, LedgerAccount, LedgerKind, Position
from trading.selectors.ledger import moved_in, put_in
from trading.selectors.positions import day_start_value, open_lots
from trading.selectors.views import PortfolioView, PositionView, total

# An equity point is dated to the full minute and measured within it.
_POINT = timedelta(minutes=1)


def positions(account: BrokerAccount) -> tuple[PositionView, ...]:
    """The account's open positions, best known instruments first."""
    rows = list(
        Position.objects.filter(account=account)
        .exclude(quantity=0)
        .select_related("instrument__contract__underlying")
        .order_by("instrument__rank", "instrument__symbol")
    )
    prices = quotes.latest([row.instrument.symbol for row in rows]) if rows else {}
    lots = open_lots(account) if rows else {}
    return tuple(
        PositionView(
            account=account,
            instrument=row.instrument,
            quantity=row.quantity,
            cost=row.cost,
            realized=row.realized,
            quote=prices.get(row.instrument.symbol),
            day_start_value=day_start_value(
                row.instrument, lots.get(row.instrument_id, []), prices.get(row.instrument.symbol)
            ),
        )
        for row in rows
    )


def position(account: BrokerAccount, instrument: Instrument) -> PositionView | None:
    """The account's open position in one instrument."""
    return next((held for held in positions(account) if held.instrument == instrument), None)


def portfolio(account: BrokerAccount, *, at: datetime) -> PortfolioView:
    """The account at the latest prices."""
    columns = {row.kind: row for row in LedgerAccount.objects.filter(account=account, asset=account.currency)}
    cash, fees, income = (columns.get(kind) for kind in (LedgerKind.CASH, LedgerKind.FEES, LedgerKind.INCOME))
    realized = sum(Position.objects.filter(account=account).values_list("realized", flat=True), ZERO)
    held = positions(account)
    return PortfolioView(
        account=account,
        at=at,
        cash=cash.balance if cash else ZERO,
        cash_held=cash.held if cash else ZERO,
        equity_at_day_start=equity_at_day_start(account, at=at),
        opening=put_in(account),
        fees=fees.balance if fees else ZERO,
        realized=realized,
        dividends=-income.balance if income else ZERO,
        security=security(held),
        positions=held,
    )


def buying_power(account: BrokerAccount) -> Decimal:
    """Cash that no open order has claimed and that covers nothing that is owed."""
    cash = LedgerAccount.objects.filter(account=account, kind=LedgerKind.CASH, asset=account.currency).first()
    free = ZERO if cash is None else cash.balance - cash.held
    return free - security(positions(account))


def security(held: tuple[PositionView, ...]) -> Decimal:
    """The cash that must stay to cover what is owed, at the last prices; at cost where there is no price."""
    if not any(view.is_short for view in held):
        return ZERO
    return requirement(_holding(view) for view in held).cash


def _holding(view: PositionView) -> Holding:
    instrument = view.instrument
    contract = getattr(instrument, "contract", None) if instrument.asset_class == AssetClass.OPTION else None
    return Holding(
        symbol=instrument.symbol,
        quantity=view.quantity,
        price=abs(view.average_price) if view.quote is None else view.quote.last,
        multiplier=instrument.multiplier,
        option=None if contract is None else contract.terms,
    )


def equity_of(account: BrokerAccount, *, cash: Decimal) -> Decimal | None:
    """Cash and holdings at the last prices, what is owed taken off; None while a price is missing."""
    rows = Position.objects.filter(account=account).exclude(quantity=0)
    held = total(
        None if last is None else gross(quantity, last, multiplier)
        for quantity, last, multiplier in rows.values_list(
            "quantity", "instrument__quote__last", "instrument__multiplier"
        )
    )
    return None if held is None else cash + held


def equity_at_day_start(account: BrokerAccount, *, at: datetime) -> Decimal | None:
    """The account's last known worth before the market's day began, and what was put in since (taken out: less).

    Of an account that was opened today it is the opening cash, and what was put in since.
    """
    points = EquityPoint.objects.filter(account=account)
    midnight = hours.local_midnight(at)
    point = points.filter(at__lt=midnight).order_by("-at").first()
    if point is not None:
        since = min(point.at + _POINT, midnight)
    else:
        point = points.order_by("at").first()
        if point is None:
            return None
        since = point.at
    worth: Decimal = point.equity + moved_in(account, since=since)
    return worth


def equity_points(account: BrokerAccount, *, since: datetime) -> list[EquityPoint]:
    """What the account was worth, oldest first."""
    return list(EquityPoint.objects.filter(account=account, at__gte=since).order_by("at"))
