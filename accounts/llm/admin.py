"""Language models in the operators' room: the model of each role is edited and audited there, calls are only read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.api.authentication import signed_in
from accounts.llm.roles import warning_of
from accounts.models import LanguageModel, ModelCall
from accounts.roles import Ability, can
from arbion.lib.room import ReadOnlyRoomAdmin, RoomAdmin

FACTS = ("role", "name", "api", "effort", "price_in", "price_out", "is_on")
WORDS = ("messages", "tools", "reply")


@admin.register(LanguageModel)
class LanguageModelAdmin(RoomAdmin):
    """What stands here goes before the settings; a role without a row has what the settings say."""

    list_display = FACTS
    fields = FACTS
    ordering = ("role",)

    def save_model(self, request: HttpRequest, obj: LanguageModel, form: Any, change: bool) -> None:
        """Keep it, and note who did; a name that its vendor switches off is warned of."""
        before = _facts(LanguageModel.objects.filter(pk=obj.pk).first())
        super().save_model(request, obj, form, change)
        _note(request, "language_model.chosen", obj, {"before": before, "after": _facts(obj)})
        if warning := warning_of(obj.name):
            self.message_user(request, warning, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: LanguageModel) -> None:
        """Back to the settings."""
        before = _facts(obj)
        super().delete_model(request, obj)
        _note(request, "language_model.reset", obj, {"before": before})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[LanguageModel]) -> None:
        """One by one, so that each is noted."""
        for row in queryset:
            self.delete_model(request, row)


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnlyRoomAdmin):
    """Every call: what it took and how it ended. What was said in it, superadmins alone read."""

    list_display = (
        "at", "user", "purpose", "role", "model", "key_owner", "tokens_in", "tokens_out", "price", "latency_ms",
        "verdict",
    )  # fmt: skip
    list_filter = ("at", "verdict", "role", "key_owner", "provider")
    search_fields = ("user__email", "thread", "request_id", "model")
    list_select_related = ("user",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelCall]:
        """The list does without what was said."""
        return super().get_queryset(request).defer(*WORDS)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Everything, for those who may see it."""
        shown = [field.name for field in ModelCall._meta.concrete_fields if field.name not in {"id", *WORDS}]  # noqa: SLF001
        return [*shown, *WORDS] if can(signed_in(request), Ability.OVERSEE) else shown


def _facts(row: LanguageModel | None) -> dict[str, str]:
    return {} if row is None else {name: str(getattr(row, name)) for name in FACTS}


def _note(request: HttpRequest, action: str, row: LanguageModel, data: dict[str, Any]) -> None:
    audit.record(actor=signed_in(request), action=action, subject=f"language_model:{row.role}", data=data)
