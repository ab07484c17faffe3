"""Who we are to a push service: a signed word with every message (VAPID, RFC 8292)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from accounts.notifications.webpush import encoding
from accounts.notifications.webpush.sealing import CURVE

# The order of P-256 (FIPS 186-5).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# At most a day by RFC 8292.
LASTS = timedelta(hours=12)


def is_ready() -> bool:
    """Whether this installation has a key."""
    return bool(settings.VAPID_SECRET)


def public_key() -> str:
    """Our public key, as a browser wants it when it subscribes."""
    point = _key(settings.VAPID_SECRET).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return encoding.write(point)


def authorization(endpoint: str, *, at: datetime) -> str:
    """The header that says to the endpoint's service, until twelve hours from `at`, that the message is ours."""
    service = urlsplit(endpoint)
    claims = {
        "aud": f"{service.scheme}://{service.netloc}",
        "exp": int((at + LASTS).timestamp()),
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    parts = [encoding.write(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
    signed = ".".join(parts)
    r, s = decode_dss_signature(_key(settings.VAPID_SECRET).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    signature = encoding.write(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={public_key()}"


@cache
def _key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The installation's key pair, from its secret; 64 bits to spare make every key as likely (FIPS 186-5)."""
    wide = HKDF(algorithm=hashes.SHA256(), length=40, salt=None, info=b"vapid").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(wide, "big") % (ORDER - 1) + 1, CURVE)
