"""Which names the code assistant opens: plain relative ones, none that is hidden and none that keeps secrets."""

from __future__ import annotations

import unicodedata
from fnmatch import fnmatchcase

from arbion.codex.errors import FileRefused

PATH_MAX, PART_MAX, DEPTH_MAX = 400, 200, 16
# Control, format, surrogate, private and unassigned characters, and the separators of lines.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Of any part of a path, in small letters: where keys and passwords are usually kept.
KEEPS_SECRETS = (
    "*secret*", "*credential*", "*passwd*", "*password*", "*.env", "env.*", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks",
    "*.keystore", "*.kdbx", "*.gpg", "*.pgp", "*.asc", "*.ppk", "*.ovpn", "id_rsa*", "id_dsa*", "id_ecdsa*",
    "id_ed25519*", "*.sqlite3", "*.db", "*.token",
)  # fmt: skip
# What is not looked through: other people's packages and what machines make.
SKIPPED = frozenset({"node_modules", "__pycache__"})


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a relative path in POSIX spelling. Raises FileRefused."""
    if not path or len(path) > PATH_MAX:
        raise FileRefused.because("bad_path", f"A path has 1 to {PATH_MAX} characters.")
    if any(unicodedata.category(mark) in UNSEEN for mark in path):
        raise FileRefused.because("bad_path", "The path holds characters that cannot be seen.")
    if "\\" in path or ":" in path:
        raise FileRefused.because("bad_path", f"{path}: write the path with / and without a drive.")
    if path.startswith("/"):
        raise FileRefused.because("outside", f"{path}: name the file from the workspace's folder on.")
    parts = tuple(path.split("/"))
    if len(parts) > DEPTH_MAX:
        raise FileRefused.because("bad_path", f"A path has at most {DEPTH_MAX} parts.")
    for part in parts:
        check_part(part, path)
    return parts


def check_part(part: str, path: str) -> None:
    """Raise FileRefused where a part of a path is none that is opened."""
    if part == "..":
        raise FileRefused.because("outside", f"{path}: the path leads out of the workspace.")
    if not part or len(part) > PART_MAX or part != part.strip() or part == "." or part.endswith("."):
        raise FileRefused.because("bad_path", f"{path}: this is not how the path of a file is written.")
    if part.startswith("."):
        raise FileRefused.because("hidden", f"{path}: what begins with a dot is not opened.")
    if any(fnmatchcase(part.lower(), pattern) for pattern in KEEPS_SECRETS):
        raise FileRefused.because("keeps_secrets", f"{path}: by its name it may keep secrets, so it is not opened.")


def is_open(part: str) -> bool:
    """Whether a name that was found in a folder is one that may be listed."""
    try:
        parts_of(part)
    except FileRefused:
        return False
    return part not in SKIPPED and "/" not in part


def visible(line: str) -> str:
    """A line with each character that cannot be seen written out, so that it shows what it is."""
    return "".join(
        f"<U+{ord(mark):04X}>" if mark != "\t" and unicodedata.category(mark) in UNSEEN else mark for mark in line
    )
