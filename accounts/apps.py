"""The application's registration with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Names the app to Django."""

    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Tell the OpenAPI description how programs sign in."""
        from accounts.api import schema  # noqa: F401, PLC0415  registers itself, once the apps stand
