"""The operator's view of broker accounts and of the exchange's book; nothing here is changed by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from arbion.lib.room import ReadOnlyRoomAdmin
from brokers.models import VenueActivity, VenueCash, VenueFill, VenueHolding, VenueOrder


class BrokerAccountAdmin(ReadOnlyRoomAdmin):
    """People's accounts at venues; the roof registers it, with what it adds."""

    list_display = (
        "name", "user", "venue", "mode", "currency", "fill_model", "margin", "lot_method", "archived_at", "created_at",
    )  # fmt: skip
    list_filter = ("fill_model", "margin", "venue", "mode", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("user__email", "name", "reference")
    fields = (
        "public_id", "name", "user", "venue", "mode", "currency", "reference", "fill_model", "margin", "lot_method",
        "archived_at", "created_at",
    )  # fmt: skip


@admin.register(VenueCash)
class VenueCashAdmin(ReadOnlyRoomAdmin):
    """Cash as the simulated exchange keeps it."""

    list_display = ("reference", "currency", "amount", "fill_model", "allows_short", "closed_at")
    list_filter = ("fill_model", "allows_short")
    search_fields = ("reference",)
    ordering = ("reference",)


@admin.register(VenueHolding)
class VenueHoldingAdmin(ReadOnlyRoomAdmin):
    """Units as the simulated exchange keeps them; below zero where the account owes them."""

    list_display = ("reference", "symbol", "quantity", "may_be_owed")
    list_filter = ("may_be_owed",)
    search_fields = ("reference", "symbol__iexact")
    ordering = ("reference", "symbol")


@admin.register(VenueOrder)
class VenueOrderAdmin(ReadOnlyRoomAdmin):
    """Orders as the simulated exchange keeps them."""

    list_display = (
        "created_at", "symbol", "side", "order_type", "quantity", "limit_price", "stop_price", "status",
        "filled_quantity", "reject_code", "reference",
    )  # fmt: skip
    list_filter = ("status", "order_type", "time_in_force", "side", "created_at")
    search_fields = ("reference", "symbol__iexact", "client_order_id", "venue_order_id")
    ordering = ("-pk",)


@admin.register(VenueFill)
class VenueFillAdmin(ReadOnlyRoomAdmin):
    """Executions at the simulated exchange."""

    list_display = ("filled_at", "symbol", "side", "quantity", "price", "fee", "reference", "venue_fill_id")
    list_filter = ("side", "filled_at")
    search_fields = ("reference", "venue_fill_id", "symbol__iexact")
    ordering = ("-pk",)


@admin.register(VenueActivity)
class VenueActivityAdmin(ReadOnlyRoomAdmin):
    """What happened to accounts at the simulated exchange without an order."""

    list_display: Any = ("happened_at", "kind", "symbol", "changes", "price", "reference")
    list_filter = ("kind", "happened_at")
    search_fields = ("reference", "activity_id", "symbol__iexact", "client_id")
    ordering = ("-pk",)
