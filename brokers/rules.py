"""What each venue takes and promises, as data without a wire: read by the ticket, the gate and recovery."""

from __future__ import annotations

from dataclasses import dataclass

from arbion.domain.enums import OrderType, TimeInForce, Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueRules:
    """The rules of one venue.

    `offers_groups` means that the venue itself keeps orders of one `oco_group` from filling twice. For recovery: an
    order may stay invisible for `visibility_lag_seconds` after it was sent; where `dedupes_client_ids` the same id may
    be sent again and stays one order; where `lookup_is_complete` an order that a successful look after that time does
    not find was never placed.
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
