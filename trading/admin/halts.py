"""Halts in the operators' room: imposed and lifted by the same verbs as everywhere; receipts are only read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.lib.room import ReadOnlyRoomAdmin, RoomAdmin
from riskdesk.models import Halt
from trading.execution.halt import halt, resume
from trading.execution.halt.impose import adopt
from trading.models import HaltReceipt, HaltScope

LIFTED = "lifted in the operators' room"


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@admin.register(Halt)
class HaltAdmin(RoomAdmin):
    """Halts in force and past."""

    list_display = ("imposed_at", "user", "account", "code", "reason", "imposed_by", "lifted_at")
    list_filter = ("code", "lifted_at")
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
        """Impose the halt through the verb: what rests is canceled once this page's transaction has committed."""
        scope = HaltScope.ACCOUNT if obj.account else HaltScope.PERSON if obj.user else HaltScope.HOUSE
        made = halt(scope=scope, reason=obj.reason, actor=_actor(request), user=obj.user, account=obj.account)
        obj.pk = made.halt_id

    @admin.action(description="Lift the selected halts", permissions=["add"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Halt]) -> None:
        """End the selected halts; that of the house wants the password and is lifted on its receipt's page."""
        for imposed in queryset.filter(lifted_at=None):
            receipt = HaltReceipt.objects.select_related("halt__account").filter(halt=imposed).first()
            try:
                resume(receipt or adopt(imposed), reason=LIFTED, actor=_actor(request))
            except ArbionError as refusal:
                messages.error(request, f"{refusal.detail} See Risk, Halt trading, outside the room.")


@admin.register(HaltReceipt)
class HaltReceiptAdmin(ReadOnlyRoomAdmin):
    """Receipts: what was asked, what the venues confirmed."""

    list_display = ("blocked_at", "scope", "halt_reason", "flatten", "state", "venue_zero_at", "rounds")
    list_filter = ("state", "scope", "flatten", "blocked_at")
    list_select_related: ClassVar[tuple[str, ...]] = ("halt",)

    @admin.display(description="Reason")
    def halt_reason(self, receipt: HaltReceipt) -> str:
        """Why it was imposed."""
        return receipt.halt.reason
