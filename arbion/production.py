"""What production refuses to start with, and the secrets that embedded mode makes for itself."""

from __future__ import annotations

import os
import secrets as chance
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

SAMPLE_WORDS = ("change", "sample", "example", "secret-key", "insecure", "replace", "your-")
SECRET_LENGTH_MIN = 32
DEFAULT_PASSWORDS = ("postgres", "password", "arbion", "admin", "root", "secret", "changeme")
MODES = ("embedded", "production")


def known_mode(mode: str) -> str:
    """The mode, if it is one: a misspelt one must not quietly become another."""
    if mode not in MODES:
        raise ImproperlyConfigured(f"ARBION_MODE is {mode!r}; it must be {' or '.join(MODES)}.")
    return mode


def embedded_secret(folder: Path, name: str) -> str:
    """The installation's own secret, made on first use in a file that only its owner reads (0600)."""
    path = folder / "secrets" / name
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
    # Written whole under another name and linked into place: of two first starts exactly one wins and both read it.
    draft = path.with_name(f".{name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(chance.token_urlsafe(48))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii")


def refuse_unsafe_production(
    *, debug: bool, hosts: list[str], database_url: str, redis_url: str, secrets: dict[str, str]
) -> None:
    """Raise ImproperlyConfigured naming everything that production must not start with."""
    faults = [fault for name, value in secrets.items() if (fault := _secret_fault(name, value))]
    faults += _repeated(secrets)
    if debug:
        faults.append("DEBUG is on")
    if not hosts or any("*" in host for host in hosts):
        faults.append("ALLOWED_HOSTS is empty or holds a wildcard")
    if not database_url.startswith(("postgres://", "postgresql://")):
        faults.append("DATABASE_URL is not PostgreSQL")
    elif urlsplit(database_url).password in DEFAULT_PASSWORDS:
        faults.append("DATABASE_URL holds a default password")
    if not redis_url:
        faults.append("REDIS_URL is missing")
    if faults:
        raise ImproperlyConfigured("Arbion does not start in production mode: " + "; ".join(faults) + ".")


def _secret_fault(name: str, value: str) -> str:
    if not value:
        return f"{name} is missing"
    if any(word in value.lower() for word in SAMPLE_WORDS) or len(set(value)) == 1:
        return f"{name} is a sample value"
    if len(value) < SECRET_LENGTH_MIN:
        return f"{name} is shorter than {SECRET_LENGTH_MIN} characters"
    return ""


def _repeated(secrets: dict[str, str]) -> list[str]:
    """Two secrets with one value: who learns one has the other."""
    return [
        f"{first} and {second} are the same"
        for first, second in combinations(secrets, 2)
        if secrets[first] and secrets[first] == secrets[second]
    ]
