"""Every setting is written down in .env.example, and nothing else is."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _read_by_settings() -> dict[str, ast.Call]:
    tree = ast.parse((ROOT / "arbion" / "settings.py").read_text(encoding="utf-8"))
    return {
        call.args[0].value: call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def _example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(found.groups() for line in lines if (found := re.fullmatch(r"# ([A-Z][A-Z_]+)=(.*)", line)))


def test_the_example_names_what_settings_and_tests_read() -> None:
    assert set(_example()) == set(_read_by_settings()) | {"TEST_REDIS_URL"}


def test_every_variable_of_the_example_says_what_it_is_for() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.fullmatch(r"# [A-Z][A-Z_]+=.*", line):
            assert before.startswith("# "), line


def test_plain_defaults_are_those_of_the_settings() -> None:
    example = _example()
    for name, call in _read_by_settings().items():
        values = [*call.args[1:], *(word.value for word in call.keywords if word.arg == "default")]
        if values and isinstance(values[0], ast.Constant) and values[0].value != "":
            assert example[name] == str(values[0].value), name


def test_the_example_sets_nothing_by_itself() -> None:
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        assert not line or line.startswith("#"), line
