"""Trading in the admin: everything can be read, nothing can be edited; corrections are journals."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from trading.models import Discrepancy, Fill, Intent, Journal, LedgerAccount, Order, OrderEvent, Position, Transfer


class ReadOnly(admin.ModelAdmin[Any]):
    """A table that the admin shows and never changes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from the road alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The books are not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """History stays."""
        return False


class _ReadOnlyInline(admin.TabularInline[Any, Any]):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows come from the road alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The books are not edited."""
        return False


class OrderEventInline(_ReadOnlyInline):
    """The history of an order."""

    model = OrderEvent
    fields = ("at", "trigger", "before", "after", "cause", "actor", "data")


class FillInline(_ReadOnlyInline):
    """The executions of an order."""

    model = Fill
    fields = ("filled_at", "quantity", "price", "gross", "fee", "venue_fill_id")


class TransferInline(_ReadOnlyInline):
    """The transfers of a journal."""

    model = Transfer
    fields = ("debit", "credit", "asset", "amount")


@admin.register(Order)
class OrderAdmin(ReadOnly):
    """Orders with their whole history."""

    list_display = ("created_at", "account", "side", "quantity", "instrument", "order_type", "status", "reject_code")
    list_filter = ("status", "side", "order_type")
    search_fields = ("id", "instrument__symbol", "account__user__email", "venue_order_id")
    list_select_related = ("account", "instrument")
    inlines = (OrderEventInline, FillInline)


@admin.register(Intent)
class IntentAdmin(ReadOnly):
    """What people asked for."""

    list_display = ("created_at", "user", "source", "client_key", "words")
    list_filter = ("source",)


@admin.register(Journal)
class JournalAdmin(ReadOnly):
    """The ledger."""

    list_display = ("at", "account", "code", "reference")
    list_filter = ("code",)
    search_fields = ("reference",)
    inlines = (TransferInline,)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnly):
    """The columns of the books."""

    list_display = ("account", "kind", "asset", "balance", "held")
    list_filter = ("kind",)
    search_fields = ("asset", "account__user__email")


@admin.register(Position)
class PositionAdmin(ReadOnly):
    """What people hold."""

    list_display = ("account", "instrument", "quantity", "cost", "realized", "updated_at")
    search_fields = ("instrument__symbol", "account__user__email")


@admin.register(Fill)
class FillAdmin(ReadOnly):
    """Executions."""

    list_display = ("filled_at", "account", "side", "quantity", "instrument", "price", "fee")
    search_fields = ("instrument__symbol", "venue_fill_id")


@admin.register(Discrepancy)
class DiscrepancyAdmin(ReadOnly):
    """Where a venue's book and ours differ or differed."""

    list_display = ("seen_at", "account", "asset", "ours", "theirs", "resolved_at")
    list_filter = ("resolved_at",)
