"""A blank variable counts as unset; a bad one, an unusable folder, an empty database: one sentence and no traceback."""

from __future__ import annotations

import os
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError

from arbion.database_faults import sentence
from arbion.environment import Environment
from arbion.production import close_to_others
from tests.roof.processes import ROOT, bare_environment, manage

env = Environment()


def run(*arguments: str, said: str = "", **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        manage(*arguments),
        env=bare_environment(**given),
        cwd=ROOT,
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X", raising=False)


READERS = {
    "text": lambda: env.text("X", "a"),
    "choice": lambda: env.choice("X", "a", ("a", "b")),
    "yes or no": lambda: env.flag("X", True),
    "whole": lambda: env.whole("X", 5, least=1, most=9),
    "number": lambda: env.number("X", 0.5, least=0.1, most=1),
    "amount": lambda: env.amount("X", "100.50"),
    "rate": lambda: env.rate("X", "5/m"),
    "zone": lambda: env.zone("X", "UTC"),
    "list": lambda: env.words("X", ["a"]),
    "redis": lambda: env.redis("X"),
    "database": lambda: env.database("X", "sqlite:////tmp/x"),
    "mail": lambda: env.mail("X", "consolemail://")["EMAIL_BACKEND"],
}


@pytest.mark.parametrize("kind", READERS)
def test_blank_is_unset(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unset = READERS[kind]()
    for blank in ("", "  "):
        monkeypatch.setenv("X", blank)
        assert READERS[kind]() == unset


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("choice", "b", "b"),
        ("yes or no", "off", False),
        ("yes or no", "TRUE", True),
        ("whole", "9", 9),
        ("number", "1", 1.0),
        ("amount", "1e3", "1000"),
        ("rate", "10/15m", "10/15m"),
        ("zone", "America/New_York", "America/New_York"),
        ("list", "a, b,,", ["a", "b"]),
        ("redis", "unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ("database", "postgres://u:p@h:5432/n", "postgres://u:p@h:5432/n"),
    ],
)
def test_a_good_value_is_read(kind: str, value: str, read: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", value)
    assert READERS[kind]() == read


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("choice", "c"),
        ("yes or no", "maybe"),
        *(("whole", value) for value in ("abc", "0", "10", "-5", "1.5", "²", "9" * 5000)),
        *(("number", value) for value in ("abc", "0", "2", "nan", "inf", "-1")),
        *(("amount", value) for value in ("-5", "0", "lots", "NaN", "Infinity", "1.005", "1e30")),
        *(("rate", value) for value in ("lots", "0/m", "5", "5/y")),
        ("zone", "Mars"),
        ("zone", "../../etc/passwd"),
        *(("redis", value) for value in ("locmem://", "memcached://h", "h:6379")),
        *(("database", value) for value in ("lots", "mysql://h/n", "postgres://u:p@h:port/n")),
        *(("mail", value) for value in ("pigeon://x", "lots")),
    ],
)
def test_a_bad_value_is_refused_by_name(kind: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=r"\AX (is|must) [^\n]{1,150}\.\Z"):
        READERS[kind]()


def test_an_amount_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "0.01")
    assert Decimal(env.amount("X", "1")) == Decimal("0.01")


@pytest.mark.parametrize(
    ("name", "value"), [("RATE_API", "lots"), ("OPENING_CASH", "-5"), ("MAX_TICK_PCT", "x"), ("API_TOKEN_DAYS", "")]
)
def test_the_command_line_says_it_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    result = run("up" if value else "check", ARBION_DATA_DIR=str(tmp_path / "data"), DATABASE_URL="", **{name: value})
    if not value:
        assert (result.returncode, result.stderr) == (0, "")
        return
    assert result.returncode == 1
    assert result.stderr.startswith(f"{name} is '{value}'; it must be ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "data" / "arbion.sqlite3").exists()


@pytest.mark.parametrize("under", ["/proc/nope", "a file"])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, under: str) -> None:
    folder = tmp_path / under  # an absolute path stands for itself
    if under == "a file":
        folder.touch()
    result = run("up", ARBION_DATA_DIR=str(folder))
    assert result.returncode == 1
    assert result.stderr.startswith(str(folder))
    assert result.stderr.endswith("name a folder of your own in ARBION_DATA_DIR.\n")
    assert result.stderr.count("\n") == 1


def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "arbion.lock").mkdir()
    result = run("up", ARBION_DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.startswith(f"{tmp_path}/arbion.lock cannot be used (Is a directory)")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "arbion.sqlite3").exists()


@pytest.mark.parametrize(
    "arguments", [["create_person", "a@example.com"], ["create_token", "a@example.com"], ["check_books"]]
)
def test_a_command_without_tables_says_what_to_run_first(tmp_path: Path, arguments: list[str]) -> None:
    result = run(*arguments, said="correct horse battery\n", ARBION_DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == "The database has no tables yet: run `make run` or `manage.py setup` first.\n"


def test_a_database_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    silent = f"sqlite:///{tmp_path}/none/here.sqlite3"
    result = run("check_books", ARBION_DATA_DIR=str(tmp_path), DATABASE_URL=silent)
    assert result.returncode == 1
    assert result.stderr == "The database does not answer (unable to open database file): see DATABASE_URL.\n"


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("no such column: x"), ProgrammingError("syntax error")])
def test_a_fault_of_ours_stays_one(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arbion.database_faults.connection.close", lambda: None)
    assert sentence(error) == ""


def test_a_folder_and_its_files_are_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    ours = [tmp_path / "arbion.sqlite3", tmp_path / "arbion.sqlite3-wal", tmp_path / "secrets" / "one"]
    other = tmp_path / "notes.txt"
    for path in [*ours, other]:
        path.touch()
        path.chmod(0o644)
    tmp_path.chmod(0o755)
    close_to_others(tmp_path)
    assert [oct(path.stat().st_mode & 0o7777) for path in [tmp_path, *ours]] == ["0o700", *["0o600"] * 3]
    assert oct(other.stat().st_mode & 0o7777) == "0o644"


def test_a_folder_of_everybody_stays_open(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    close_to_others(tmp_path)
    assert oct(tmp_path.stat().st_mode & 0o7777) == "0o1777"
    assert os.access(tmp_path, os.W_OK)


def test_a_folder_of_its_own_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, work = tmp_path / "data", tmp_path / "work"
    for path in (data / "inner", work):
        path.mkdir(parents=True)
    (tmp_path / "way").symlink_to(work)
    for given, found in (("", ""), (str(work), str(work)), (str(tmp_path / "way"), str(work))):
        monkeypatch.setenv("X", given)
        assert env.folder("X", "", apart_from=data) == found


@pytest.mark.parametrize(
    "given", ["/", "{0}/data", "{0}/data/inner", "{0}", "{0}/nowhere", "{0}/file", "work", "{0}/way"]
)
def test_a_folder_that_is_none_or_holds_our_data_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (tmp_path / "data" / "inner").mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "way").symlink_to(tmp_path / "data")
    monkeypatch.setenv("X", given.format(tmp_path))
    with pytest.raises(ImproperlyConfigured, match="X is"):
        env.folder("X", "", apart_from=tmp_path / "data")
