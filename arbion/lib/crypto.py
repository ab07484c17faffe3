"""Secrets at rest: AES-256-GCM under a key derived from the installation's key and salt.

What is sealed is bound to its context (whose it is and what for): moved to another row it does not open. The envelope
names the key that sealed it, so that keys can be changed. What is only signed stays readable, and cannot be changed
unseen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

ITERATIONS = 600_000
KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = "v1"


class CannotOpen(Exception):
    """The sealed text is damaged, belongs to another context, or was sealed under another key."""


def seal(plaintext: str, *, context: str) -> str:
    """The text, sealed for one context, as `v1.<key id>.<nonce and ciphertext>`."""
    key_id, cipher = _cipher()
    nonce = secrets.token_bytes(NONCE_BYTES)
    head = f"{VERSION}.{key_id}"
    body = cipher.encrypt(nonce, plaintext.encode("utf-8"), _bound(head, context))
    return f"{head}.{base64.urlsafe_b64encode(nonce + body).decode('ascii')}"


def open_sealed(sealed: str, *, context: str) -> str:
    """The text behind a sealed one; CannotOpen for anything that was not sealed here for this context."""
    head, _, encoded = sealed.rpartition(".")
    key_id, cipher = _cipher()
    if head != f"{VERSION}.{key_id}":
        raise CannotOpen("sealed under another key")
    try:
        content = base64.b64decode(encoded.encode("ascii"), altchars=b"-_", validate=True)
        return cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], _bound(head, context)).decode("utf-8")
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise CannotOpen("damaged, or sealed for another context") from error


def sign(text: str, *, purpose: str) -> str:
    """A digest of the text (HMAC-SHA256) under a key for this purpose alone; whoever lacks it cannot make another."""
    secret, salt = settings.ENCRYPTION_KEY.encode("utf-8"), settings.ENCRYPTION_SALT.encode("utf-8")
    key = hmac.new(salt, b"sign\0" + purpose.encode("utf-8") + b"\0" + secret, hashlib.sha256).digest()
    return hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()


def is_signed(text: str, signature: str, *, purpose: str) -> bool:
    """Whether this digest was made here of this text for this purpose."""
    return hmac.compare_digest(sign(text, purpose=purpose).encode("ascii"), signature.encode("utf-8"))


def key_id_of(sealed: str) -> str:
    """The id of the key that sealed this, for rotation."""
    return sealed.split(".", 2)[1]


def self_test() -> bool:
    """Whether the installation's key seals and opens, and keeps contexts apart; for the health pages."""
    sealed = seal("self-test", context="health")
    try:
        open_sealed(sealed, context="elsewhere")
    except CannotOpen:
        return open_sealed(sealed, context="health") == "self-test"
    return False


def _cipher() -> tuple[str, AESGCM]:
    return _derived(settings.ENCRYPTION_KEY, settings.ENCRYPTION_SALT)


@cache
def _derived(secret: str, salt: str) -> tuple[str, AESGCM]:
    """The key id and the cipher; derived once in a process, when it is first needed."""
    key = hashlib.pbkdf2_hmac("sha256", secret.encode("utf-8"), salt.encode("utf-8"), ITERATIONS, KEY_BYTES)
    # The id is a digest of the derived key, cut short: it tells keys apart and tells nothing about them.
    return hashlib.sha256(b"key id" + key).hexdigest()[:8], AESGCM(key)


def _bound(head: str, context: str) -> bytes:
    return f"{head}\0{context}".encode()
