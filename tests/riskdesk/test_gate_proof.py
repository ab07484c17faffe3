"""The gate proof itself: it sees what every rule reads, and a way around the gate is noticed."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from arbion.domain.enums import Side
from arbion.proofs import gate_structure
from arbion.proofs.claims import CLAIMS, module_of
from arbion.proofs.gate import KINDS, Report
from arbion.proofs.gate_faults import faults_of, reads
from riskdesk import gate
from riskdesk.rules import pace, shares, size
from riskdesk.rules.base import passed
from tests.riskdesk.pictures import GOOD, D, limited

ROOMY = limited(
    instrument_percent=D(100), sector_percent=D(100), equity_percent=D(100), trades_per_day=D(9), order_units=D(99),
    duplicate_seconds=D(1), losing_streak=D(9), entry_needs_stop=D(1),
)  # fmt: skip
PICTURE = replace(GOOD, limits=ROOMY, has_stop=True)


@pytest.mark.parametrize(
    ("rule", "figures"),
    [
        (size.order_value_within_limit, {"quantity", "price", "multiplier", "limits.order_value_usd"}),
        (pace.drawdown_within_limit, {"equity", "equity_peak", "limits.drawdown_percent"}),
        (pace.not_a_duplicate, {"duplicates", "limits.duplicate_seconds"}),
        (shares.leverage_within_limit,
         {"gross_value", "equity", "quantity", "price", "multiplier", "limits.leverage"}),
    ],
)  # fmt: skip
def test_what_a_rule_reads_is_seen(rule, figures):
    assert reads(rule, PICTURE) == figures


def test_every_rule_meets_every_kind_of_fault():
    faults = list(faults_of(PICTURE, random.Random(1), is_at_market=True))
    faults += faults_of(replace(PICTURE, limit_price=Decimal(190)), random.Random(1), is_at_market=False)
    for rule in gate.RULES:
        kinds = {fault.kind for fault in faults if fault.rule == rule.__name__}
        assert kinds == set(KINDS), rule.__name__


def test_a_rule_that_lets_a_gap_pass_is_found_out():
    def careless(snapshot):
        return passed("careless") if not snapshot.halts else None

    assert reads(careless, PICTURE) == {"halts"}
    assert careless(replace(PICTURE, halts=None)).passed
    assert gate.review(replace(PICTURE, halts=None)).is_approved is False


def test_a_proof_without_a_round_proves_nothing():
    assert not Report(database="SQLite", seed=1, rules=29).is_clean
    assert CLAIMS["gate"].quick_trials == 1
    assert module_of("gate").prove


def test_only_execution_may_open_a_venue(tmp_path):
    assert gate_structure.only_execution_opens_a_venue(None) == []
    for text in ("import brokers.registry", "from brokers import registry", "from brokers.registry import connect"):
        path = tmp_path / "stranger.py"
        path.write_text(text)
        assert gate_structure._imports_registry(path)
    path.write_text("from brokers import rules")
    assert not gate_structure._imports_registry(path)


def test_the_side_of_a_watched_picture_is_no_figure():
    assert "side" not in reads(lambda picture: picture.side is Side.BUY, PICTURE)
