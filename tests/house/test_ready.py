"""The house is always ready to ship: migrations written, production settings safe, locks that name no host."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.house.sources import ROOT

HOSTS = ("http://", "https://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host")


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def production(folder: Path) -> dict[str, str]:
    """What a careful operator sets; nothing here is dialled."""
    return {
        "PATH": os.environ["PATH"],
        "ARBION_MODE": "production",
        "ARBION_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "arbion.settings",
        "DATABASE_URL": f"postgres://arbion:{secrets.token_hex(8)}@127.0.0.1:1/arbion",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SESSION_SECRET": secrets.token_urlsafe(64),
        "ENCRYPTION_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_SALT": secrets.token_urlsafe(32),
        "ALLOWED_HOSTS": "desk.example.com",
        "PUBLIC_URL": "https://desk.example.com",
    }


def test_production_settings_pass_the_deployment_checks(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=production(tmp_path), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), done.stderr


@pytest.mark.parametrize("lock", sorted(path.name for path in (ROOT / "requirements").glob("*.txt")))
def test_python_locks_pin_hashes_and_name_no_host(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert [word for word in HOSTS if word in text] == []
    pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#", "-"))]
    assert pinned
    assert [line for line in pinned if "==" not in line] == []
    assert text.count("--hash=sha256:") >= len(pinned)


def test_node_lock_pins_hashes_and_names_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in text
    assert '"resolved"' not in text
