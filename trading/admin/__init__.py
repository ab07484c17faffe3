"""Trading in the operators' room: everything can be read, nothing can be edited; corrections are journals."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from accounts import audit
from accounts.api.authentication import signed_in
from accounts.models import User
from arbion.lib.room import ReadOnlyRoomAdmin, figure
from arbion.lib.templatetags.arbion import badge, status_word
from brokers.errors import VenueError
from brokers.models import BrokerAccount
from trading.admin import conditions, halts, repeating, stops  # noqa: F401  they register their tables
from trading.admin.filters import AccountFilter, Resolved, Standing
from trading.admin.story import story_of
from trading.books import check_ledger
from trading.execution.reconcile import reconcile
from trading.explain import explain
from trading.models import (
    CashMovement,
    Discrepancy,
    Fill,
    Intent,
    Journal,
    LedgerAccount,
    LedgerHead,
    Order,
    Position,
    Proposal,
)


def _person(row: Any) -> str:
    return str(row.account.user.email)


def _breaks(account: BrokerAccount) -> list[str]:
    """What is wrong with the account's ledger and its chain, in words."""
    return [detail for check in check_ledger.CHECKS for _, detail in check(account)]


_person.short_description = "Person"  # type: ignore[attr-defined]
_person.admin_order_field = "account__user__email"  # type: ignore[attr-defined]


class OfAccount(ReadOnlyRoomAdmin):
    """Rows that belong to one account, shown with its person."""

    list_select_related: ClassVar[Any] = ("account__user",)


@admin.register(Order)
class OrderAdmin(OfAccount):
    """Orders, each with its whole history on one page."""

    list_display = (
        "created_at", "person", "side", "quantity", "instrument", "order_type", "time_in_force", "limit_price",
        "state", "filled_quantity", "reject_code",
    )  # fmt: skip
    list_filter = (AccountFilter, Standing, "status", "side", "order_type", "time_in_force", "created_at")
    search_fields = ("id", "instrument__symbol__iexact", "account__user__email", "venue_order_id")
    list_select_related = ("account__user", "instrument")
    change_form_template = "admin/room/order.html"
    person = staticmethod(_person)

    @admin.display(description="Status", ordering="status")
    def state(self, order: Order) -> Any:
        """What is true of it, as a coloured word."""
        return badge(order.status, status_word(order.status))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """With all that the page of one of them shows."""
        return (
            super().get_queryset(request).select_related("intent__user", "decision", "group", *self.list_select_related)
        )

    def get_urls(self) -> list[Any]:
        """Django's addresses, and the explained order."""
        view = self.admin_site.admin_view(self.explained)
        return [path("<uuid:order_id>/explain/", view, name="trading_order_explain"), *super().get_urls()]

    def explained(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Anybody's order, explained; that an operator looked is noted."""
        order = self.get_object(request, str(order_id))
        if order is None:
            raise Http404
        if not self.has_view_permission(request, order):
            raise PermissionDenied
        audit.record(
            actor=signed_in(request), action="order.explained", subject=f"order {order.pk}",
            data={"person": str(order.account.user.email)},
        )  # fmt: skip
        context = {**self.admin_site.each_context(request), "title": f"Order {order.pk} explained", "order": order}
        return TemplateResponse(request, "admin/room/explain.html", {**context, "story": explain(order)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The order's history."""
        order = self.get_object(request, object_id)
        facts = story_of(order) if order is not None and self.has_view_permission(request, order) else {}
        named = {"title": f"Order {object_id}", "subtitle": None, **facts} if facts else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **named})


@admin.register(Intent)
class IntentAdmin(OfAccount):
    """What people asked for, in their words where there were any."""

    list_display = ("created_at", "user", "source", "words", "order_link", "client_key")
    list_filter = (AccountFilter, "source", "created_at")
    search_fields = ("user__email", "client_key", "words")
    list_select_related = ("user", "order")
    fields = (
        "created_at", "user", "account", "source", "words", "instruction", "client_key", "body_hash", "order_link",
    )  # fmt: skip
    readonly_fields = ("order_link",)

    @admin.display(description="Order")
    def order_link(self, intent: Intent) -> Any:
        """What became of it."""
        order = getattr(intent, "order", None)
        if order is None:
            return "none"
        return format_html('<a href="{}">{}</a>', reverse("admin:trading_order_change", args=[order.pk]), order.status)


@admin.register(Proposal)
class ProposalAdmin(OfAccount):
    """What the desk understood of a sentence, and what became of it."""

    list_display = ("created_at", "user", "text", "outcome", "expires_at")
    list_filter = ("created_at", ("executed_at", admin.EmptyFieldListFilter))
    search_fields = ("user__email", "text")
    list_select_related = ("user",)

    @admin.display(description="Outcome")
    def outcome(self, proposal: Proposal) -> str:
        """Carried out, dismissed, or neither."""
        if proposal.executed_at:
            return "carried out"
        return "dismissed" if proposal.dismissed_at else "left"


@admin.register(Journal)
class JournalAdmin(OfAccount):
    """The ledger: journals with their transfers, chained under a key."""

    list_display = ("at", "person", "sequence", "code", "symbol", "reference", "note")
    list_filter = (AccountFilter, "code", "at")
    search_fields = ("reference", "symbol__iexact", "account__user__email")
    list_select_related = ("account__user", "actor", "reverses")
    change_form_template = "admin/room/journal.html"
    person = staticmethod(_person)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The journal, its transfers, and whether the account's chain is whole."""
        journal = self.get_object(request, object_id)
        facts: dict[str, Any] = {}
        if journal is not None and self.has_view_permission(request, journal):
            facts = {
                "title": journal.reference,
                "subtitle": None,
                "journal": journal,
                "transfers": journal.transfers.select_related("debit", "credit").order_by("pk"),
                "reversal": Journal.objects.filter(reverses=journal).first(),
                "head": LedgerHead.objects.filter(account=journal.account).first(),
                "breaks": _breaks(journal.account),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **facts})


