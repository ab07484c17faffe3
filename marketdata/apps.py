"""The application's registration with Django."""

from django.apps import AppConfig


class MarketdataConfig(AppConfig):
    """Names the app to Django."""

    name = "marketdata"
    verbose_name = "Market data"
