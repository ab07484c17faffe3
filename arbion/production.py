"""What production refuses to start with, and the secrets that embedded mode makes for itself."""

from __future__ import annotations

import contextlib
import os
import secrets as chance
import stat
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

SAMPLE_WORDS = ("change", "sample", "example", "secret-key", "insecure", "replace", "your-")
SECRET_LENGTH_MIN = 32
SECRET_CHARACTERS_MIN = 12
DEFAULT_PASSWORDS = ("postgres", "password", "arbion", "admin", "root", "secret", "changeme")
MODES = ("embedded", "production")


def make_folder(path: Path) -> None:
    """Make a folder that only its owner enters, or say in one sentence why that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise unusable(path, error) from error


def embedded_secret(folder: Path, name: str) -> str:
    """The installation's own secret, made on first use in a file that only its owner reads (0600)."""
    path = folder / "secrets" / name
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        make_folder(folder)
        make_folder(path.parent)
    except OSError as error:
        raise unusable(path, error) from error
    try:
        return _make_secret(path)
    except OSError as error:
        raise unusable(path, error) from error


def _make_secret(path: Path) -> str:
    # Written whole under another name and linked into place: of two first starts exactly one wins and both read it.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
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


def close_to_others(folder: Path) -> None:
    """Take from everybody else what an older start left readable; one that all share (sticky) is left."""
    found = folder.stat()
    if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)
    for path in [*folder.glob("arbion.*"), *folder.glob("secrets/*")]:
        with contextlib.suppress(FileNotFoundError):  # SQLite removes its log when the last connection closes
            if path.is_file() and path.stat().st_uid == os.geteuid():
                path.chmod(0o600)


def unusable(path: Path, error: OSError) -> ImproperlyConfigured:
    """The refusal of a path that the system does not let us use."""
    reason = error.strerror or type(error).__name__
    return ImproperlyConfigured(f"{path} cannot be used ({reason}): name a folder of your own in ARBION_DATA_DIR.")


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
    if any(word in value.lower() for word in SAMPLE_WORDS):
        return f"{name} is a sample value"
    if len(value) < SECRET_LENGTH_MIN:
        return f"{name} is shorter than {SECRET_LENGTH_MIN} characters"
    if len(set(value)) < SECRET_CHARACTERS_MIN:
        return f"{name} has fewer than {SECRET_CHARACTERS_MIN} different characters"
    return ""


def _repeated(secrets: dict[str, str]) -> list[str]:
    """Two secrets with one value: who learns one has the other."""
    return [
        f"{first} and {second} are the same"
        for first, second in combinations(secrets, 2)
        if secrets[first] and secrets[first] == secrets[second]
    ]
