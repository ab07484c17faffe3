"""The periodic tasks do what their names say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from arbion.domain.enums import Interval
from marketdata import candles, catalogue, tasks
from marketdata.models import Candle, Holiday, MarketDay
from tests.marketdata.factories import make_instrument

pytestmark = pytest.mark.django_db


def test_pruning_deletes_old_minutes():
    prices = {"open": 1, "high": 2, "low": 1, "close": 1, "volume": 0}
    instrument, now = make_instrument(), datetime.now(UTC).replace(microsecond=0)
    kept = candles.KEPT[Interval.M1]
    for age in (kept / 2, kept * 2):
        Candle.objects.create(instrument=instrument, interval="1m", opens_at=now - age, **prices)
    assert tasks.prune_candles() == 1
    assert Candle.objects.get().opens_at == now - kept / 2


def test_the_catalogue_is_refreshed():
    assert tasks.refresh_catalogue() == len(catalogue.rows()) + MarketDay.objects.count() + Holiday.objects.count()
    assert Holiday.objects.filter(name="Thanksgiving").count() == 4
    assert tasks.refresh_catalogue() == 0
