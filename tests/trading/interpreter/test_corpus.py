"""The hand-written sentences, and the practice corpus where it lies beside the project."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.trading.interpreter.judging import acts, check, load, names, read

PRACTICE = Path(__file__).resolve().parents[4] / "shared" / "nl" / "examples.jsonl"
PLAIN_INSTRUCTIONS = {
    "can you buy 10 apple",
    "could you buy 10 apple?",
    "buy 10 toyota",
    "buy 10 aapl, buy 10 aapl",
    "bUy 10 aPpLe",
    "sure, buy 10 apple",
    "yeah sure go buy 10 apple",
    "\uff42\uff55\uff59 10 apple",
    "buy \uff11\uff10 apple",
}
ROWS = [(name, row) for name in names() for row in load(name)]


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    texts = [row["text"] for _, row in ROWS]
    assert len(texts) >= 500
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("row", [row for _, row in ROWS], ids=[f"{name}: {row['text'][:60]}" for name, row in ROWS])
def test_sentence_is_read_as_written_down(row: dict[str, Any]) -> None:
    check(row["text"], row["expect"])


def same(want: Any, got: Any) -> bool:
    """Whether everything wanted is there; what is not wanted by name may be anything."""
    if isinstance(want, dict):
        return isinstance(got, dict) and all(same(want[key], got.get(key)) for key in want)
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(map(same, want, got))
    return want == got or (want is None and got in ([], {}))


@pytest.mark.skipif(not PRACTICE.exists(), reason="the practice corpus is not beside the project")
def test_practice_corpus_without_a_miss() -> None:
    for line in PRACTICE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = read(row["text"], as_of=datetime.fromisoformat(row["as_of"]))
        if "actions" in row["expect"]:
            got = [action.to_dict() for action in found.actions]
            assert same(row["expect"]["actions"], got), row["text"]
        else:
            assert acts(found) == [], row["text"]
            assert found.question or "ask" not in row["expect"], row["text"]


@pytest.mark.parametrize("name", ["not_instructions", "hostile"])
def test_hardly_anything_in_the_hostile_files_trades(name: str) -> None:
    trading = [row["text"] for row in load(name) if "actions" in row["expect"] and acts(read(row["text"]))]
    assert set(trading) <= PLAIN_INSTRUCTIONS
