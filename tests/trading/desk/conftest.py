"""A desk to speak to: the small world, its instruments under the names that people use."""

from __future__ import annotations

import pytest

from trading import desk


@pytest.fixture
def named(world):
    """The world's instruments under the names that people use."""
    from marketdata.models import Instrument

    for symbol, name, alias in (
        ("AAPL", "Apple Inc.", "apple"),
        ("MSFT", "Microsoft Corporation", "microsoft"),
        ("BTC-USD", "Bitcoin", "bitcoin"),
    ):
        Instrument.objects.filter(symbol=symbol).update(name=name, aliases=[alias])
    return world


def say(world, text: str):
    return desk.interpret_for(world.alice, text, clock=world.clock)


def carry_out(world, proposal):
    return desk.execute(world.alice, proposal.pk, clock=world.clock)
