"""The code assistant as a Django application: its one table stands above the people's."""

from django.apps import AppConfig


class CodexConfig(AppConfig):
    """The code assistant."""

    name = "arbion.codex"
    label = "codex"
    verbose_name = "Code assistant"
