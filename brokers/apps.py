"""The application's registration with Django."""

from django.apps import AppConfig


class BrokersConfig(AppConfig):
    """Names the app to Django."""

    name = "brokers"
