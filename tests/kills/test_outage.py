"""The proof of outages in its quick size: one installation, and Redis, beat and the model gone at once."""

from __future__ import annotations

import os

import pytest

from arbion.management.commands.prove import _databases
from arbion.proofs import outage, sandbox
from arbion.proofs.claims import CLAIMS
from arbion.proofs.outage import Report
from tests.kills.test_proofs import prove

pytestmark = pytest.mark.kill


@pytest.mark.postgres
@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="no Redis on this machine")
def test_with_all_three_gone_stops_halts_and_reconciliation_act():
    (report,) = prove("outage", "--quick", "--seed", "1")
    assert (report["verdict"], report["wrong"], report["details"]) == ("clean", 0, [])
    assert (report["database"], report["trials"], report["outages"]) == ("PostgreSQL", 1, {"all three": 1})
    assert (report["exits"], report["halts"], report["breaks_found"]) == (1, 2, 1)


def test_without_postgres_nothing_is_proven(monkeypatch):
    monkeypatch.setattr(sandbox, "postgres_url", lambda: "")
    with pytest.raises(Exception, match="PostgreSQL does not answer"):
        _databases(CLAIMS["outage"], quick=True)


@pytest.mark.parametrize("lacking", ["trials", "exits", "halts", "breaks_found"])
def test_whoever_did_not_act_spoils_the_verdict(lacking):
    whole = {"trials": 1, "exits": 1, "halts": 2, "breaks_found": 1}
    assert Report(database="PostgreSQL", seed=1, **whole).is_clean
    assert not Report(database="PostgreSQL", seed=1, **{**whole, lacking: 0}).is_clean


def test_what_took_too_long_is_a_fault():
    report = Report(database="PostgreSQL", seed=1)
    report.slowest("exit_seconds", 1.0, outage.EXIT_SECONDS_MAX, "the exit")
    assert report.details == []
    report.slowest("exit_seconds", 6.0, outage.EXIT_SECONDS_MAX, "the exit")
    assert (report.exit_seconds, len(report.details)) == (6.0, 1)


def test_all_at_once_comes_first_and_every_outage_has_a_name():
    assert outage.OUTAGES[0] == {outage.REDIS, outage.BEAT, outage.MODEL}
    assert set(outage.NAMES.values()) == {"all three", outage.REDIS, outage.BEAT, outage.MODEL}
