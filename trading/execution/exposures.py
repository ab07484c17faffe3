"""What an account has at stake already, by kind of thing and by sector, before one more order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from arbion.domain.enums import TERMINAL, AssetClass, PositionEffect
from arbion.domain.numbers import ZERO, gross
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.holdings import holding_of
from trading.models import Hold, LedgerKind, Order, Position


@dataclass(frozen=True, slots=True)
class Exposures:
    """Worths in the account's currency: of positions at their last prices, whichever way they point, and the cash that
    open orders have claimed to open more. Funds count as shares, a package as options."""

    gross: Decimal = ZERO
    by_class: dict[AssetClass, Decimal] = field(default_factory=dict)
    by_sector: dict[str, Decimal] = field(default_factory=dict)


def exposures_of(
    account: BrokerAccount, rows: Iterable[Position], *, cash_held: Decimal, excluding: Collection[Order] = ()
) -> Exposures:
    """The exposures of these positions and of the account's open orders but some.

    `cash_held` is what those orders have claimed: where it is nothing, they are not asked about.
    """
    by_class: dict[AssetClass, Decimal] = {}
    by_sector: dict[str, Decimal] = {}
    total = ZERO
    held = [(kind_of(row.instrument), sector_of(row.instrument), worth_of(row)) for row in rows]
    for kind, sector, worth in [*held, *(_claimed(account, excluding) if cash_held else ())]:
        total += worth
        by_class[kind] = by_class.get(kind, ZERO) + worth
        by_sector[sector] = by_sector.get(sector, ZERO) + worth
    return Exposures(total, by_class, by_sector)


def kind_of(instrument: Instrument) -> AssetClass:
    """The kind that limits know: a fund is a share."""
    kind = AssetClass(instrument.asset_class)
    return AssetClass.EQUITY if kind is AssetClass.ETF else kind


def sector_of(instrument: Instrument) -> str:
    """The instrument's sector, of an option its underlying's; empty where there is none."""
    if instrument.asset_class != AssetClass.OPTION:
        return str(instrument.sector)
    contract = getattr(instrument, "contract", None)
    return "" if contract is None else str(contract.underlying.sector)


def worth_of(row: Position) -> Decimal:
    """What a position is worth, or would cost to buy back."""
    held = holding_of(row)
    return abs(gross(held.quantity, held.price, held.multiplier))


def _claimed(account: BrokerAccount, excluding: Collection[Order]) -> Iterator[tuple[AssetClass, str, Decimal]]:
    """The cash that open orders have claimed to open positions, by kind and sector."""
    of = "order__instrument"
    rows = (
        Hold.objects.filter(
            order__account=account,
            order__effect=PositionEffect.OPEN,
            ledger_account__kind=LedgerKind.CASH,
            remaining__gt=0,
        )
        .exclude(order__status__in=TERMINAL)
        .exclude(order__in=[order.pk for order in excluding])
        .values_list("order__is_package", f"{of}__asset_class", f"{of}__sector", f"{of}__contract__underlying__sector")
        .annotate(claimed=Sum("remaining"))
        .order_by()
    )
    for is_package, asset_class, sector, of_underlying, claimed in rows:
        kind = AssetClass.OPTION if is_package else AssetClass(asset_class)
        yield AssetClass.EQUITY if kind is AssetClass.ETF else kind, of_underlying or sector, claimed
