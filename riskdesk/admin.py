"""The risk desk in the admin: limits can be edited, verdicts only read, halts lifted."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from riskdesk import halts
from riskdesk.models import Halt, RiskDecision, RiskLimit


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@admin.register(RiskLimit)
class RiskLimitAdmin(admin.ModelAdmin[RiskLimit]):
    """Limits of the house, of a person, of an account."""

    list_display = ("name", "user", "account", "value", "updated_at")
    list_filter = ("name",)
    raw_id_fields = ("user", "account")


@admin.register(Halt)
class HaltAdmin(admin.ModelAdmin[Halt]):
    """Halts in force and past."""

    list_display = ("imposed_at", "user", "account", "reason", "imposed_by", "lifted_at")
    list_filter = ("lifted_at",)
    fields = ("user", "account", "reason")
    raw_id_fields = ("user", "account")
    actions = ("lift",)

    def has_change_permission(self, request: HttpRequest, obj: Halt | None = None) -> bool:
        """A halt is lifted by the action, not edited."""
        return False if obj else super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Halt | None = None) -> bool:
        """History stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Halt, form: object, change: bool) -> None:
        """Impose the halt through the desk, so that it is audited."""
        made = halts.impose(reason=obj.reason, actor=_actor(request), user=obj.user, account=obj.account)
        obj.pk = made.pk

    @admin.action(description="Lift the selected halts", permissions=["add"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Halt]) -> None:
        """End the selected halts."""
        for halt in queryset:
            halts.lift(halt, actor=_actor(request))


@admin.register(RiskDecision)
class RiskDecisionAdmin(admin.ModelAdmin[RiskDecision]):
    """Verdicts, as they were given."""

    list_display = ("decided_at", "account", "approved", "code", "detail")
    list_filter = ("approved", "code")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the gate writes verdicts."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: RiskDecision | None = None) -> bool:
        """A verdict is never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RiskDecision | None = None) -> bool:
        """A verdict is never removed."""
        return False
