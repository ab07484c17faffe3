"""The market in the admin: instruments can be edited and halted, quotes and candles only read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from marketdata import instruments
from marketdata.models import Candle, Instrument, Quote, Tape


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """A table that the market writes and people read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(Instrument)
class InstrumentAdmin(admin.ModelAdmin[Instrument]):
    """What can be traded."""

    list_display = ("symbol", "name", "asset_class", "exchange", "currency", "tradable", "is_halted", "rank")
    list_filter = ("asset_class", "tradable", "is_halted", "exchange")
    search_fields = ("symbol", "name", "aliases")
    readonly_fields = ("is_halted", "anchored_at", "updated_at")
    actions = ("halt", "resume")

    def has_delete_permission(self, request: HttpRequest, obj: Instrument | None = None) -> bool:
        """Orders and history speak of it: an instrument is made untradable, not deleted."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Instrument | None = None) -> tuple[str, ...]:
        """A symbol is for ever, and so is where its generated history joins."""
        return (*self.readonly_fields, "symbol", "base_price") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Instrument, form: Any, change: bool) -> None:
        """Keep the change and who made it."""
        super().save_model(request, obj, form, change)
        action = "instrument.changed" if change else "instrument.created"
        data = {name: str(form.cleaned_data.get(name)) for name in form.changed_data}
        audit.record(actor=_actor(request), action=action, subject=obj.symbol, data=data)

    @admin.action(description="Halt the selected instruments", permissions=["change"])
    def halt(self, request: HttpRequest, queryset: QuerySet[Instrument]) -> None:
        """Take no more orders in them; their prices stand still."""
        self._set(request, queryset, halted=True)

    @admin.action(description="Let the selected instruments trade again", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Instrument]) -> None:
        """End their halts."""
        self._set(request, queryset, halted=False)

    def _set(self, request: HttpRequest, queryset: QuerySet[Instrument], *, halted: bool) -> None:
        actor = _actor(request)
        changed = sum(instruments.set_halted(instrument, halted=halted, actor=actor) for instrument in queryset)
        self.message_user(request, f"{changed} {'halted' if halted else 'trading again'}.")


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    """The latest price of each instrument."""

    list_display = ("instrument", "bid", "ask", "last", "previous_close", "volume", "at", "source")
    list_filter = ("source",)
    list_select_related = ("instrument",)
    search_fields = ("instrument__symbol", "instrument__name")
    ordering = ("instrument__rank",)


@admin.register(Candle)
class CandleAdmin(ReadOnlyAdmin):
    """Closed candles."""

    list_display = ("instrument", "interval", "opens_at", "open", "high", "low", "close", "volume")
    list_filter = ("interval",)
    list_select_related = ("instrument",)
    search_fields = ("instrument__symbol__iexact",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Tape)
class TapeAdmin(ReadOnlyAdmin):
    """Histories that instruments follow; `manage.py load_tape` loads and stops them."""

    list_display = ("instrument", "name", "interval", "bars_count", "position", "speed", "is_playing", "loaded_at")
    list_select_related = ("instrument",)
