"""The rules of each venue say what its adapter and its engine really do."""

from __future__ import annotations

from arbion.domain.enums import OrderType, TimeInForce, Venue
from brokers.registry import ADAPTERS
from brokers.rules import RULES, rules_of
from brokers.simulator.matching import MATCHERS


def test_every_venue_we_can_talk_to_has_rules() -> None:
    assert set(RULES) == set(ADAPTERS)


def test_the_simulated_exchange_takes_what_its_engine_can_match() -> None:
    rules = rules_of(Venue.SIMULATED)

    assert rules.order_types == frozenset(MATCHERS) == frozenset(OrderType)
    assert rules.times_in_force == frozenset(TimeInForce)
    assert (rules.dedupes_client_ids, rules.lookup_is_complete) == (True, True)
