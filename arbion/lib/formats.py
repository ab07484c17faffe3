"""The form of a REST answer: one that the query asks for and that there is not is refused by its name."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation

from arbion.domain.errors import InvalidInput


class KnownFormats(DefaultContentNegotiation):
    """The framework's choice of a renderer, with a refusal that names the field."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:  # noqa: A002  the framework's name
        """The renderers of this format."""
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            choice = ", ".join(sorted({renderer.format for renderer in renderers}))
            raise InvalidInput.of("format", "invalid_choice", f"One of these: {choice}.")
        return found
