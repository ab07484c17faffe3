"""What tests ask of stops that rest at their venue."""

from __future__ import annotations

from brokers.models import VenueOrder
from trading.models import Order, Stop


def again(stop: Stop) -> Stop:
    return Stop.objects.select_related("resting", "order", "account", "instrument").get(pk=stop.pk)


def rests(stop: Stop) -> list[Order]:
    """Every order that ever stood for the stop, oldest first."""
    keys = Order.objects.filter(intent__client_key__startswith=f"stop:{stop.pk}:rest:")
    return list(keys.order_by("created_at", "intent__client_key"))


def there() -> list[VenueOrder]:
    """What works at the exchange."""
    return list(VenueOrder.objects.filter(status__in=["accepted", "partially_filled"]).order_by("created_at"))
