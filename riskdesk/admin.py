"""The risk desk in the admin: limits can be edited, verdicts only read; halts are trading's to carry out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from arbion.lib.room import ReadOnlyRoomAdmin, RoomAdmin
from riskdesk import limits
from riskdesk.forms import RiskLimitForm
from riskdesk.models import RiskDecision, RiskLimit


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@admin.register(RiskLimit)
class RiskLimitAdmin(RoomAdmin):
    """Limits of the house, of a person, of an account; set and taken away by the desk, which audits them.

    What would allow more needs the operator's password; a limit whose end would allow more is raised first, with it.
    """

    form = RiskLimitForm
    list_display = ("name", "user", "account", "strategy", "value", "updated_at")
    list_filter = ("name",)
    raw_id_fields = ("user", "account")

    def get_readonly_fields(self, request: HttpRequest, obj: RiskLimit | None = None) -> tuple[str, ...]:
        """A limit that is there changes in its value only: another scope or name is another limit."""
        return ("name", "user", "account", "strategy") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, which must know who asks."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"actor": _actor(request)})

    def has_delete_permission(self, request: HttpRequest, obj: RiskLimit | None = None) -> bool:
        """Whoever may edit, where nothing more is allowed afterwards."""
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or not limits.loosens(scope=_scope(obj), name=obj.name, value=None))

    def save_model(self, request: HttpRequest, obj: RiskLimit, form: Any, change: bool) -> None:
        """Nothing is left to do: the form has set the limit."""

    def delete_model(self, request: HttpRequest, obj: RiskLimit) -> None:
        """Take a limit away."""
        actor = _actor(request)
        if actor is not None:
            limits.remove_limit(scope=_scope(obj), name=obj.name, actor=actor)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RiskLimit]) -> None:
        """One by one, so that each is noted."""
        for limit in queryset:
            self.delete_model(request, limit)


def _scope(limit: RiskLimit) -> limits.Scope:
    return limits.Scope(user=limit.user, account=limit.account, strategy=limit.strategy)


@admin.register(RiskDecision)
class RiskDecisionAdmin(ReadOnlyRoomAdmin):
    """Verdicts, as they were given."""

    list_display = ("decided_at", "account", "approved", "code", "detail")
    list_filter = ("approved", "code", "decided_at")
    search_fields = ("account__user__email", "code", "detail")
    list_select_related = ("account",)
    ordering = ("-decided_at",)
