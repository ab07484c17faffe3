"""The application's registration with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Names the app to Django."""

    name = "accounts"
