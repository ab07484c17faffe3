"""The operators' room: Django's admin under our name, behind the ordinary door, with live figures on its first page."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone

from arbion.places import PLACES, Place


class ArbionAdminSite(AdminSite):
    """Django's admin as a room of our own."""

    site_title = "Arbion operations"
    site_header = "Arbion operations"
    index_title = "Overview"
    enable_nav_sidebar = False  # the room has its own

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's addresses, the live figures and the pages that belong to no single table."""
        from arbion.room.urls import pages  # noqa: PLC0415  the site is made before the models are

        return [path("live/", self.admin_view(self.live), name="live"), *pages(self), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page of the room counts time by the market's clock, in what it shows and in what it is told."""
        inner = super().admin_view(view, cacheable)

        def by_the_markets_clock(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(ZoneInfo(settings.MARKET_TIMEZONE)):
                answer = inner(request, *args, **kwargs)
                return answer.render() if isinstance(answer, TemplateResponse) else answer

        return by_the_markets_clock

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page knows: also why the house is halted, if it is."""
        from riskdesk.models import Halt  # noqa: PLC0415  as above

        context = super().each_context(request)
        halts = Halt.objects.filter(user=None, account=None, lifted_at=None) if context["has_permission"] else None
        return {**context, "house_halts": list(halts.values_list("reason", flat=True)) if halts is not None else []}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The tables and pages that this person may see, in the room's own groups; of one app, as Django lists it."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        seen = {
            f"{label}.{table['object_name']}": table
            for label, app in self._build_app_dict(request).items()
            for table in app["models"]
        }
        found = []
        for number, (name, places) in enumerate(PLACES):
            shown = [self._place(request, place, seen) for place in places]
            shown = [place for place in shown if place is not None]
            if shown:
                found.append({"name": name, "app_label": f"group-{number}", "app_url": "", "models": shown})
        left = [table for label, table in seen.items() if label not in {p.table for _, ps in PLACES for p in ps}]
        if left:
            found.append({"name": "More", "app_label": "group-more", "app_url": "", "models": left})
        return found

    def _place(self, request: HttpRequest, place: Place, seen: dict[str, Any]) -> dict[str, Any] | None:
        if place.table:
            table = seen.get(place.table)
            return None if table is None else {**table, "name": place.name or table["name"]}
        if not self.has_permission(request) or not request.user.has_perm(place.permission):
            return None
        return {
            "name": place.name,
            "object_name": place.page,
            "admin_url": reverse(f"admin:{place.page}"),
            "add_url": None,
        }

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page, with the figures as they are now."""
        from arbion.room.statistics import groups  # noqa: PLC0415  as above

        return super().index(request, {**(extra_context or {}), "figures": groups()})

    def live(self, request: HttpRequest) -> JsonResponse:
        """The figures, for the script that keeps them fresh."""
        from arbion.room.statistics import as_json, groups  # noqa: PLC0415  as above

        return JsonResponse(as_json(groups()))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the ordinary sign-in page, which has the limiter; those without the right are turned away."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            return render(request, "403.html", status=403)
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))

    def password_change(  # type: ignore[override]  # we answer with a redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Passwords are changed in one place."""
        return redirect("account_change_password")
