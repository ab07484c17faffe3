"""The addresses of the market's pages."""

from __future__ import annotations

from django.urls import path

from marketdata.views import markets

app_name = "marketdata"
urlpatterns = [path("markets/", markets.markets, name="markets")]
