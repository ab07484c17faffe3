"""The risk desk in the admin: limits can be edited, verdicts only read; halts are trading's to carry out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from arbion.lib.room import ReadOnlyRoomAdmin, RoomAdmin
from riskdesk.models import RiskDecision, RiskLimit


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _subject(limit: RiskLimit) -> str:
    """How the audit log names a limit."""
    if limit.account_id:
        return f"{limit.name} of account {limit.account_id}"
    return f"{limit.name} of person {limit.user_id}" if limit.user_id else f"{limit.name} of the house"


@admin.register(RiskLimit)
class RiskLimitAdmin(RoomAdmin):
    """Limits of the house, of a person, of an account."""

    list_display = ("name", "user", "account", "value", "updated_at")
    list_filter = ("name",)
    raw_id_fields = ("user", "account")

    def save_model(self, request: HttpRequest, obj: RiskLimit, form: Any, change: bool) -> None:
        """Keep the limit, and who set it."""
        super().save_model(request, obj, form, change)
        data = {"value": str(obj.value), "before": str(form.initial.get("value")) if change else None}
        audit.record(actor=_actor(request), action="risk.limit_set", subject=_subject(obj), data=data)

    def delete_model(self, request: HttpRequest, obj: RiskLimit) -> None:
        """Take a limit away, and note it."""
        subject, value = _subject(obj), str(obj.value)
        super().delete_model(request, obj)
        audit.record(actor=_actor(request), action="risk.limit_removed", subject=subject, data={"value": value})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RiskLimit]) -> None:
        """One by one, so that each is noted."""
        for limit in queryset:
            self.delete_model(request, limit)


@admin.register(RiskDecision)
class RiskDecisionAdmin(ReadOnlyRoomAdmin):
    """Verdicts, as they were given."""

    list_display = ("decided_at", "account", "approved", "code", "detail")
    list_filter = ("approved", "code", "decided_at")
    search_fields = ("account__user__email", "code", "detail")
    list_select_related = ("account",)
    ordering = ("-decided_at",)
