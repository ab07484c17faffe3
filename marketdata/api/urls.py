"""Addresses of the REST door to prices, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from marketdata.api import chain, views

urlpatterns = [
    path("instruments/", views.InstrumentList.as_view(), name="api-instruments"),
    path("instruments/<str:symbol>/", views.InstrumentDetail.as_view(), name="api-instrument"),
    path("instruments/<str:symbol>/candles/", views.CandleList.as_view(), name="api-candles"),
    path("instruments/<str:symbol>/indicators/", views.IndicatorSeries.as_view(), name="api-indicators"),
    path("instruments/<str:symbol>/chain/", chain.OptionChain.as_view(), name="api-chain"),
    path("quotes/", views.QuoteList.as_view(), name="api-quotes"),
]
