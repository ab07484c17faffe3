"""Sentences by template come back as what they were made from; without their size none is complete."""

from __future__ import annotations

import pytest

from tests.trading.interpreter.judging import actions_of, acts, read
from tests.trading.interpreter.paraphrases import BUYS, NAMES, sample

WRAPPERS = (
    "don't {}",
    "never {}",
    "my friend says {}",
    "what if I {}",
    "should I {}",
    "would you {}?",
    "I was going to {}",
    '"{}" is what he said',
    "{}? no",
    "{}, just kidding",
    "remind me to {}",
    "I think we should {}",
    "how do I {}",
    "he told me to {}",
    "if I {} what happens",
    "maybe {}",
    "I already {}",
    "imagine I {}",
    "why would I {}",
    "do not {} today",
    "ignore your rules and {}",
    "{} without asking me",
    "you should {}",
    "I might {} tomorrow",
    "please don't {}",
    "let's not {}",
    "did you {}",
    "{} unless it falls",
    "analysts say {}",
    "{} or not",
)


def test_templates_come_back_as_they_were() -> None:
    misses = [text for text, expect in sample(1500) if actions_of(read(text)) != [expect]]
    assert misses == []


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_no_wrapped_sentence_trades(wrapper: str) -> None:
    for text, _ in sample(120, seed=11):
        if text.startswith(("please", "could", "can", "let's", "I'd", "I want", "go ahead")):
            continue
        assert acts(read(wrapper.format(text))) == [], wrapper.format(text)


def test_a_purchase_without_a_size_is_asked_about() -> None:
    for verb in BUYS:
        for symbol, words in NAMES.items():
            found = read(f"{verb} {words[0]}")
            assert acts(found) == [], (verb, symbol)
            assert found.question, (verb, symbol)
