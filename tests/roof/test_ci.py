"""The whole check says of every leg how long it took, and fails when one fails."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.roof.processes import ROOT, bare_environment

PYTHON = """#!/usr/bin/env bash
case "$*" in
  "-m tests.services") echo "TEST_DATABASE_URL=$DATABASE TEST_REDIS_URL=" ;;
  "-m tests.services --names") echo "PostgreSQL at x" ;;
  *)
    which=${ARBION_TESTS_OF_DATABASE:-all}
    echo "ran: $which ${TEST_DATABASE_URL:-none} $*"
    [ "$which" != "$BROKEN" ] ;;
esac
"""


def check(folder: Path, *, database: str = "postgres://x", broken: str = "", lint: str = "true") -> tuple[int, str]:
    """Run `.ci/test` in a house whose tools only say that they were called."""
    for name, text in (("lint", f"#!/usr/bin/env bash\n{lint}\n"), ("python", PYTHON)):
        path = folder / (".ci" if name == "lint" else ".venv/bin") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    shutil.copy(ROOT / ".ci" / "test", folder / ".ci" / "test")
    done = subprocess.run(
        [folder / ".ci" / "test"],
        env=bare_environment(DATABASE=database, BROKEN=broken),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, re.sub(r"\d+ s\b", "N s", done.stdout)


def test_every_leg_says_how_long_it_took(tmp_path: Path) -> None:
    code, said = check(tmp_path)
    assert code == 0
    assert re.findall(r"^── (.*) passed after N s$", said, re.MULTILINE) == [
        "Style, types, layers",
        "Tests on SQLite",
        "Tests in a browser",
        "Tests on PostgreSQL at x",
    ]
    assert said.endswith("All of it took N s.\n")


def test_postgres_runs_only_what_asks_a_database(tmp_path: Path) -> None:
    _, said = check(tmp_path)
    assert re.findall(r"ran: (\w+) (\S+) .* -m (.*)$", said, re.MULTILINE) == [
        ("all", "none", "not postgres and not browser"),
        ("all", "none", "browser"),
        ("1", "postgres://x", "not browser and not kill"),
    ]


@pytest.mark.parametrize(
    ("broken", "failed"),
    [("all", ["Tests on SQLite", "Tests in a browser"]), ("1", ["Tests on PostgreSQL at x"])],
)
def test_one_failed_leg_fails_the_check_and_the_others_still_run(
    tmp_path: Path, broken: str, failed: list[str]
) -> None:
    code, said = check(tmp_path, broken=broken)
    assert code == 1
    assert said.count("ran: ") == 3
    assert re.findall(r"^── (.*) FAILED after N s$", said, re.MULTILINE) == failed


def test_what_is_badly_written_is_not_tested(tmp_path: Path) -> None:
    code, said = check(tmp_path, lint="exit 3")
    assert code == 1
    assert "ran: " not in said


def test_without_postgres_it_says_what_did_not_run(tmp_path: Path) -> None:
    code, said = check(tmp_path, database="")
    assert code == 0
    assert said.count("ran: ") == 2
    assert "PostgreSQL does not answer" in said
