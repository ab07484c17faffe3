"""How a sentence of the corpus is judged: exactly these actions, a question, or nothing that trades."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from marketdata.catalogue import rows
from marketdata.names import NameIndex
from trading.interpreter import Context, Interpretation, interpret

CORPUS = Path(__file__).parent / "corpus"
AS_OF = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@cache
def index() -> NameIndex:
    """The catalogue's names, built once for all tests."""
    return NameIndex.build(rows())


def read(text: str, *, context: Context | None = None, as_of: datetime = AS_OF) -> Interpretation:
    """What the interpreter makes of a sentence."""
    return interpret(text, index=index(), as_of=as_of, context=context)


def said(value: Any) -> Any:
    """A value without what was not said: nulls, empty lists, spans."""
    if isinstance(value, dict):
        return {key: said(item) for key, item in value.items() if item not in (None, [], {}) and key != "spans"}
    return [said(item) for item in value] if isinstance(value, list) else value


def actions_of(found: Interpretation) -> list[dict[str, Any]]:
    """The actions as the corpus writes them."""
    return [said(action.to_dict()) for action in found.actions]


def acts(found: Interpretation) -> list[dict[str, Any]]:
    """The actions that would trade, cancel or change something as they stand."""
    return [said(action.to_dict()) for action in found.actions if action.TRADES and not action.missing]


def load(name: str) -> list[dict[str, Any]]:
    """The rows of one file of the corpus."""
    return [json.loads(line) for line in (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() if line]


def names() -> list[str]:
    """The files of the corpus."""
    return sorted(path.stem for path in CORPUS.glob("*.jsonl"))


def check(text: str, expect: dict[str, Any]) -> None:
    """Assert that a sentence is read as expected."""
    found = read(text)
    if "actions" in expect:
        assert actions_of(found) == expect["actions"], text
        assert found.question is None, text
        return
    assert acts(found) == [], text
    if expect.get("ask"):
        assert found.question, text
