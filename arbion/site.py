"""The branded admin site: people sign in through the ordinary door, and its index shows what is going on."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


class ArbionAdminSite(AdminSite):
    """Django's admin under our name."""

    site_title = "Arbion operations"
    site_header = "Arbion operations"
    index_title = "Overview"

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Send people to the ordinary sign-in page, which has the limiter; those without the right are turned away."""
        following = request.GET.get("next") or reverse("admin:index")
        if self.has_permission(request):
            return redirect(reverse("admin:index"))
        return redirect_to_login(following, login_url=reverse("account_login"))
