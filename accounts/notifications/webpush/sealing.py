"""Sealing a push message for one browser: RFC 8291 over the content encoding aes128gcm of RFC 8188.

The push service in between sees its length and nothing else. Each message has a key pair and a salt of its own.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.notifications.webpush import encoding

CURVE = ec.SECP256R1()
RECORD_BYTES = 4096
SALT_BYTES, AUTH_BYTES, POINT_BYTES = 16, 16, 65
# Record size less the tag and the delimiter (RFC 8188), less the header: services need not take more than 4096 bytes.
PLAINTEXT_MAX = RECORD_BYTES - 16 - 1 - (SALT_BYTES + 4 + 1 + POINT_BYTES)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A browser's half of the keys: its point on P-256, and the secret that it shares with us alone."""

    point: bytes
    auth: bytes

    @classmethod
    def read(cls, *, p256dh: str, auth: str) -> Receiver:
        """The keys as a browser writes them. Raises ValueError for anything that is no point or no secret."""
        found = cls(encoding.read(p256dh), encoding.read(auth))
        if len(found.point) != POINT_BYTES or len(found.auth) != AUTH_BYTES:
            raise ValueError("the keys have the wrong length")
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, found.point)
        return found


def seal(
    plaintext: bytes,
    receiver: Receiver,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a push message; `key` and `salt` are given by tests only. Raises ValueError when it is too long."""
    if len(plaintext) > PLAINTEXT_MAX:
        raise ValueError("the message is too long for one record")
    key = key or ec.generate_private_key(CURVE)
    salt = salt or secrets.token_bytes(SALT_BYTES)
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, receiver.point)
    # RFC 8291, 3.4: the shared secret is bound to both keys and to the secret that the browser gave us.
    info = b"WebPush: info\0" + receiver.point + point
    input_key = _derive(key.exchange(ec.ECDH(), theirs), salt=receiver.auth, info=info, length=32)
    content_key = _derive(input_key, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derive(input_key, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    # RFC 8188, 2: one record, ended by the delimiter of the last one.
    sealed = AESGCM(content_key).encrypt(nonce, plaintext + b"\x02", None)
    return salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(point)]) + point + sealed


def _derive(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
