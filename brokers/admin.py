"""The operator's view of broker accounts and of the exchange's book; nothing here is changed by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from brokers.models import BrokerAccount, VenueCash, VenueFill, VenueHolding, VenueOrder


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Shows rows; adds, changes and deletes none."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(BrokerAccount)
class BrokerAccountAdmin(ReadOnlyAdmin):
    """People's accounts at venues."""

    list_display = ["name", "user", "venue", "mode", "currency", "reference", "created_at"]
    list_filter = ["venue", "mode"]
    list_select_related = ["user"]
    search_fields = ["user__email", "name", "reference"]


@admin.register(VenueCash)
class VenueCashAdmin(ReadOnlyAdmin):
    """The cash the simulated exchange holds."""

    list_display = ["reference", "currency", "amount"]
    search_fields = ["reference"]


@admin.register(VenueHolding)
class VenueHoldingAdmin(ReadOnlyAdmin):
    """The units the simulated exchange holds."""

    list_display = ["reference", "symbol", "quantity"]
    search_fields = ["reference", "symbol"]


@admin.register(VenueOrder)
class VenueOrderAdmin(ReadOnlyAdmin):
    """Orders as the simulated exchange keeps them."""

    list_display = [
        "created_at",
        "reference",
        "symbol",
        "side",
        "order_type",
        "quantity",
        "limit_price",
        "status",
        "filled_quantity",
        "reject_code",
    ]
    list_filter = ["status", "order_type", "side"]
    search_fields = ["reference", "symbol", "client_order_id", "venue_order_id"]
    ordering = ["-pk"]


@admin.register(VenueFill)
class VenueFillAdmin(ReadOnlyAdmin):
    """Executions at the simulated exchange."""

    list_display = ["filled_at", "reference", "order_symbol", "quantity", "price", "fee"]
    list_select_related = ["order"]
    search_fields = ["reference", "venue_fill_id", "order__symbol"]
    ordering = ["-pk"]

    @admin.display(description="Symbol", ordering="order__symbol")
    def order_symbol(self, fill: VenueFill) -> str:
        """What was bought or sold."""
        return fill.order.symbol
