"""What production refuses to start with, and the secrets that embedded mode makes for itself."""

from __future__ import annotations

import os
import secrets as chance
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SAMPLE_WORDS = ("change", "sample", "example", "secret-key", "insecure", "replace", "your-")
SECRET_LENGTH_MIN = 32


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
    faults = []
    for name, value in secrets.items():
        if not value:
            faults.append(f"{name} is missing")
        elif any(word in value.lower() for word in SAMPLE_WORDS):
            faults.append(f"{name} is a sample value")
        elif len(value) < SECRET_LENGTH_MIN:
            faults.append(f"{name} is shorter than {SECRET_LENGTH_MIN} characters")
    if debug:
        faults.append("DEBUG is on")
    if not hosts or any("*" in host for host in hosts):
        faults.append("ALLOWED_HOSTS is empty or holds a wildcard")
    if not database_url.startswith(("postgres://", "postgresql://")):
        faults.append("DATABASE_URL is not PostgreSQL")
    if not redis_url:
        faults.append("REDIS_URL is missing")
    if faults:
        raise ImproperlyConfigured("Arbion does not start in production mode: " + "; ".join(faults) + ".")
