"""Reading the books: every selector begins with whose eyes are looking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.enums import OPEN, OrderStatus
from arbion.domain.errors import NotFound
from arbion.domain.numbers import EXACT, HUNDRED, PRICE_UNIT, ZERO, gross
from arbion.domain.reports import QuoteReport
from brokers.models import BrokerAccount
from marketdata import hours, quotes
from marketdata.models import Instrument
from trading.models import (
    EquityPoint,
    Fill,
    Journal,
    LedgerAccount,
    LedgerKind,
    Lot,
    Order,
    OrderEvent,
    Position,
    Transfer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """One position at the latest price; figures that need a price are None where there is none."""

    account: BrokerAccount
    instrument: Instrument
    quantity: Decimal
    cost: Decimal
    realized: Decimal
    quote: QuoteReport | None
    day_start_value: Decimal | None

    @property
    def average_price(self) -> Decimal:
        """Cost a unit, fees included, at price scale."""
        return EXACT.divide(self.cost, self.quantity).quantize(PRICE_UNIT, context=EXACT) if self.quantity else ZERO

    @property
    def value(self) -> Decimal | None:
        """Quantity at the last price."""
        return None if self.quote is None else gross(self.quantity, self.quote.last)

    @property
    def unrealized(self) -> Decimal | None:
        """Value less cost."""
        return None if self.value is None else self.value - self.cost

    @property
    def unrealized_percent(self) -> Decimal | None:
        """Unrealised profit in percent of the cost, two decimals."""
        return percent(self.unrealized, self.cost)

    @property
    def day_profit(self) -> Decimal | None:
        """What today made of what is held now: since the previous close, or since it was bought today."""
        if self.value is None or self.day_start_value is None:
            return None
        return self.value - self.day_start_value


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """An account at the latest prices. `equity` and what follows from it are None while a price is missing."""

    account: BrokerAccount
    at: datetime
    cash: Decimal
    cash_held: Decimal
    equity_at_day_start: Decimal | None
    opening: Decimal
    fees: Decimal
    realized: Decimal
    positions: tuple[PositionView, ...]

    @property
    def buying_power(self) -> Decimal:
        """Cash that no open order has claimed."""
        return self.cash - self.cash_held

    @property
    def holdings_value(self) -> Decimal | None:
        """All positions at the last prices."""
        return total(position.value for position in self.positions)

    @property
    def equity(self) -> Decimal | None:
        """Cash and holdings."""
        return None if self.holdings_value is None else self.cash + self.holdings_value

    @property
    def unrealized(self) -> Decimal | None:
        """Profit of what is held."""
        return total(position.unrealized for position in self.positions)

    @property
    def day_profit(self) -> Decimal | None:
        """Equity now less equity at the start of the market's day."""
        if self.equity is None or self.equity_at_day_start is None:
            return None
        return self.equity - self.equity_at_day_start

    @property
    def day_profit_percent(self) -> Decimal | None:
        """The same in percent of the equity at the start of the day."""
        return percent(self.day_profit, self.equity_at_day_start)

    @property
    def total_profit(self) -> Decimal | None:
        """Equity less what was put in."""
        return None if self.equity is None else self.equity - self.opening

    def exposure(self) -> dict[str, Decimal]:
        """Value of the holdings by asset class; what has no price is left out."""
        by_class: dict[str, Decimal] = {}
        for position in self.positions:
            if position.value is not None:
                name = position.instrument.asset_class
                by_class[name] = by_class.get(name, ZERO) + position.value
        return by_class


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where one of the values is missing."""
    found = list(values)
    return None if any(value is None for value in found) else sum((v for v in found if v is not None), ZERO)


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """`part` in percent of `whole`, two decimals; None where it cannot be said."""
    if part is None or not whole:
        return None
    return EXACT.divide(EXACT.multiply(part, HUNDRED), whole).quantize(Decimal("0.01"))


def positions(account: BrokerAccount) -> tuple[PositionView, ...]:
    """The account's open positions, best known instruments first."""
    rows = list(
        Position.objects.filter(account=account, quantity__gt=0)
        .select_related("instrument")
        .order_by("instrument__rank", "instrument__symbol")
    )
    prices = quotes.latest([row.instrument.symbol for row in rows]) if rows else {}
    lots = _open_lots_by_instrument(account) if rows else {}
    return tuple(
        PositionView(
            account=account,
            instrument=row.instrument,
            quantity=row.quantity,
            cost=row.cost,
            realized=row.realized,
            quote=prices.get(row.instrument.symbol),
            day_start_value=_day_start_value(lots.get(row.instrument_id, []), prices.get(row.instrument.symbol)),
        )
        for row in rows
    )


def _open_lots_by_instrument(account: BrokerAccount) -> dict[int, list[Lot]]:
    lots: dict[int, list[Lot]] = defaultdict(list)
    for lot in Lot.objects.filter(account=account, remaining_quantity__gt=0):
        lots[lot.instrument_id].append(lot)
    return lots


