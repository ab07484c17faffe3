"""Prometheus text, read from the tables when it is asked for: every process tells the same."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from arbion import heartbeats
from arbion.health import counts, probes
from arbion.lib.clock import SYSTEM, Clock

GAUGES = {
    "people": ("arbion_people", "People whose accounts are switched on"),
    "active_now": ("arbion_people_active", "People seen in the last five minutes"),
    "instruments": ("arbion_instruments", "Instruments in the catalogue"),
    "orders_today": ("arbion_orders_today", "Orders made since midnight UTC"),
    "fills_today": ("arbion_fills_today", "Fills booked since midnight UTC"),
    "quote_age": ("arbion_quote_age_seconds", "Age of the newest quote"),
}


class ArbionCollector(Collector):
    """What the tables and the probes say now."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.clock = clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every metric."""
        found = counts.figures(clock=self.clock)
        for key, (name, text) in GAUGES.items():
            value = found[key]
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)
        orders = GaugeMetricFamily("arbion_orders", "Orders by status", labels=["status"])
        for status, count in counts.orders_by_status().items():
            orders.add_metric([status], count)
        yield orders
        beats = GaugeMetricFamily("arbion_heartbeat_age_seconds", "Seconds since work was last done", labels=["name"])
        for work, age in heartbeats.ages(clock=self.clock).items():
            beats.add_metric([work], age)
        yield beats
        up = GaugeMetricFamily("arbion_probe_ok", "Whether a part answers as it should", labels=["probe"])
        latency = GaugeMetricFamily("arbion_probe_seconds", "How long a part took to answer", labels=["probe"])
        for finding in probes.run(clock=self.clock):
            up.add_metric([finding.name], float(finding.is_ok))
            latency.add_metric([finding.name], finding.latency_ms / 1000)
        yield from (up, latency)


def text(clock: Clock = SYSTEM) -> bytes:
    """The page that Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ArbionCollector(clock))
    return generate_latest(registry)
