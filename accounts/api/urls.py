"""The REST addresses of people."""

from __future__ import annotations

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("auth/token/", views.sign_in, name="api-auth-token"),
    path("me/", views.me, name="api-me"),
    path("tokens/", views.token_list, name="api-tokens"),
    path("tokens/<uuid:public_id>/", views.token_detail, name="api-token"),
]
