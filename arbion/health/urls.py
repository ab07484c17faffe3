"""Addresses of the health checks."""

from django.urls import path

from arbion.health import views

app_name = "health"
urlpatterns = [
    path("", views.live, name="index"),
    path("live/", views.live, name="live"),
    path("startup/", views.startup, name="startup"),
    path("ready/", views.ready, name="ready"),
    path("metrics/", views.metrics_text, name="metrics"),
]
