"""The chain that binds an account's journals: each one's keyed digest covers its own words and the digest before it.

Whoever changes, removes or inserts a row behind the house's back would have to know the key to make the digests fit,
and the newest digest is kept apart from the journals. The key is derived from the installation's encryption key for
this purpose alone (one step of HMAC-SHA256, as RFC 5869's extract); its id stands before each digest, so that books
of another key are told from books that were changed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from django.conf import settings

from arbion.domain.numbers import plain

_PURPOSE = b"arbion ledger chain, version 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One transfer in words: its two columns as `kind:asset`, the asset, the amount."""

    debit: str
    credit: str
    asset: str
    amount: str

    @classmethod
    def of(cls, debit: tuple[str, str], credit: tuple[str, str], asset: str, amount: Decimal) -> Line:
        """The line of one transfer; a column is its kind and its asset."""
        return cls(debit=":".join(debit), credit=":".join(credit), asset=asset, amount=plain(amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One journal in words: all that it says, and nothing that a copy to another database would change."""

    account: str
    sequence: int
    code: str
    reference: str
    at: datetime
    symbol: str = ""
    note: str = ""
    actor: str = ""
    reverses: str = ""
    lines: tuple[Line, ...] = ()

    def text(self) -> str:
        """The entry in its one spelling."""
        moment = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return json.dumps({**asdict(self), "at": moment}, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def link(previous: str, entry: Entry) -> str:
    """The digest of an entry that follows the one with the digest `previous` (empty: it is the first)."""
    key_id, key = _key(settings.ENCRYPTION_KEY, settings.ENCRYPTION_SALT)
    found = hmac.new(key, f"{previous}\n{entry.text()}".encode(), hashlib.sha256).hexdigest()
    return f"{key_id}:{found}"


def is_of_this_key(digest: str) -> bool:
    """Whether the digest was made under the key of this installation."""
    return digest.partition(":")[0] == _key(settings.ENCRYPTION_KEY, settings.ENCRYPTION_SALT)[0]


def first_break(entries: Iterable[tuple[Entry, str]]) -> str | None:
    """The first journal, in the order of the chain, that does not fit, and why; None where all of them do."""
    previous, expected = "", 1
    for entry, digest in entries:
        if entry.sequence != expected:
            return f"journal {expected} is missing; {entry.reference} follows as number {entry.sequence}"
        if not hmac.compare_digest(link(previous, entry), digest):
            why = "was changed" if is_of_this_key(digest) else "was written under another key"
            return f"journal {entry.sequence}, {entry.reference}, {why}"
        previous, expected = digest, expected + 1
    return None


@cache
def _key(secret: str, salt: str) -> tuple[str, bytes]:
    key = hmac.new(salt.encode(), _PURPOSE + b"\0" + secret.encode(), hashlib.sha256).digest()
    return hashlib.sha256(b"key id" + key).hexdigest()[:8], key
