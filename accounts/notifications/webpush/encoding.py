"""Base64 for addresses, without padding, as every part of web push writes its bytes."""

from __future__ import annotations

import base64
import binascii


def write(content: bytes) -> str:
    """The bytes as text."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def read(text: str) -> bytes:
    """The bytes behind the text. Raises ValueError."""
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64 for addresses") from error
