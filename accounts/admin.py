"""People, their tokens and the audit log in the operators' room. No secret is shown; history cannot be edited."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html

from accounts import audit, password_links, services, tokens
from accounts.api.authentication import signed_in
from accounts.llm.admin import LanguageModelAdmin, ModelCallAdmin
from accounts.models import ApiToken, AuditEntry, Delivery, User, Viewing
from accounts.roles import Ability, can
from arbion.domain.enums import Role
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM
from arbion.lib.room import ReadOnlyRoomAdmin, RoomAdmin

__all__ = ["LanguageModelAdmin", "ModelCallAdmin"]

EXPORT_MAX = 20_000
_ORDER = re.compile(r"order ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

# Roles decide here, not groups; addresses are changed by the person, through allauth's own pages.
for _model in (Group, EmailAddress):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class SeenFilter(admin.SimpleListFilter):
    """People by when they were last here."""

    title = "last seen"
    parameter_name = "seen"
    spans = {"now": timedelta(minutes=5), "day": timedelta(days=1), "month": timedelta(days=30)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Now, lately, long ago, never."""
        return [
            ("now", "In the last five minutes"),
            ("day", "In the last day"),
            ("month", "In the last 30 days"),
            ("longer", "Longer ago"),
            ("never", "Never"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Only those of the chosen kind."""
        now, chosen = SYSTEM.now(), self.value() or ""
        if chosen in self.spans:
            return queryset.filter(seen_at__gte=now - self.spans[chosen])
        if chosen == "longer":
            return queryset.filter(seen_at__lt=now - self.spans["month"])
        return queryset.filter(seen_at=None) if chosen == "never" else queryset


class PersonForm(forms.ModelForm[User]):
    """The role; what may not be is refused beside its field."""

    actor: User

    class Meta:
        model = User
        fields = ["role"]

    def clean_role(self) -> str:
        """Refuse a role that the actor may not give."""
        role: str = self.cleaned_data["role"]
        # Asked of the row as it stands: the instance already bears what the form wants.
        try:
            services.check_role_change(user=User.objects.get(pk=self.instance.pk), role=role, actor=self.actor)
        except ArbionError as error:
            raise forms.ValidationError(error.detail, code=error.code) from error
        return role


class PersonAdmin(RoomAdmin):
    """People: seen by admins, given roles by superadmins, switched off rather than deleted."""

    form = PersonForm
    list_display: Any = ["email", "role", "is_active", "is_demo", "date_joined", "seen_at"]
    list_filter: ClassVar[Any] = ["role", "is_active", SeenFilter, "is_demo", "date_joined"]
    search_fields = ["email", "public_id"]
    ordering = ["email"]
    fields: ClassVar[Any] = [
        "email", "role", "is_active", "is_demo", "public_id", "date_joined", "last_login", "seen_at",
    ]  # fmt: skip
    actions = ["send_reset_links", "end_sessions"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Everything but, for superadmins, the role."""
        fixed = [str(name) for name in self.fields if name != "role"]
        return fixed if can(signed_in(request), Ability.MANAGE_ROLES) else [*fixed, "role"]

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who asks."""
        form = super().get_form(request, obj, change, **kwargs)
        return type("BoundPersonForm", (form,), {"actor": signed_in(request)})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The role changes through its verb, which checks again, ends sessions and writes the audit log."""
        if "role" in form.changed_data:
            services.change_role(user=User.objects.get(pk=obj.pk), role=obj.role, actor=signed_in(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up, or come from `manage.py create_person`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are switched off: the books name them."""
        return False

    @admin.action(description="Send a link to a new password", permissions=["change"])
    def send_reset_links(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Mail each person a reset link."""
        actor, sent = signed_in(request), 0
        for user in queryset:
            with suppress(ArbionError):
                password_links.send(request, user=user, actor=actor)
                sent += 1
        self._say(request, sent, queryset, "mailed a link")

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End every session of the people."""
        actor, ended = signed_in(request), 0
        for user in queryset:
            if services.may_manage(actor, user):
                services.sign_out_everywhere(user=user, actor=actor)
                ended += 1
        self._say(request, ended, queryset, "signed out everywhere")

    def _say(self, request: HttpRequest, done: int, asked: QuerySet[User], what: str) -> None:
        left = asked.count() - done
        rest = f" {left} left alone: switched off, or beyond your role." if left else ""
        self.message_user(request, f"{done} {what}.{rest}", messages.WARNING if left else messages.SUCCESS)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyRoomAdmin):
    """What may be shown of tokens; the digest is not."""

    list_display = ["user", "name", "prefix", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["scope", "created_at"]
    search_fields = ["user__email", "name", "prefix"]
    list_select_related = ["user"]
    fields = ["public_id", "user", "name", "prefix", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
    actions = ["revoke_tokens"]
    list_per_page = 50

    @admin.action(description="Revoke")
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Make the tokens useless, where the actor's role reaches their people."""
        actor, revoked = signed_in(request), 0
        for token in queryset.select_related("user"):
            if services.may_manage(actor, token.user):
                tokens.revoke(token, actor=actor)
                revoked += 1
        self.message_user(request, f"{revoked} revoked.")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyRoomAdmin):
    """What became of each message that was to leave: what people were told is theirs and not shown."""

    list_display = ["due_at", "person", "kind", "channel", "status", "attempts", "ended_at", "reason"]
    list_filter = ["status", "channel", "due_at"]
    search_fields = ["notification__user__email"]
    list_select_related = ["notification__user"]
    fields: ClassVar[Any] = ["person", "kind", "channel", "status", "attempts", "due_at", "ended_at", "reason"]
    readonly_fields = ["person", "kind"]

    @admin.display(description="person", ordering="notification__user__email")
    def person(self, row: Delivery) -> str:
        """Who is told."""
        return row.notification.user.email

    @admin.display(description="kind", ordering="notification__kind")
    def kind(self, row: Delivery) -> str:
        """What kind of thing."""
        return row.notification.kind


@admin.register(Viewing)
class ViewingAdmin(ReadOnlyRoomAdmin):
    """When operators looked as somebody, and why."""

    list_display = ["begun_at", "actor", "person", "reason", "until", "ended_at", "how"]
    list_filter = ["how", "begun_at"]
    search_fields = ["actor__email", "person__email", "reason"]
    list_select_related = ["actor", "person"]


class ActorFilter(admin.SimpleListFilter):
    """Whose acts: the system's or people's."""

    title = "actor"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """By kind of actor, and each operator by name."""
        operators = User.objects.exclude(role=Role.STANDARD).order_by("email")[:25]
        return [("system", "The system"), ("people", "People"), *((str(one.pk), one.email) for one in operators)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Only those of the chosen actor."""
        chosen = self.value() or ""
        if chosen in {"system", "people"}:
            return queryset.filter(actor__isnull=chosen == "system")
        return queryset.filter(actor_id=int(chosen)) if chosen.isascii() and chosen.isdigit() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyRoomAdmin):
    """The audit log, newest first, with a copy to take away."""

    list_display = ["at", "actor", "action", "about", "address", "data"]
    list_filter = [ActorFilter, "at", "action"]
    search_fields = ["actor__email", "action", "subject", "address"]
    list_select_related = ["actor"]
    fields = ["at", "actor", "action", "subject", "address", "data"]
    ordering = ["-pk"]
    list_per_page = 100
    change_list_template = "admin/room/audit.html"

    def get_urls(self) -> list[Any]:
        """Django's addresses, and the copy."""
        name = "accounts_auditentry_export"
        return [path("export/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    @admin.display(description="Subject", ordering="subject")
    def about(self, row: AuditEntry) -> Any:
        """What it was about; an order leads to its story."""
        order = _ORDER.fullmatch(row.subject)
        if order is None:
            return row.subject
        return format_html('<a href="{}">{}</a>', reverse("admin:trading_order_explain", args=[order[1]]), row.subject)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The lines that the list shows under these filters, as CSV; taking it is itself noted."""
        actor = signed_in(request)
        if not can(actor, Ability.READ_AUDIT):
            raise PermissionDenied
        found = self.get_changelist_instance(request).get_queryset(request).order_by("-pk")[:EXPORT_MAX]
        rows = list(found.select_related("actor"))
        audit.record(
            actor=actor, action="audit.exported", data={"lines": len(rows), "filters": request.GET.urlencode()}
        )
        answer = HttpResponse(audit_csv(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="arbion-audit.csv"'
        return answer


def audit_csv(rows: list[AuditEntry]) -> str:
    """The lines as CSV; what a spreadsheet would take for a formula is quoted."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["at", "actor", "action", "subject", "address", "data"])
    for row in rows:
        by = row.actor.email if row.actor else ""
        facts = json.dumps(row.data, sort_keys=True, default=str)
        at = row.at.astimezone(UTC).isoformat()
        writer.writerow([plain_cell(cell) for cell in (at, by, row.action, row.subject, row.address or "", facts)])
    return sheet.getvalue()


def plain_cell(text: str) -> str:
    """The text, led by an apostrophe where a spreadsheet would carry it out."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
