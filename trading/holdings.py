"""What an account holds, as collateral sees it: signed units at their last prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from arbion.domain.enums import AssetClass, OrderStatus, Side
from arbion.domain.numbers import EXACT, ZERO, gross
from brokers.margin import Holding
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.models import LedgerAccount, LedgerKind, Order, Position
from trading.models.order import OrderLeg


def holdings_of(account: BrokerAccount) -> list[Holding]:
    """Every open position of the account; one without a price is reckoned at its cost a unit."""
    return [holding_of(row) for row in position_rows(account)]


def position_rows(account: BrokerAccount) -> list[Position]:
    """The account's open positions, with all that is said of their instruments."""
    return list(
        Position.objects.filter(account=account)
        .exclude(quantity=0)
        .select_related("instrument__quote", "instrument__contract__underlying")
        .order_by("instrument_id")
    )


def holding_of(row: Position) -> Holding:
    """One position as collateral sees it."""
    return _holding(row.instrument, row.quantity, price=_price(row))


def cash_of(account: BrokerAccount) -> Decimal:
    """The account's cash, what open orders have claimed of it included."""
    row = LedgerAccount.objects.filter(account=account, kind=LedgerKind.CASH, asset=account.currency).first()
    return ZERO if row is None else row.balance


def worth(holdings: Iterable[Holding]) -> Decimal:
    """The holdings at their prices, in the account's currency; what is owed counts against it."""
    return sum((gross(held.quantity, held.price, held.multiplier) for held in holdings), ZERO)


def pending_options(account: BrokerAccount, *, excluding: Order | None = None) -> list[Holding]:
    """What open orders may yet take away from the cover of options: options sold, to open or to close.

    Options that open orders may buy are not counted: they are not there yet.
    """
    open_orders = Order.objects.filter(account=account, status__in=_MAY_FILL)
    if excluding is not None:
        open_orders = open_orders.exclude(pk=excluding.pk)
    single = open_orders.filter(is_package=False, instrument__asset_class=AssetClass.OPTION, side=Side.SELL)
    found = [
        _holding(order.instrument, -order.leaves_quantity, price=ZERO)
        for order in single.select_related("instrument__quote", "instrument__contract__underlying")
    ]
    legs = OrderLeg.objects.filter(order__in=open_orders, side=Side.SELL, instrument__asset_class=AssetClass.OPTION)
    for leg in legs.select_related("order", "instrument__quote", "instrument__contract__underlying"):
        units = leg.order.leaves_quantity * leg.ratio
        found.append(_holding(leg.instrument, -units, price=ZERO))
    return [held for held in found if held.quantity]


def changed_by(instrument: Instrument, side: Side, quantity: Decimal, *, price: Decimal) -> Holding:
    """What buying or selling so many units adds to the holdings."""
    return _holding(instrument, quantity if side is Side.BUY else -quantity, price=price)


def added(holdings: Iterable[Holding], more: Iterable[Holding]) -> list[Holding]:
    """The holdings with others added, one entry a symbol; a price that is known stays."""
    by_symbol = {held.symbol: held for held in holdings}
    for extra in more:
        held = by_symbol.get(extra.symbol)
        if held is None:
            by_symbol[extra.symbol] = extra
            continue
        by_symbol[extra.symbol] = Holding(
            symbol=held.symbol,
            quantity=held.quantity + extra.quantity,
            multiplier=held.multiplier,
            price=max(held.price, extra.price),
            option=held.option,
        )
    return [held for held in by_symbol.values() if held.quantity]


def needs_collateral(holdings: Iterable[Holding]) -> bool:
    """Whether anything is owed."""
    return any(held.quantity < 0 for held in holdings)


_MAY_FILL = (
    OrderStatus.HELD,
    OrderStatus.SUBMITTED,
    OrderStatus.UNKNOWN,
    OrderStatus.ACCEPTED,
    OrderStatus.PARTIALLY_FILLED,
)


def _holding(instrument: Instrument, quantity: Decimal, *, price: Decimal) -> Holding:
    contract = getattr(instrument, "contract", None) if instrument.asset_class == AssetClass.OPTION else None
    return Holding(
        symbol=instrument.symbol,
        quantity=quantity,
        multiplier=instrument.multiplier,
        price=price or last_price(instrument) or ZERO,
        option=None if contract is None else contract.terms,
    )


def last_price(instrument: Instrument) -> Decimal | None:
    """The last price of an instrument that was read with its quote."""
    quote = getattr(instrument, "quote", None)
    last: Decimal | None = None if quote is None else quote.last
    return last


def _price(row: Position) -> Decimal:
    price = last_price(row.instrument)
    if price is not None:
        return price
    units: Decimal = row.quantity * row.instrument.multiplier
    cost: Decimal = row.cost
    return abs(EXACT.divide(cost, units))
