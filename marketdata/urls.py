"""The addresses of the market's pages."""

from __future__ import annotations

from django.urls import path

from marketdata.views import markets, options

app_name = "marketdata"
urlpatterns = [
    path("markets/", markets.markets, name="markets"),
    path("trade/<str:symbol>/options/", options.option_chain, name="chain"),
]
