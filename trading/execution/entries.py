"""What an entry has opened, in the units of today: a split between its fills changes what the earlier ones are."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import AssetClass
from arbion.domain.numbers import EXACT, ZERO, round_down
from marketdata.models import CorporateAction, CorporateKind, CorporateStatus
from trading.models import Order


def opened_by(entry: Order) -> tuple[Decimal, Decimal]:
    """The units that a filled entry of one instrument has opened, and what each cost on average, both as of today.

    The units of a share grow (or shrink) with its splits; of an option each contract stands for more instead.
    """
    multiplier = Decimal(entry.instrument.multiplier)
    units: Decimal = entry.filled_quantity
    if entry.instrument.asset_class != AssetClass.OPTION:
        units = _after_splits(entry)
    whole = EXACT.multiply(units, multiplier)
    return units, EXACT.divide(entry.filled_value, whole) if whole else ZERO


def _after_splits(entry: Order) -> Decimal:
    splits = list(
        CorporateAction.objects.filter(
            instrument=entry.instrument_id,
            kind=CorporateKind.SPLIT,
            status=CorporateStatus.APPLIED,
            applied_at__gt=entry.created_at,
        )
    )
    if not splits:
        whole: Decimal = entry.filled_quantity
        return whole
    units = ZERO
    for quantity, filled_at in entry.fills.values_list("quantity", "filled_at"):
        grown = quantity
        for split in splits:
            if split.applied_at is not None and filled_at < split.applied_at:
                grown = EXACT.divide(
                    EXACT.multiply(grown, Decimal(split.new_units or 1)), Decimal(split.old_units or 1)
                )
        units += grown
    return round_down(units, entry.instrument.size_increment)
