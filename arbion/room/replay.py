"""The replay of real history in the room: where each tape stands; played, paused, stepped and sought."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html

from accounts.api.authentication import signed_in
from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.errors import ArbionError
from arbion.lib.room import ReadOnlyRoomAdmin
from arbion.room.frame import show
from marketdata import replay_control
from marketdata.models import Instrument, Tape


class NumberForm(forms.Form):
    """How many bars, or how fast."""

    speed = forms.FloatField(required=False, min_value=0, label="Bars a tick")
    bars = forms.IntegerField(required=False, min_value=1, label="Bars to step")
    bar = forms.IntegerField(required=False, min_value=0, label="Bar to go to")
    day = forms.DateField(required=False, label="Day to go to", widget=forms.DateInput(attrs={"type": "date"}))


@admin.register(Tape)
class TapeAdmin(ReadOnlyRoomAdmin):
    """Histories that instruments follow; `manage.py load_tape` loads them."""

    list_display: Any = (
        "instrument", "name", "interval", "position", "bars_count", "speed", "state", "loaded_at", "controls",
    )  # fmt: skip
    list_select_related = ("instrument",)
    search_fields = ("instrument__symbol__iexact", "name")

    @admin.display(description="State")
    def state(self, tape: Tape) -> str:
        """Playing, paused or left."""
        if not tape.is_playing:
            return "off: simulated"
        return "paused" if tape.is_paused else "playing"

    @admin.display(description="Controls")
    def controls(self, tape: Tape) -> Any:
        """The way to them."""
        return format_html('<a href="{}">Control</a>', reverse("admin:tape_control", args=[tape.pk]))

    def get_urls(self) -> list[Any]:
        """Django's addresses, and the controls of one tape."""
        view = self.admin_site.admin_view(self.control)
        return [path("<int:pk>/control/", view, name="tape_control"), *super().get_urls()]

    def control(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Where the replay stands, and what can be done to it."""
        actor = signed_in(request)
        if not can(actor, Ability.EDIT_MARKET):
            raise PermissionDenied
        tape = Tape.objects.select_related("instrument").filter(pk=pk).first()
        if tape is None:
            raise Http404
        form = NumberForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self._carry_out(request.POST.get("do", ""), tape.instrument, form.cleaned_data, actor)
            except ArbionError as error:
                messages.error(request, error.detail)
            return redirect("admin:tape_control", tape.pk)
        facts: dict[str, Any] = {
            "tape": tape,
            "status": replay_control.status(tape.instrument),
            "form": form,
            "opts": self.opts,
        }
        return show(request, "tape", f"Replay of {tape.instrument.symbol}", **facts)

    def _carry_out(self, what: str, instrument: Instrument, given: dict[str, Any], actor: User) -> None:
        if what in {"pause", "resume", "stop"}:
            getattr(replay_control, what)(instrument, by=actor)
        elif what == "speed" and given["speed"] is not None:
            replay_control.set_speed(instrument, given["speed"], by=actor)
        elif what == "step":
            replay_control.step(instrument, given["bars"] or 1, by=actor)
        elif what == "seek" and (given["day"] is not None or given["bar"] is not None):
            replay_control.seek(instrument, given["day"] if given["day"] is not None else given["bar"], by=actor)
