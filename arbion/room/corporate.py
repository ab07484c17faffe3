"""Dividends and splits in the room: scheduled through marketdata's verbs, called off while they have not begun."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.api.authentication import signed_in
from arbion.domain.errors import InvalidInput
from arbion.lib.room import RoomAdmin
from marketdata import corporate
from marketdata.models import CorporateAction, CorporateKind, Instrument


class ScheduleForm(forms.ModelForm[CorporateAction]):
    """What a company does to its shares, and from which day on."""

    symbol = forms.CharField(max_length=24, label="Symbol")

    class Meta:
        model = CorporateAction
        fields = ["kind", "ex_date", "amount", "new_units", "old_units"]
        widgets = {"ex_date": forms.DateInput(attrs={"type": "date"})}
        labels = {"ex_date": "Takes effect on", "new_units": "New shares", "old_units": "for old shares"}

    def clean(self) -> dict[str, Any]:
        """What was filled in, if it fits together; the day and the amounts are judged where they are scheduled."""
        given: dict[str, Any] = super().clean() or {}
        instrument = Instrument.objects.filter(symbol=given.get("symbol", "").strip().upper()).first()
        if given.get("symbol") and instrument is None:
            self.add_error("symbol", "There is no such instrument.")
        wanted = ("amount",) if given.get("kind") == CorporateKind.DIVIDEND else ("new_units", "old_units")
        for name in ("amount", "new_units", "old_units"):
            if name in wanted and given.get(name) is None and name not in self.errors:
                self.add_error(name, "This is needed.")
            elif name not in wanted:
                given[name] = None
        if not self.errors and instrument is not None:
            self.instance.instrument = instrument
            self._schedule(given, instrument)
        return given

    def _schedule(self, given: dict[str, Any], instrument: Instrument) -> None:
        # Done here, where a refusal can stand beside its field; the admin's view runs in one transaction.
        try:
            if given["kind"] == CorporateKind.DIVIDEND:
                made = corporate.schedule_dividend(instrument, amount=given["amount"], ex_date=given["ex_date"])
            else:
                units = {"new_units": given["new_units"], "old_units": given["old_units"]}
                made = corporate.schedule_split(instrument, ex_date=given["ex_date"], **units)
        except InvalidInput as error:
            for problem in error.errors:
                field = "symbol" if problem.field == "instrument" else problem.field
                self.add_error(field if field in self.fields else None, problem.detail)
            return
        self.instance = made

    def _post_clean(self) -> None:
        """The verb has judged and written the row."""


@admin.register(CorporateAction)
class CorporateActionAdmin(RoomAdmin):
    """Dividends and splits, scheduled and past."""

    form = ScheduleForm
    list_display: Any = (
        "ex_date", "instrument", "kind", "amount", "new_units", "old_units", "status", "created_at", "applied_at",
    )  # fmt: skip
    list_filter = ("status", "kind", "ex_date")
    search_fields = ("instrument__symbol__iexact", "instrument__name")
    list_select_related = ("instrument",)
    fields = ("symbol", "kind", "ex_date", "amount", "new_units", "old_units")
    actions = ("call_off",)

    def get_fields(self, request: HttpRequest, obj: CorporateAction | None = None) -> Any:
        """A new one is named by its symbol; what stands is only read."""
        if obj is None:
            return self.fields
        return ("instrument", *self.fields[1:], "status", "created_at", "applied_at")

    def has_change_permission(self, request: HttpRequest, obj: CorporateAction | None = None) -> bool:
        """What was scheduled is called off and scheduled anew, not edited."""
        return False if obj else super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: CorporateAction | None = None) -> bool:
        """History stays."""
        return False

    def save_model(self, request: HttpRequest, obj: CorporateAction, form: Any, change: bool) -> None:
        """The form's verb has written the row; note who did."""
        subject = obj.instrument.symbol
        data: dict[str, Any] = {"kind": obj.kind, "ex_date": obj.ex_date.isoformat(), "amount": str(obj.amount or "")}
        data |= {"new": obj.new_units, "old": obj.old_units}
        audit.record(actor=signed_in(request), action="corporate.scheduled", subject=subject, data=data)

    @admin.action(description="Call off", permissions=["change"])
    def call_off(self, request: HttpRequest, queryset: QuerySet[CorporateAction]) -> None:
        """Call off what has not begun."""
        done = 0
        for action in queryset.select_related("instrument"):
            try:
                corporate.cancel(action)
            except InvalidInput as error:
                self.message_user(request, f"{action}: {error.detail}", messages.WARNING)
                continue
            data = {"kind": action.kind, "ex_date": action.ex_date.isoformat()}
            subject = action.instrument.symbol
            audit.record(actor=signed_in(request), action="corporate.canceled", subject=subject, data=data)
            done += 1
        if done:
            self.message_user(request, f"{done} called off.")
