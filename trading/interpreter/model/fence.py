"""Keeps what others wrote apart from what is asked: untrusted text is data, cleaned, capped and fenced."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

TEXT_MAX = 300
DATA_MAX = 12_000
# Written so that nothing inside a fence can look like its end, or like a tag of any kind.
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def clean(text: str, *, most: int = TEXT_MAX) -> str:
    """The text without invisible, bidirectional and private characters, on one line, and not too long."""
    flat = unicodedata.normalize("NFKC", text)
    seen = "".join(
        " " if unicodedata.category(mark) in {"Cc", "Zl", "Zp", "Zs"} else mark
        for mark in flat
        if unicodedata.category(mark) not in {"Cf", "Co", "Cs", "Cn"}
    )
    short = " ".join(seen.split())
    return short if len(short) <= most else f"{short[: most - 1]}…"


def fenced(name: str, data: Any) -> str:
    """The data as JSON between marks that it cannot contain itself."""
    body = json.dumps(_cleaned(data), ensure_ascii=False, separators=(",", ":"), default=str)
    if len(body) > DATA_MAX:
        body = json.dumps({"cut": True, "start": body[:DATA_MAX]}, ensure_ascii=False)
    return f'<data name="{name}">{body.translate(_ESCAPES)}</data>'


def _cleaned(data: Any) -> Any:
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, dict):
        return {clean(str(key), most=60): _cleaned(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_cleaned(item) for item in data]
    return data
