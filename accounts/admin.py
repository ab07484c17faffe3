"""People, their tokens and the audit log on the admin site. No secret is shown; history cannot be edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit, services, tokens
from accounts.api.authentication import signed_in
from accounts.models import ApiToken, AuditEntry, User
from accounts.roles import Ability, can
from arbion.domain.errors import ArbionError

# Roles decide here, not groups; addresses are changed by the person, through allauth's own pages.
for _model in (Group, EmailAddress):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class PersonForm(forms.ModelForm[User]):
    """Role and state; what may not be is refused beside its field."""

    actor: User

    class Meta:
        model = User
        fields = ["role", "is_active"]

    def clean_role(self) -> str:
        """Refuse a role that the actor may not give."""
        role: str = self.cleaned_data["role"]
        self._check(services.check_role_change, role=role)
        return role

    def clean_is_active(self) -> bool:
        """Refuse to switch off whom the actor may not."""
        wanted: bool = self.cleaned_data["is_active"]
        if wanted != User.objects.get(pk=self.instance.pk).is_active:
            self._check(services.check_deactivation)
        return wanted

    def _check(self, check: Callable[..., None], **facts: Any) -> None:
        # Asked of the row as it stands: the instance already bears what the form wants.
        stored = User.objects.get(pk=self.instance.pk)
        try:
            check(user=stored, actor=self.actor, **facts)
        except ArbionError as error:
            raise forms.ValidationError(error.detail, code=error.code) from error


@admin.register(User)
class PersonAdmin(admin.ModelAdmin[User]):
    """People: seen by admins, given roles by superadmins, switched off rather than deleted."""

    form = PersonForm
    list_display = ["email", "role", "is_active", "is_demo", "date_joined", "seen_at"]
    list_filter = ["role", "is_active", "is_demo"]
    search_fields = ["email"]
    ordering = ["email"]
    fields = ["email", "public_id", "role", "is_active", "is_demo", "date_joined", "last_login", "seen_at"]
    actions = ["send_reset_links", "end_sessions"]
    list_per_page = 50

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Everything but the state, and for superadmins the role."""
        fixed = ["email", "public_id", "is_demo", "date_joined", "last_login", "seen_at"]
        actor = signed_in(request)
        if not can(actor, Ability.MANAGE_ROLES):
            fixed.append("role")
        if obj is not None and not services.may_manage(actor, obj):
            fixed.append("is_active")
        return fixed

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who asks."""
        form = super().get_form(request, obj, change, **kwargs)
        return type("BoundPersonForm", (form,), {"actor": signed_in(request)})

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Role and state change through the verbs, which check again, end sessions and write the audit log."""
        actor = signed_in(request)
        stored = User.objects.get(pk=obj.pk)
        if "role" in form.changed_data:
            services.change_role(user=stored, role=obj.role, actor=actor)
        if "is_active" in form.changed_data:
            verb = services.reactivate if obj.is_active else services.deactivate
            verb(user=stored, actor=actor)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up, or come from `manage.py create_person`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are switched off: the books name them."""
        return False

    @admin.action(description="Send a link to a new password", permissions=["change"])
    def send_reset_links(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Mail each person a reset link; the operator never sees it."""
        actor, sent = signed_in(request), 0
        for user in queryset:
            form = ResetPasswordForm({"email": user.email})
            if user.is_active and services.may_manage(actor, user) and form.is_valid():
                form.save(request)
                audit.record(actor=actor, action="account.password_reset_sent", subject=services.subject_of(user))
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


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """A table that is only read here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from what people do."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is edited here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is deleted here."""
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
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


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit log, newest first."""

    list_display = ["at", "actor", "action", "subject", "address"]
    list_filter = ["action", "at"]
    search_fields = ["actor__email", "subject", "address"]
    list_select_related = ["actor"]
    fields = ["at", "actor", "action", "subject", "address", "data"]
    ordering = ["-pk"]
    list_per_page = 100
