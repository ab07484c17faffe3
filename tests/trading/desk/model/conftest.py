"""A desk with a model: the small world, its names, and a door that gives out what the test scripted."""

from __future__ import annotations

import pytest

from tests.trading.desk.conftest import named  # noqa: F401
from tests.trading.desk.model.scripted import ScriptedModel
from trading.desk.model import door, talking


@pytest.fixture
def model(named, monkeypatch):  # noqa: F811
    """The world, with a model that answers what is put into its script."""
    scripted = ScriptedModel()
    monkeypatch.setattr(door, "is_there_for", lambda user: True)
    monkeypatch.setattr(talking, "work_on", _with(scripted, talking.work_on))
    named.model = scripted
    return named


def _with(scripted: ScriptedModel, work_on):
    def working(answer_id, **given):
        given["models"] = lambda user, role, *, thread, clock: scripted
        work_on(answer_id, **given)

    return working


def converse(world, text, *script, **given):
    """Say something while the model has this script; the proposal that comes of it."""
    world.model.script = list(script)
    spoken = talking.speak(given.pop("user", world.alice), text, clock=world.clock, **given)
    return talking.converse_for(spoken, clock=world.clock)
