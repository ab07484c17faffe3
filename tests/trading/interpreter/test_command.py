"""manage.py interpret: one sentence, many lines, and what it says of bad input."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError


def run(*args: str, lines: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    out = io.StringIO()
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    call_command("interpret", *args, stdout=out)
    return out.getvalue()


def test_one_sentence_prints_one_interpretation() -> None:
    found = json.loads(run("buy 10 apple"))
    assert set(found) == {"actions", "question", "confidence", "explanation"}
    assert found["actions"][0]["order"]["symbol"] == "AAPL"
    assert found["question"] is None


def test_lines_are_answered_in_their_sequence_against_their_own_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "buy 1 AAPL 200 call expiring tomorrow"
    rows = [
        {"id": "a", "text": text, "as_of": "2026-11-19T15:00:00Z"},
        {"id": 2, "text": text, "as_of": "2026-12-17T15:00:00Z"},
        {"id": None, "text": "hello"},
    ]
    lines = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    answers = [json.loads(line) for line in run("--jsonl", lines=lines, monkeypatch=monkeypatch).splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2, None]
    days = [answer["interpretation"]["actions"][0]["order"]["option"]["expiration"] for answer in answers[:2]]
    assert days == ["2026-11-20", "2026-12-18"]


@pytest.mark.parametrize(
    ("args", "lines", "code"),
    [
        ((), "", 2),
        (("buy", "--jsonl"), "", 2),
        (("--jsonl",), "not json", 1),
        (("--jsonl",), "[1]", 1),
        (("--jsonl",), '{"text": 5}', 1),
        (("--jsonl",), '{"text": "buy", "as_of": "soon"}', 1),
        (("buy", "--as-of", "soon"), "", 1),
    ],
)
def test_bad_input_says_so_and_prints_nothing(
    args: tuple[str, ...], lines: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*args, lines=lines, monkeypatch=monkeypatch)
    assert refused.value.returncode == code


def test_a_moment_without_an_offset_is_utc() -> None:
    found = json.loads(run("buy 1 AAPL 200 call expiring tomorrow", "--as-of", "2026-11-19T15:00:00"))
    assert found["actions"][0]["order"]["option"]["expiration"] == "2026-11-20"
