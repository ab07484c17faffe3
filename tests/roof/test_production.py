"""Production starts properly dressed or not at all, and says what is missing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from arbion.production import embedded_secret

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "ARBION_MODE": "production",
    "SESSION_SECRET": "q8Zk2vR4nT6yB1mX9cL3wS5dF7gH0jKa",
    "ENCRYPTION_KEY": "Wn3pE6rU9iO2lK5jH8gF1dS4aQ7zX0cV",
    "ENCRYPTION_SALT": "b7Nm4vC1xZ8lK5jH2gF9dS6aP3oI0uYt",
    "ALLOWED_HOSTS": "trade.test",
    "PUBLIC_URL": "https://trade.test",
    "DATABASE_URL": "postgres://arbion:pw@127.0.0.1:1/arbion",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def start(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, **GOOD, "ARBION_DATA_DIR": str(tmp_path), **changes}
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); from django.conf import settings; settings.DEBUG"],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value != "<absent>"}
        | {"DJANGO_SETTINGS_MODULE": "arbion.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_properly_dressed_production_starts(tmp_path: Path) -> None:
    result = start(tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        *(
            ({name: "<absent>"}, f"{name} is missing")
            for name in ("SESSION_SECRET", "ENCRYPTION_KEY", "ENCRYPTION_SALT")
        ),
        *(({name: ""}, f"{name} is missing") for name in ("SESSION_SECRET", "ENCRYPTION_KEY", "ENCRYPTION_SALT")),
        *(
            ({name: "change-me-change-me-change-me-change-me"}, f"{name} is a sample value")
            for name in ("SESSION_SECRET", "ENCRYPTION_KEY", "ENCRYPTION_SALT")
        ),
        *(
            ({name: "q8Zk2vR4nT6yB1mX"}, f"{name} is shorter than 32 characters")
            for name in ("SESSION_SECRET", "ENCRYPTION_KEY", "ENCRYPTION_SALT")
        ),
        ({"ENCRYPTION_KEY": "a" * 40}, "ENCRYPTION_KEY has fewer than 12 different characters"),
        ({"ENCRYPTION_KEY": "a" * 37 + "1Xz"}, "ENCRYPTION_KEY has fewer than 12 different characters"),
        ({"ENCRYPTION_SALT": GOOD["ENCRYPTION_KEY"]}, "ENCRYPTION_KEY and ENCRYPTION_SALT are the same"),
        ({"DEBUG": "True"}, "DEBUG is on"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS is empty or holds a wildcard"),
        ({"ALLOWED_HOSTS": "trade.test,*"}, "ALLOWED_HOSTS is empty or holds a wildcard"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty or holds a wildcard"),
        ({"DATABASE_URL": "sqlite:////tmp/db.sqlite3"}, "DATABASE_URL is not PostgreSQL"),
        ({"DATABASE_URL": "<absent>"}, "DATABASE_URL is not PostgreSQL"),
        ({"DATABASE_URL": "postgres://postgres:postgres@db/arbion"}, "DATABASE_URL holds a default password"),
        ({"REDIS_URL": "<absent>"}, "REDIS_URL is missing"),
        ({"REDIS_URL": ""}, "REDIS_URL is missing"),
        ({"REDIS_URL": "locmem://"}, "REDIS_URL must begin with redis://, rediss:// or unix://"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not PostgreSQL"),
        ({"ARBION_MODE": "prodution"}, "ARBION_MODE is 'prodution'"),
    ],
)
def test_production_refuses(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    result = start(tmp_path, **changes)
    assert result.returncode != 0
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_names_everything_and_no_secret(tmp_path: Path) -> None:
    result = start(tmp_path, ENCRYPTION_KEY="", DEBUG="True", REDIS_URL="")
    assert all(said in result.stderr for said in ("ENCRYPTION_KEY is missing", "DEBUG is on", "REDIS_URL is missing"))
    assert GOOD["SESSION_SECRET"] not in result.stderr


def test_embedded_mode_makes_its_own_secrets_for_its_owner_alone(tmp_path: Path) -> None:
    absent = dict.fromkeys([name for name in GOOD if name != "ARBION_MODE"], "<absent>")
    assert start(tmp_path, ARBION_MODE="embedded", **absent).returncode == 0
    secrets = sorted((tmp_path / "secrets").iterdir())
    assert [path.name for path in secrets] == ["encryption_key", "encryption_salt", "session_secret", "vapid_secret"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert len({path.read_text() for path in secrets}) == 4
    assert min(len(path.read_text()) for path in secrets) >= 32


def test_an_embedded_secret_is_made_once(tmp_path: Path) -> None:
    first = embedded_secret(tmp_path, "one")
    assert embedded_secret(tmp_path, "one") == first
    assert embedded_secret(tmp_path, "another") != first
