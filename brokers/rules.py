"""What each venue takes and promises, as data without a wire: read by the ticket, the gate and recovery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from arbion.domain.enums import AssetClass, OrderType, TimeInForce, Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueRules:
    """The rules of one venue.

    `offers_groups` means that the venue itself keeps orders of one `oco_group` from filling twice. For recovery: an
    order may stay invisible for `visibility_lag_seconds` after it was sent; where `dedupes_client_ids` the same id may
    be sent again and stays one order; where `lookup_is_complete` an order that a successful look after that time does
    not find was never placed. `rests` names the order types in which an exit can rest at the venue, good till canceled,
    for each kind of thing; the stops of what is not named are guarded here alone.
    """

    order_types: frozenset[OrderType]
    times_in_force: frozenset[TimeInForce]
    offers_extended_hours: bool
    offers_options: bool
    offers_replace: bool
    offers_groups: bool
    offers_cash_moves: bool
    visibility_lag_seconds: int
    dedupes_client_ids: bool
    lookup_is_complete: bool
    rests: Mapping[AssetClass, frozenset[OrderType]] = field(default_factory=dict)


RULES: dict[Venue, VenueRules] = {
    Venue.SIMULATED: VenueRules(
        order_types=frozenset(OrderType),
        times_in_force=frozenset(TimeInForce),
        offers_extended_hours=True,
        offers_options=True,
        offers_replace=True,
        offers_groups=True,
        offers_cash_moves=True,
        # A placing that waits for the write lock of SQLite commits up to its timeout of twenty seconds later.
        visibility_lag_seconds=20,
        dedupes_client_ids=True,
        lookup_is_complete=True,
    ),
}


def rules_of(venue: Venue) -> VenueRules:
    """The rules of a venue that Arbion can talk to."""
    return RULES[venue]


# What the simulated exchange can rest, where it is asked to: each of its ticks is seen here, so it need not.
_SIMULATED_RESTS = frozenset({OrderType.STOP, OrderType.TRAILING_STOP, OrderType.LIMIT})


def resting_types(venue: Venue, asset_class: AssetClass) -> frozenset[OrderType]:
    """The order types in which an exit from such a thing can rest at the venue; empty: its stops are guarded here."""
    if venue is Venue.SIMULATED and settings.SIMULATED_RESTS_STOPS:
        return _SIMULATED_RESTS
    return rules_of(venue).rests.get(asset_class, frozenset())


def venues_that_rest() -> frozenset[Venue]:
    """The venues at which any exit can rest."""
    return frozenset(venue for venue in RULES if any(resting_types(venue, kind) for kind in AssetClass))
