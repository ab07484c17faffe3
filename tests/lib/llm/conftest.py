"""A model of the local provider that waits in no time and has learned nothing yet."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from arbion.lib.clock import FrozenClock
from arbion.lib.llm import openai_model
from arbion.lib.llm.endpoint import Api, Endpoint
from arbion.lib.llm.openai_model import Choice, OpenAIModel
from arbion.lib.llm.pace import Pace
from tests.openai_server import KEY, OpenAIServer


@pytest.fixture(autouse=True)
def _nothing_learned() -> None:
    openai_model._REFUSED.clear()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def model_of(openai_server: OpenAIServer, slept: list[float]):
    def make(api: Api = Api.RESPONSES, *, key: str = KEY, seconds: float = 20.0, effort: str = "", clock=None):
        pace = Pace(total_seconds=seconds, sleep=slept.append, rng=random.Random(7))
        endpoint = Endpoint(api_key=key, base_url=openai_server.base_url)
        clock = clock or FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
        choice = Choice(name="gpt-5.5", api=api, effort=effort)
        return OpenAIModel(endpoint, choice, pace=pace, clock=clock)

    return make
