"""The application's registration with Django."""

from django.apps import AppConfig


class RiskdeskConfig(AppConfig):
    """Names the app to Django."""

    name = "riskdesk"
    verbose_name = "Risk desk"
