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
        (("buy", "--as-of", "soon"), "", 1),
    ],
)
def test_bad_input_says_so_and_prints_nothing(
    args: tuple[str, ...], lines: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*args, lines=lines, monkeypatch=monkeypatch)
    assert refused.value.returncode == code


def test_a_broken_line_is_answered_with_its_error_and_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        b'{"id": 1, "text": "buy 10 apple"}',
        b"not json",
        b"",
        b"[1]",
        b'{"id": 2, "text": "\xff"}',
        b'{"id": 3, "text": 5}',
        b'{"id": 4, "text": "buy", "as_of": "soon"}',
        b"[" * 100_000,
        b'{"id": 5, "text": "sell 10 apple"}',
    ]
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(lines)), encoding="utf-8"))
    with pytest.raises(CommandError) as refused:
        call_command("interpret", "--jsonl", stdout=out)
    assert refused.value.returncode == 1
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(row["id"], row.get("error", {}).get("code"), row.get("error", {}).get("line")) for row in answers] == [
        (1, None, None),
        (None, "invalid_json", 2),
        (None, "invalid_json", 4),
        (None, "invalid_json", 5),
        (3, "invalid_text", 6),
        (4, "invalid_moment", 7),
        (None, "invalid_json", 8),
        (5, None, None),
    ]
    sides = [row["interpretation"]["actions"][0]["order"]["side"] for row in (answers[0], answers[-1])]
    assert sides == ["buy", "sell"]


def test_a_moment_without_an_offset_is_utc() -> None:
    found = json.loads(run("buy 1 AAPL 200 call expiring tomorrow", "--as-of", "2026-11-19T15:00:00"))
    assert found["actions"][0]["order"]["option"]["expiration"] == "2026-11-20"
