"""The roof as a Django application, and the admin site it puts in the place of Django's own."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class RoofConfig(AppConfig):
    """What stands above all apps: heartbeats, the engine's lease, system checks, operators' commands."""

    name = "arbion"
    label = "arbion"
    verbose_name = "Operations"

    def ready(self) -> None:
        """Register the system checks."""
        from arbion import checks  # noqa: F401, PLC0415  checks may be registered only when the apps stand


class ArbionAdminConfig(AdminConfig):
    """Django's admin with our site in it."""

    default_site = "arbion.admin_site.ArbionAdminSite"
