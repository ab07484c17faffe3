"""A language model's provider on loopback, for tests: it answers by script, misbehaves when told to, and remembers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.openai_server.script import Call, Fault, Reply
from tests.openai_server.server import KEY, OpenAIServer, serve

__all__ = ["KEY", "Call", "Fault", "OpenAIServer", "Reply", "openai_server"]


@pytest.fixture
def openai_server(settings) -> Iterator[OpenAIServer]:
    """The server, and an installation whose house key leads to it."""
    with serve() as server:
        settings.OPENAI_BASE_URL = server.base_url
        settings.OPENAI_API_KEY = KEY
        settings.OPENAI_API = "responses"
        yield server
