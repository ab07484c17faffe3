"""Filters of the room's lists on trading."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from arbion.domain.enums import OPEN, TERMINAL
from trading.models import STANDING


class Standing(admin.SimpleListFilter):
    """Orders that can still happen, and those that are over."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Open or closed."""
        return [("open", "Open"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only those of the chosen kind."""
        chosen = {"open": OPEN, "closed": TERMINAL}.get(self.value() or "")
        return queryset.filter(status__in=chosen) if chosen is not None else queryset


class StopsStanding(admin.SimpleListFilter):
    """Stops that still guard something, those that cannot see their price, and those that are over."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Standing, in trouble or over."""
        return [("open", "Standing"), ("trouble", "In trouble"), ("closed", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only those of the chosen kind."""
        if self.value() == "trouble":
            return queryset.filter(status__in=STANDING).exclude(reason="")
        if self.value() == "open":
            return queryset.filter(status__in=STANDING)
        return queryset.exclude(status__in=STANDING) if self.value() == "closed" else queryset


class Resolved(admin.SimpleListFilter):
    """Differences that are still there, and past ones."""

    title = "state"
    parameter_name = "resolved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Still there or past."""
        return [("no", "Still differing"), ("yes", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only those of the chosen kind."""
        if self.value() in {"no", "yes"}:
            return queryset.filter(resolved_at__isnull=self.value() == "no")
        return queryset


class AccountFilter(admin.SimpleListFilter):
    """Rows of one account: chosen by an address, shown only while it is chosen."""

    title = "account"
    parameter_name = "account__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The chosen one."""
        chosen = self.value_of(request)
        return [(chosen, f"Account {chosen}")] if chosen else []

    def has_output(self) -> bool:
        """Only while one is chosen."""
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only those of the account."""
        chosen = self.value_of(request)
        return queryset.filter(account_id=int(chosen)) if chosen else queryset

    def value_of(self, request: HttpRequest) -> str:
        """The account's number from the address, or nothing."""
        value = request.GET.get(self.parameter_name, "")
        return value if value.isascii() and value.isdigit() and len(value) < 15 else ""
