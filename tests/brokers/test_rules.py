"""The rules of each venue say what its adapter and its engine really do."""

from __future__ import annotations

from dataclasses import replace

from arbion.domain.enums import AssetClass, OrderType, TimeInForce, Venue
from brokers.registry import ADAPTERS
from brokers.rules import RULES, resting_types, rules_of, venues_that_rest
from brokers.simulator.matching import MATCHERS


def test_every_venue_we_can_talk_to_has_rules() -> None:
    assert set(RULES) == set(ADAPTERS)


def test_the_simulated_exchange_takes_what_its_engine_can_match() -> None:
    rules = rules_of(Venue.SIMULATED)

    assert rules.order_types == frozenset(MATCHERS) == frozenset(OrderType)
    assert rules.times_in_force == frozenset(TimeInForce)
    assert (rules.dedupes_client_ids, rules.lookup_is_complete) == (True, True)


def test_no_venue_rests_stops_until_it_says_so(settings) -> None:
    assert venues_that_rest() == frozenset()
    assert resting_types(Venue.SIMULATED, AssetClass.EQUITY) == frozenset()
    settings.SIMULATED_RESTS_STOPS = True
    assert venues_that_rest() == {Venue.SIMULATED}
    assert resting_types(Venue.SIMULATED, AssetClass.CRYPTO) == {
        OrderType.STOP,
        OrderType.TRAILING_STOP,
        OrderType.LIMIT,
    }


def test_a_venue_names_what_it_rests_for_each_kind_of_thing(monkeypatch) -> None:
    rests = {AssetClass.CRYPTO: frozenset({OrderType.STOP_LIMIT})}
    monkeypatch.setitem(RULES, Venue.SIMULATED, replace(RULES[Venue.SIMULATED], rests=rests))
    assert resting_types(Venue.SIMULATED, AssetClass.CRYPTO) == {OrderType.STOP_LIMIT}
    assert resting_types(Venue.SIMULATED, AssetClass.EQUITY) == frozenset()
