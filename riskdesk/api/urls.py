"""The REST addresses of the risk desk."""

from __future__ import annotations

from django.urls import path

from riskdesk.api import limits

urlpatterns = [
    path("risk/limits/", limits.limit_list, name="api-risk-limits"),
    path("risk/limits/<str:name>/", limits.limit_detail, name="api-risk-limit"),
]
