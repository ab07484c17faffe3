"""SIGKILL between any two steps of the road: nothing is lost, nothing is doubled, and a broken road is noticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from arbion.proofs import sandbox
from arbion.proofs.crash import MOMENTS, choose
from arbion.proofs.scenes import SCENES

TRIALS = 150


def prove(*arguments: str, **environment: str) -> dict[str, Any]:
    """What the command answers."""
    done = subprocess.run(
        [sys.executable, "manage.py", "prove", "crash", "--json", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=570,
    )
    report: dict[str, Any] = json.loads(done.stdout[: done.stdout.rindex("}") + 1])
    assert (done.returncode == 0) == (report["verdict"] == "clean"), done.stderr
    return report


def assert_clean(report: dict[str, Any], trials: int) -> None:
    assert (report["lost"], report["doubled"], report["wrong"], report["details"]) == (0, 0, 0, []), report
    assert (report["trials"], report["killed"]) == (trials, trials)
    assert report["verdict"] == "clean"


@pytest.mark.kill
def test_many_kills_lose_and_double_nothing() -> None:
    report = prove("--quick", "--trials", str(TRIALS))
    assert_clean(report, TRIALS)
    assert set(report["scenes"]) == {scene.name for scene in SCENES}
    assert report["boundaries_hit"] >= min(report["boundaries_known"], TRIALS - TRIALS // MOMENTS - 1)


@pytest.mark.postgres
def test_kills_lose_and_double_nothing_on_postgres() -> None:
    url = os.environ.get("TEST_DATABASE_URL", "")
    with sandbox.database(url) as made:
        report = _prove_on(made, url)
    assert report["database"] == "PostgreSQL"
    assert_clean(report, 40)


def _prove_on(made: str, url: str) -> dict[str, Any]:
    """The inner run of the command, on a database that was made for it."""
    place = settings.DATA_DIR / "kills"
    place.mkdir(exist_ok=True)
    inside = {sandbox.MARK: str(place), sandbox.SERVER: url, "DATABASE_URL": made, "ARBION_DATA_DIR": str(place)}
    quiet = {"AFTER_COMMIT": "at_once", "LOG_LEVEL": "CRITICAL", "REDIS_URL": "", "EMAIL_URL": "dummymail://"}
    return prove("--trials", "40", **inside, **quiet, MARKET_ALWAYS_OPEN="true")


@pytest.mark.kill
@pytest.mark.parametrize("what", ["no transaction", "no recovery"])
def test_the_proof_notices_a_broken_road(what: str) -> None:
    program = Path(__file__).with_name("sabotage.py")
    assert sandbox.run([what], url="", seconds_max=280, program=program) == 0


def test_every_boundary_comes_once_before_any_comes_twice() -> None:
    chosen = choose(100, 5, {0: 30, 1: 15})
    cuts = [(trial.scene, trial.boundary) for trial in chosen if trial.boundary]
    assert len(cuts) == 100 - 100 // MOMENTS
    assert len(set(cuts[:45])) == 45
    assert [trial.boundary for trial in chosen if not trial.boundary] == [0] * (100 // MOMENTS)
    assert choose(100, 5, {0: 30, 1: 15}) == chosen
    assert choose(100, 6, {0: 30, 1: 15}) != chosen


def test_sandbox_hands_over_neither_data_nor_secrets(tmp_path: Path) -> None:
    program = tmp_path / "look.py"
    program.write_text(
        "import os, sys\n"
        "home = os.environ['ARBION_SANDBOX']\n"
        "mine = os.environ['ARBION_DATA_DIR'] == home and home in os.environ['DATABASE_URL']\n"
        "bare = not {'SESSION_SECRET', 'ENCRYPTION_KEY', 'CANARY'} & set(os.environ)\n"
        "sys.exit(0 if mine and bare and os.environ['REDIS_URL'] == '' else 1)\n",
        encoding="utf-8",
    )
    os.environ["CANARY"] = "x"
    try:
        assert sandbox.run([], url="", seconds_max=30, program=program) == 0
    finally:
        del os.environ["CANARY"]
