"""Stops in the operators' room: read with what became of them, and taken away by who oversees everybody."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.errors import ArbionError
from arbion.lib.room import ReadOnlyRoomAdmin
from trading.admin.filters import AccountFilter, StopsStanding
from trading.execution.protection.attach import REASON_LENGTH_MAX, withdraw
from trading.models import STANDING, Stop
from trading.selectors import where_guarded
from trading.templatetags.stops import stop_state, stop_tone

SHOWN_MAX = 200


class WithdrawForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=REASON_LENGTH_MAX, label="Reason", help_text="Told to the owner.", strip=True)


@admin.register(Stop)
class StopAdmin(ReadOnlyRoomAdmin):
    """What guards positions, and what became of it."""

    list_display = (
        "created_at",
        "person",
        "instrument",
        "kind",
        "level",
        "quantity",
        "state",
        "where",
        "reason",
        "exit",
    )
    list_filter = (StopsStanding, AccountFilter, "status", "kind", "created_at")
    list_select_related: ClassVar[tuple[str, ...]] = ("account__user", "instrument", "order", "resting")
    search_fields = ("id", "instrument__symbol__iexact", "account__user__email")
    fields = (
        "account", "instrument", "kind", "state", "where", "reason", "is_long", "price", "percent", "amount",
        "closes_at", "quantity", "entry", "extreme", "level", "armed_at", "looked_at", "looked_price",
        "triggered_at", "triggered_price", "fires", "exit", "log", "client_key", "fence", "version", "splits_until",
        "created_at", "updated_at", "ended_at",
    )  # fmt: skip
    readonly_fields = ("state", "where", "exit", "log")
    actions = ("take_away",)

    @admin.display(description="Person", ordering="account__user__email")
    def person(self, stop: Stop) -> str:
        """Whose it is."""
        return str(stop.account.user.email)

    @admin.display(description="State", ordering="status")
    def state(self, stop: Stop) -> str:
        """What is true of it, as a coloured word."""
        return format_html('<span class="badge {}">{}</span>', stop_tone(stop), stop_state(stop))

    @admin.display(description="Guarded")
    def where(self, stop: Stop) -> str:
        """Where it is guarded, while it stands."""
        return where_guarded(stop)

    @admin.display(description="Exit order")
    def exit(self, stop: Stop) -> str:
        """The newest order that it made."""
        if stop.order is None:
            return "none"
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:trading_order_change", args=[stop.order_id]), stop.order.status
        )

    @admin.display(description="In the audit log")
    def log(self, stop: Stop) -> str:
        """What people and the monitor did with it."""
        return format_html('<a href="{}?q={}">entries</a>', reverse("admin:accounts_auditentry_changelist"), stop.pk)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Taking away is offered only to who oversees everybody."""
        found = super().get_actions(request)
        return found if can(_actor(request), Ability.OVERSEE) else {}

    @admin.action(description="Take away, with a reason …", permissions=["view"])
    def take_away(self, request: HttpRequest, queryset: QuerySet[Stop]) -> HttpResponse | None:
        """Ask why, then take the stops away that still guard something; their owners are told."""
        operator = _actor(request)
        form = WithdrawForm(request.POST if "confirmed" in request.POST else None)
        rows = queryset.filter(status__in=STANDING).select_related("account__user", "instrument")[:SHOWN_MAX]
        if operator is None or not form.is_valid():
            context = {**self.admin_site.each_context(request), "form": form, "rows": rows, "opts": self.opts,
                       "title": "Take stops away"}  # fmt: skip
            return TemplateResponse(request, "admin/room/stops_withdraw.html", context)
        done = 0
        for stop in rows:
            try:
                withdraw(stop, operator=operator, reason=form.cleaned_data["reason"])
            except ArbionError as refusal:
                self.message_user(request, f"{stop.instrument.symbol}: {refusal.detail}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, f"{done} taken away. Their owners are told.", messages.WARNING)
        return None


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
