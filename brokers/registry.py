"""What Arbion can talk to, as one literal list."""

from __future__ import annotations

from django.utils.module_loading import import_string

from arbion.domain.enums import Venue
from brokers.models import BrokerAccount
from brokers.port import Broker

ADAPTERS: dict[Venue, str] = {
    Venue.SIMULATED: "brokers.simulator.adapter.SimulatedBroker",
}


def connect(account: BrokerAccount) -> Broker:
    """A line to the account's venue. Only `trading.execution` may call this; an import contract holds it."""
    broker: Broker = import_string(ADAPTERS[Venue(account.venue)])()
    return broker
