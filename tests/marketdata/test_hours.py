"""When markets are open, on days known from the exchange's published calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from marketdata import hours
from marketdata.models import Instrument

SHARE, COIN = Instrument(asset_class="equity"), Instrument(asset_class="crypto")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "is_open", "change"),
    [
        ("2026-11-20T14:29:59", False, "2026-11-20T14:30"),
        ("2026-11-20T14:30", True, "2026-11-20T21:00"),
        ("2026-11-20T20:59:59", True, "2026-11-20T21:00"),
        ("2026-11-20T21:00", False, "2026-11-23T14:30"),
        ("2026-11-26T16:00", False, "2026-11-27T14:30"),  # Thanksgiving
        ("2026-11-27T17:59", True, "2026-11-27T18:00"),  # the half day after it
        ("2026-11-27T18:00", False, "2026-11-30T14:30"),
        ("2026-07-01T13:30", True, "2026-07-01T20:00"),  # daylight saving time
    ],
)
def test_the_stock_market(moment, is_open, change, settings):
    settings.MARKET_ALWAYS_OPEN = False
    state = hours.session(at(moment))
    assert (state.is_open, state.next_change, state.always_open) == (is_open, at(change), False)
    assert state.label.startswith("Market open until" if is_open else "Market closed until")
    assert hours.is_open(SHARE, at(moment)) is is_open
    assert hours.is_open(COIN, at(moment)) is True


def test_always_open_says_so(settings):
    settings.MARKET_ALWAYS_OPEN = True
    state = hours.session(at("2026-11-22T03:00"))
    assert (state.is_open, state.always_open, state.next_change) == (True, True, None)
    assert hours.is_open(SHARE, at("2026-11-22T03:00")) is True
