"""The market in the operators' room: instruments, hours, holidays and corporate actions; prices are only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from accounts import audit
from accounts.models import User
from arbion.lib.room import ReadOnlyRoomAdmin, RoomAdmin
from marketdata import instruments
from marketdata.models import Candle, Holiday, Instrument, MarketDay, OptionContract, Quote

REASON_MAX = 200


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


class AuditedAdmin(RoomAdmin):
    """A table whose rows operators edit; who changed what is written into the audit log."""

    audited_as = ""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the change, what it was before, and who made it."""
        super().save_model(request, obj, form, change)
        now = {name: str(form.cleaned_data.get(name)) for name in form.changed_data}
        data = {name: {"from": str(form.initial.get(name)), "to": to} for name, to in now.items()} if change else now
        verb = "changed" if change else "created"
        audit.record(actor=_actor(request), action=f"{self.audited_as}.{verb}", subject=str(obj), data=data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and say so."""
        subject = str(obj)
        super().delete_model(request, obj)
        audit.record(actor=_actor(request), action=f"{self.audited_as}.deleted", subject=subject)


class HaltForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=REASON_MAX, label="Reason", help_text="Shown to whoever wants to trade it.", strip=True
    )


@admin.register(Instrument)
class InstrumentAdmin(AuditedAdmin):
    """What can be traded."""

    audited_as = "instrument"
    list_display = (
        "symbol", "name", "asset_class", "exchange", "tradable", "halt", "drift", "volatility", "beta", "rank",
    )  # fmt: skip
    list_filter = ("is_halted", "asset_class", "tradable", "exchange")
    search_fields = ("symbol", "name", "aliases")
    readonly_fields = ("is_halted", "halt_reason", "anchored_at", "updated_at")
    actions = ("halt_them", "resume_them")
    fieldsets = (
        (None, {"fields": ("symbol", "name", "asset_class", "exchange", "currency", "sector", "aliases", "rank")}),
        (
            "Trading",
            {"fields": ("tradable", "is_halted", "halt_reason", "price_increment", "size_increment", "multiplier")},
        ),
        ("Simulated price", {"fields": ("base_price", "drift", "volatility", "beta", "anchored_at", "updated_at")}),
    )

    @admin.display(description="Halt", ordering="is_halted")
    def halt(self, instrument: Instrument) -> str:
        """Why it is halted, if it is."""
        if not instrument.is_halted:
            return ""
        return format_html('<span class="badge badge-warn">Halted</span> {}', instrument.halt_reason)

    def has_delete_permission(self, request: HttpRequest, obj: Instrument | None = None) -> bool:
        """Orders and history speak of it: an instrument is made untradable, not deleted."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Instrument | None = None) -> tuple[str, ...]:
        """A symbol is for ever, and so is where its generated history joins."""
        fixed = ("symbol", "asset_class", "multiplier", "base_price")
        return (*self.readonly_fields, *fixed) if obj else self.readonly_fields

    @admin.action(description="Halt, with a reason …", permissions=["change"])
    def halt_them(self, request: HttpRequest, queryset: QuerySet[Instrument]) -> HttpResponse | None:
        """Ask why, then take no more orders in them; their prices stand still."""
        form = HaltForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            chosen = list(queryset.filter(is_halted=False)[:200])
            context = {**self.admin_site.each_context(request), "form": form, "rows": chosen, "opts": self.opts,
                       "title": "Halt trading"}  # fmt: skip
            return TemplateResponse(request, "admin/room/halt.html", context)
        reason = form.cleaned_data["reason"]
        given = {"halted": True, "reason": reason, "actor": _actor(request)}
        done = [one for one in queryset if instruments.set_halted(one, **given)]
        self.message_user(request, f"{len(done)} halted: {reason}", messages.WARNING)
        return None

    @admin.action(description="Let trade again", permissions=["change"])
    def resume_them(self, request: HttpRequest, queryset: QuerySet[Instrument]) -> None:
        """End their halts."""
        done = [one for one in queryset if instruments.set_halted(one, halted=False, actor=_actor(request))]
        self.message_user(request, f"{len(done)} trading again.")


@admin.register(Quote)
class QuoteAdmin(ReadOnlyRoomAdmin):
    """The latest price of each instrument."""

    list_display = ("instrument", "bid", "ask", "last", "previous_close", "volume", "at", "source")
    list_filter = ("source", "instrument__asset_class")
    list_select_related = ("instrument",)
    search_fields = ("instrument__symbol", "instrument__name")
    ordering = ("instrument__rank",)


@admin.register(Candle)
class CandleAdmin(ReadOnlyRoomAdmin):
    """Closed candles."""

    list_display = ("instrument", "interval", "opens_at", "open", "high", "low", "close", "volume")
    list_filter = ("interval",)
    list_select_related = ("instrument",)
    search_fields = ("instrument__symbol__iexact",)
    ordering = ("-id",)


@admin.register(MarketDay)
class MarketDayAdmin(AuditedAdmin):
    """The common week, in the market's own time."""

    audited_as = "market.day"
    list_display = ("day", "is_open", "pre_opens_at", "opens_at", "closes_at", "post_closes_at", "updated_at")
    list_display_links = ("day",)
    fields = ("is_open", "pre_opens_at", "opens_at", "closes_at", "post_closes_at")
    actions = None

    @admin.display(description="Day", ordering="weekday")
    def day(self, row: MarketDay) -> str:
        """Its name."""
        return str(row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A week has seven days."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MarketDay | None = None) -> bool:
        """A week has seven days: one without trading is closed, not deleted."""
        return False


class YearFilter(admin.SimpleListFilter):
    """Holidays of one year."""

    title = "year"
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The years that are listed, newest first."""
        return [(str(day.year), str(day.year)) for day in Holiday.objects.dates("date", "year", order="DESC")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> QuerySet[Holiday]:
        """Only those of the chosen year."""
        year = self.value()
        return queryset.filter(date__year=int(year)) if year and year.isdigit() else queryset


@admin.register(Holiday)
class HolidayAdmin(AuditedAdmin):
    """Dates that are not common days. What the calendar wrote is marked; an operator's word stays."""

    audited_as = "market.holiday"
    list_display = ("date", "name", "is_closed", "closes_at", "origin", "updated_at")
    list_filter = (YearFilter, "is_closed", "is_from_calendar")
    search_fields = ("name",)
    ordering = ("date",)
    fields = ("date", "name", "is_closed", "closes_at")
    list_per_page = 100
    actions = None

    @admin.display(description="From", ordering="is_from_calendar")
    def origin(self, row: Holiday) -> str:
        """Who wrote it."""
        return (
            "the calendar" if row.is_from_calendar else mark_safe('<span class="badge badge-accent">an operator</span>')
        )

    def has_delete_permission(self, request: HttpRequest, obj: Holiday | None = None) -> bool:
        """An operator's word can be taken back; what the calendar says is changed, not deleted: it would come back."""
        return obj is not None and not obj.is_from_calendar and super().has_delete_permission(request, obj)


@admin.register(OptionContract)
class OptionContractAdmin(ReadOnlyRoomAdmin):
    """Option contracts that somebody has looked at; the rest of a chain is reckoned on demand."""

    list_display = ("instrument", "underlying", "right", "strike", "expires_on", "settled_at")
    list_filter = ("right", ("settled_at", admin.EmptyFieldListFilter), "expires_on")
    search_fields = ("instrument__symbol", "underlying__symbol__iexact")
    list_select_related = ("instrument", "underlying")
    ordering = ("expires_on", "underlying__symbol", "strike")
