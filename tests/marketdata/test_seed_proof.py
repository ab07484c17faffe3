"""The seed proof tells equal markets from different ones."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from arbion.proofs import seed
from arbion.proofs.claims import CLAIMS, module_of

RUN: dict[str, Any] = {
    "database": "SQLite", "seed": 1, "ticks": 9, "instruments": 2, "quotes": 2, "candles": 4, "quotes_hash": "q",
    "candles_hash": "c", "pasts_hash": "p", "seconds": 0.1,
}  # fmt: skip
OTHER = RUN | {"seed": 2, "quotes_hash": "Q", "candles_hash": "C", "pasts_hash": "P"}


def test_the_claim_has_its_proof() -> None:
    assert "seed" in CLAIMS
    assert module_of("seed") is seed


def test_equal_markets_of_one_seed_are_clean() -> None:
    found = seed.compare(1, [RUN, RUN, RUN | {"database": "PostgreSQL"}], OTHER)
    assert found.is_clean
    assert found.as_json()["verdict"] == "clean"
    assert "equal seeds gave equal markets" in found.words()


@pytest.mark.parametrize("name", seed.HASHES)
def test_one_difference_is_enough(name: str) -> None:
    assert not seed.compare(1, [RUN, RUN, RUN | {name: "x"}], OTHER).is_clean
    assert not seed.compare(1, [RUN, RUN], OTHER | {name: RUN[name]}).is_clean


def test_a_run_that_failed_is_no_proof() -> None:
    found = seed.compare(1, [RUN, {"error": "too slow"}], OTHER)
    assert (found.is_clean, found.faults) == (False, ["too slow"])


@pytest.mark.django_db
def test_a_market_is_the_same_the_second_time(monkeypatch) -> None:
    monkeypatch.setattr(seed, "INSTRUMENTS", 12)
    monkeypatch.setattr(seed, "PASTS", 2)
    found = []
    for number in (3, 3, 4):
        with transaction.atomic():
            found.append(seed.prove(trials=30, seed=number).as_json() | {"seconds": 0})
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert seed.compare(3, found[:2], found[2]).is_clean
