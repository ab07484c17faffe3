"""Every address of the site: pages, REST, admin, health."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from arbion.api_reference import reference, schema
from arbion.lib.api import unknown_path

api_patterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    path("", include("marketdata.api.urls")),
    path("", include("trading.api.urls")),
    path("", include("arbion.codex.urls")),
    path("schema/", schema, name="schema"),
]
urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("marketdata.urls")),
    path("", include("trading.urls")),
    path("api/v1/", include(api_patterns)),
    path("api/docs/", reference, name="api-reference"),
    re_path(r"^api/(?P<path>.*)$", unknown_path),
    path("admin/", admin.site.urls),
    path("health/", include("arbion.health.urls")),
]

# What Django itself refuses is a problem in the API and a page elsewhere.
handler400 = "arbion.lib.api.bad_request"
handler403 = "arbion.lib.api.forbidden"
handler500 = "arbion.lib.api.server_error"