@admin.register(LedgerAccount)
class LedgerAccountAdmin(OfAccount):
    """The columns of the books."""

    list_display = ("person", "account", "kind", "asset", "balance", "held", "may_be_negative")
    list_filter = (AccountFilter, "kind", "may_be_negative")
    search_fields = ("asset__iexact", "account__user__email")
    person = staticmethod(_person)


@admin.register(CashMovement)
class CashMovementAdmin(OfAccount):
    """Cash that people put in and took out."""

    list_display = ("created_at", "person", "kind", "amount", "status", "held", "closed_at", "refusal_code")
    list_filter = (AccountFilter, "kind", "status", "created_at")
    search_fields = ("account__user__email", "id", "client_key")
    person = staticmethod(_person)


@admin.register(Position)
class PositionAdmin(OfAccount):
    """What people hold; below zero what they owe."""

    list_display = ("person", "account", "instrument", "quantity", "cost", "realized", "updated_at")
    list_filter = (AccountFilter, "instrument__asset_class")
    search_fields = ("instrument__symbol__iexact", "account__user__email")
    list_select_related = ("account__user", "instrument")
    person = staticmethod(_person)


@admin.register(Fill)
class FillAdmin(OfAccount):
    """Executions."""

    list_display = ("filled_at", "person", "side", "quantity", "instrument", "price", "gross", "fee", "order_link")
    list_filter = (AccountFilter, "side", "filled_at")
    search_fields = ("instrument__symbol__iexact", "venue_fill_id", "account__user__email")
    list_select_related = ("account__user", "instrument")
    person = staticmethod(_person)

    @admin.display(description="Order")
    def order_link(self, fill: Fill) -> Any:
        """Its order's history."""
        return format_html('<a href="{}">history</a>', reverse("admin:trading_order_change", args=[fill.order_id]))


@admin.register(Discrepancy)
class DiscrepancyAdmin(OfAccount):
    """Where a venue's book and ours differ or differed; while one is open its account takes no new risk."""

    list_display = ("seen_at", "person", "account", "asset", "ours", "theirs", "difference", "resolved_at")
    list_filter = (Resolved, AccountFilter, "seen_at")
    search_fields = ("asset__iexact", "account__user__email")
    actions = ("compare_now",)
    person = staticmethod(_person)

    @admin.display(description="Difference")
    def difference(self, row: Discrepancy) -> str:
        """Theirs less ours."""
        return figure(row.theirs - row.ours, least=2)

    @admin.action(description="Compare these accounts with their venues now", permissions=["view"])
    def compare_now(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> None:
        """Ask the venues anew; what agrees again is resolved by itself."""
        actor = request.user if isinstance(request.user, User) else None
        accounts = BrokerAccount.objects.filter(pk__in=queryset.values("account")).select_related("user")
        for account in accounts:
            audit.record(actor=actor, action="books.compared", subject=f"account:{account.public_id}")
            try:
                left = reconcile(account)
            except VenueError as error:
                self.message_user(request, f"{account.user.email}: {error}", messages.ERROR)
                continue
            said = f"{len(left)} still differ" if left else "the books agree"
            self.message_user(request, f"{account.user.email}, {account.name}: {said}.", messages.INFO)
