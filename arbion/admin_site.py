"""The branded admin site: people sign in through the ordinary door, and its index shows what is going on."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

# What the index shows, in this order: the figure's key, its name, and its unit.
FIGURES = (
    ("people", "People", ""),
    ("active_now", "Active now", ""),
    ("instruments", "Instruments", ""),
    ("orders_today", "Orders today", ""),
    ("fills_today", "Fills today", ""),
    ("quote_age", "Newest quote", "s ago"),
    ("engine_age", "Engine's last tick", "s ago"),
)


class ArbionAdminSite(AdminSite):
    """Django's admin under our name."""

    site_title = "Arbion operations"
    site_header = "Arbion operations"
    index_title = "Overview"
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's addresses, and the index page's live figures."""
        return [path("live/", self.admin_view(self.live), name="live"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page, with the figures as they are now."""
        from arbion.health.counts import figures  # noqa: PLC0415  the site is made before the models are

        now = figures()
        tiles = [{"key": key, "name": name, "unit": unit, "value": now[key]} for key, name, unit in FIGURES]
        return super().index(request, {**(extra_context or {}), "tiles": tiles})

    def live(self, request: HttpRequest) -> JsonResponse:
        """The figures, for the script that keeps them fresh."""
        from arbion.health.counts import figures  # noqa: PLC0415  as above

        return JsonResponse(figures())

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
