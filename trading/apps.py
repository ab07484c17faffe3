"""The application's registration with Django."""

from django.apps import AppConfig


class TradingConfig(AppConfig):
    """Names the app to Django."""

    name = "trading"
