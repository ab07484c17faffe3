"""Addresses of the health checks."""

from django.urls import path

from arbion.health import views

urlpatterns = [
    path("", views.live, name="index"),
    path("live/", views.live, name="live"),
]
