"""Alerts and what held orders wait for, in the operators' room: read only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from arbion.lib.room import ReadOnlyRoomAdmin
from marketdata.conditions.words import waits_for
from trading.admin.filters import AccountFilter
from trading.models import Alert, OrderCondition


@admin.register(OrderCondition)
class OrderConditionAdmin(ReadOnlyRoomAdmin):
    """What held orders wait for, and what was seen when it came true."""

    list_display = ("created_at", "of_order", "words", "expires_at", "fired_at", "fired_words")
    list_filter = ("metric", "fired_at", "created_at")
    list_select_related: ClassVar[Any] = ("order", "instrument")
    search_fields = ("order__id", "instrument__symbol__iexact", "order__account__user__email")
    fields = (
        "of_order", "words", "metric", "operator", "value", "reference", "baseline", "is_sized_anew", "expires_at",
        "fired_at", "fired_value", "fired_words", "version", "splits_until", "created_at", "updated_at",
    )  # fmt: skip
    readonly_fields = ("of_order", "words")

    @admin.display(description="Order")
    def of_order(self, row: OrderCondition) -> str:
        """The order that waits."""
        link = reverse("admin:trading_order_change", args=[row.order_id])
        return format_html('<a href="{}">{}</a>', link, row.order.status)

    @admin.display(description="Waits for")
    def words(self, row: OrderCondition) -> str:
        """What is waited for."""
        return waits_for(row.condition, baseline=row.baseline)


@admin.register(Alert)
class AlertAdmin(ReadOnlyRoomAdmin):
    """What people want to be told of."""

    list_display = ("created_at", "person", "words", "status", "repeat", "fires", "fired_at")
    list_filter = (AccountFilter, "status", "repeat", "metric", "created_at")
    list_select_related: ClassVar[Any] = ("user", "instrument")
    search_fields = ("id", "instrument__symbol__iexact", "user__email", "note")
    fields = (
        "account", "words", "metric", "operator", "value", "reference", "baseline", "status", "repeat",
        "cooldown_seconds", "is_armed", "fires", "fired_at", "fired_value", "fired_words", "note", "source",
        "expires_at", "client_key", "version", "splits_until", "created_at", "updated_at",
    )  # fmt: skip
    readonly_fields = ("words",)

    @admin.display(description="Person", ordering="user__email")
    def person(self, row: Alert) -> str:
        """Whose it is."""
        return str(row.user.email)

    @admin.display(description="When")
    def words(self, row: Alert) -> str:
        """What is waited for."""
        return waits_for(row.condition, baseline=row.baseline)