def _day_start_value(lots: list[Lot], quote: QuoteReport | None) -> Decimal | None:
    """What the lots stood at when the quote's day began: at the previous close, or at their cost if bought since."""
    if quote is None:
        return None
    start = hours.local_midnight(quote.at)
    held = sum((lot.remaining_quantity for lot in lots if lot.opened_at < start), ZERO)
    bought = sum((lot.remaining_cost for lot in lots if lot.opened_at >= start), ZERO)
    return gross(held, quote.previous_close) + bought


def position(account: BrokerAccount, instrument: Instrument) -> PositionView | None:
    """The account's open position in one instrument."""
    return next((held for held in positions(account) if held.instrument == instrument), None)


def portfolio(account: BrokerAccount, *, at: datetime) -> PortfolioView:
    """The account at the latest prices."""
    columns = {row.kind: row for row in LedgerAccount.objects.filter(account=account, asset=account.currency)}
    cash, fees, outside = (columns.get(kind) for kind in (LedgerKind.CASH, LedgerKind.FEES, LedgerKind.OUTSIDE))
    realized = sum(Position.objects.filter(account=account).values_list("realized", flat=True), ZERO)
    return PortfolioView(
        account=account,
        at=at,
        cash=cash.balance if cash else ZERO,
        cash_held=cash.held if cash else ZERO,
        equity_at_day_start=equity_at_day_start(account, at=at),
        opening=_put_in(account) if outside else ZERO,
        fees=fees.balance if fees else ZERO,
        realized=realized,
        positions=positions(account),
    )


def _put_in(account: BrokerAccount) -> Decimal:
    """What came into the account from outside other than by trading."""
    amounts = Journal.objects.filter(account=account, code="opening").values_list("transfers__amount", flat=True)
    return sum(amounts, ZERO)


def equity_of(account: BrokerAccount, *, cash: Decimal) -> Decimal | None:
    """Cash and holdings at the last prices; None while a price is missing."""
    rows = Position.objects.filter(account=account, quantity__gt=0).values_list("quantity", "instrument__quote__last")
    held = total(None if last is None else gross(quantity, last) for quantity, last in rows)
    return None if held is None else cash + held


def equity_at_day_start(account: BrokerAccount, *, at: datetime) -> Decimal | None:
    """The account's last known worth before the market's day began; of one opened today, its opening."""
    points = EquityPoint.objects.filter(account=account)
    point = points.filter(at__lt=hours.local_midnight(at)).order_by("-at").first() or points.order_by("at").first()
    return point.equity if point else None


def equity_points(account: BrokerAccount, *, since: datetime) -> list[EquityPoint]:
    """What the account was worth, oldest first."""
    return list(EquityPoint.objects.filter(account=account, at__gte=since).order_by("at"))


def orders(user: User) -> QuerySet[Order]:
    """The person's orders, newest first, with all that a list shows."""
    return Order.objects.filter(account__user=user).select_related("account", "instrument", "intent", "decision")


def open_orders(user: User) -> QuerySet[Order]:
    """The person's orders that are not closed."""
    return orders(user).filter(status__in=[status for status in OPEN if status != OrderStatus.INITIALIZED])


def order_of(user: User, order_id: str | UUID) -> Order:
    """One order of the person. Raises NotFound for anybody else's."""
    try:
        return orders(user).get(pk=order_id if isinstance(order_id, UUID) else UUID(order_id))
    except (Order.DoesNotExist, ValueError):
        raise NotFound("There is no such order.") from None


def events(order: Order) -> QuerySet[OrderEvent]:
    """The order's history, oldest first."""
    return OrderEvent.objects.filter(order=order).select_related("actor").order_by("id")


def fills(user: User) -> QuerySet[Fill]:
    """The person's executions, newest first."""
    return Fill.objects.filter(account__user=user).select_related("account", "instrument", "order")


def open_lots(account: BrokerAccount) -> dict[int, list[Lot]]:
    """The open lots of every position, oldest first, by the key of their instrument."""
    found: dict[int, list[Lot]] = {}
    for lot in Lot.objects.filter(account=account, remaining_quantity__gt=0).order_by("opened_at", "id"):
        found.setdefault(lot.instrument_id, []).append(lot)
    return found


def journals(user: User) -> QuerySet[Journal]:
    """The person's ledger, newest first, with its transfers."""
    return (
        Journal.objects.filter(account__user=user)
        .select_related("account")
        .prefetch_related("transfers__debit", "transfers__credit")
    )


def transfers_of(order: Order) -> QuerySet[Transfer]:
    """The ledger lines that the order's fills made, oldest first."""
    references = [f"fill:{order.account_id}:{fill.venue_fill_id}" for fill in order.fills.all()]
    found = Transfer.objects.filter(journal__account_id=order.account_id, journal__reference__in=references)
    return found.select_related("journal", "debit", "credit").order_by("id")
