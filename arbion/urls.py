"""Every address of the site: pages, REST, admin, health."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path, re_path

from arbion.api_reference import reference, schema
from arbion.health.urls import urlpatterns as health_patterns
from arbion.lib.api import unknown_path


def _there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


api_patterns = [
    path("", include(name))
    for name in ("accounts.api.urls", "marketdata.api.urls", "trading.api.urls", "riskdesk.api.urls")
    if _there(name)
]
page_patterns = [
    path("", include(name))
    for name in ("accounts.urls", "marketdata.urls", "trading.urls")
    if _there(name)
]
urlpatterns = [
    path("health/", include((health_patterns, "health"))),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", schema, name="schema"),
    path("api/v1/", include(api_patterns)),
    path("api/docs/", reference, name="api-reference"),
    re_path(r"^api/(?P<path>.*)$", unknown_path),
    *page_patterns,
]
