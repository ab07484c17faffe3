"""The proofs in their quick size: the command says its seed, its counts and its verdict, and all of them are clean."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.kill


def prove(*arguments: str) -> list[dict]:
    """What the command answers, one report a database."""
    done = subprocess.run(
        [sys.executable, "manage.py", "prove", *arguments, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    decoder, text, reports = json.JSONDecoder(), done.stdout.strip(), []
    while text:
        report, end = decoder.raw_decode(text)
        reports.append(report)
        text = text[end:].strip()
    return reports


def test_random_lives_leave_books_without_a_fault():
    for report in prove("books", "--quick", "--seed", "11"):
        assert (report["verdict"], report["violations"], report["seed"]) == ("clean", 0, 11)
        assert report["lives"] >= 50
        assert report["looked_at"]["fills"] > 0


def test_sixteen_processes_are_exact():
    for report in prove("race", "--quick", "--seed", "5"):
        assert (report["verdict"], report["processes"], report["attempts"]) == ("clean", 16, 160)
        assert any(name.startswith("oversell: filled") for name in report["outcomes"])


def test_every_planted_bug_is_caught():
    (report,) = prove("mutants", "--quick", "--seed", "1")
    assert report["verdict"] == "clean"
    assert report["caught"] == report["mutants"] >= 20


def test_every_breach_has_its_exit_and_no_wild_tick_has_one():
    for report in prove("stops", "--quick", "--seed", "1"):
        assert (report["verdict"], report["wrong"], report["scenes"]) == ("clean", 0, 40)
        assert report["breaches"] == report["exits"] >= 20
        assert report["slowest_seconds"] <= 2
        assert report["happenings"]["wild ticks"] > 50


def test_of_three_monitors_one_acts_though_it_is_struck():
    """No gap is judged here: how long one takes is the machine's, that nothing is done twice is the code's."""
    for report in lease(trials=3, seed=4):
        assert (report["candidates"], report["kills"] + report["freezes"], report["exits"]) == (3, 3, 3), report
        assert (report["doubled"], report["stale_writes"], report["wrong"]) == (0, 0, 0), report


def lease(*, trials: int, seed: int) -> list[dict]:
    """What the proof of the lease answers on SQLite, whether its gaps were short enough or not."""
    answer = subprocess.run(
        [sys.executable, "manage.py", "prove", "lease", "--quick", f"--trials={trials}", f"--seed={seed}", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.stdout.startswith("{"), answer.stderr[-3000:]
    return [json.JSONDecoder().raw_decode(answer.stdout)[0]]
