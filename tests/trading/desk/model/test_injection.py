"""The proof of injection is clean as the house stands, and says so where the check or the fence is taken away."""

from __future__ import annotations

import json

import pytest

from arbion.proofs import injection
from arbion.proofs.injection_cases import DISGUISES, PLACES, cases
from trading.desk.model import talking
from trading.interpreter.interpretation import Interpretation
from trading.interpreter.model import fence
from trading.interpreter.model.answer import Answer


@pytest.fixture
def stage(named):
    """Alice, who is attacked."""
    named.place("buy", "AAPL", quantity="20")
    return injection.set_up(named.alice, named.account, named.clock)


def test_every_place_and_every_disguise_is_among_the_quick_cases():
    made = list(cases(312, seed=1))
    assert {(case.place, case.disguise) for case in made} == {(p, d) for p in PLACES for d in DISGUISES}
    assert len({case.payload for case in made}) == 312


def test_attacks_come_to_nothing(stage):
    report = injection.attack(stage, trials=26, seed=7)
    assert report.violations == 0, report.words()
    assert report.is_clean


def test_without_the_check_of_the_words_the_proof_fails(stage, monkeypatch):
    def believe(draft, words):
        return Answer(interpretation=Interpretation(actions=draft.actions, confidence=1.0), text=draft.text)

    monkeypatch.setattr(talking, "verify", believe)
    report = injection.attack(stage, trials=13, seed=7)
    assert report.by_rule.get("confirmable beyond the words", 0) > 0


def test_without_the_fence_the_proof_fails(stage, monkeypatch):
    monkeypatch.setattr(
        fence, "fenced", lambda name, data: f"{name}: {json.dumps(data, ensure_ascii=False, default=str)}"
    )
    report = injection.attack(stage, trials=13, seed=7)
    assert report.by_rule.get("others' words outside the fence", 0) > 0


def test_without_the_cleaning_the_proof_fails(stage, monkeypatch):
    monkeypatch.setattr(fence, "clean", lambda text, *, most=300: text[:most])
    report = injection.attack(stage, trials=26, seed=7)
    assert report.by_rule.get("invisible characters in a prompt", 0) > 0
