"""Keeps secrets and forged lines out of the logs."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

MASK = "[hidden]"
ROUNDS_MAX = 5
Rules = tuple[tuple[re.Pattern[str], str], ...]

# Every rule takes time in proportion to the text, whoever wrote it: a run of letters is looked at from its beginning
# only, and what was read once (`*+`, `++`) is not tried again shorter.
_NAMES = (
    r"[\w-]*(?:passw(?:or)?d|passphrase|secret|api[_-]?key|private[_-]?key|encryption[_-]?(?:key|salt)|token|authorization"
    r"|cookie|sessionid|csrf\w*|signature|oauth_\w+|code_verifier|client_assertion|seed_phrase|mnemonic)[\w-]*+"
)
# A mask that stands there already is one value: what is masked twice is as it was masked once.
_ASSIGNED = r"""(['"]?\s*+[:=]\s*+)(\[hidden\]|"[^"]*"|'[^']*'|[^\s,;&'"})\]]+)"""
_SECRET_KEY = re.compile(rf"^{_NAMES}$", re.IGNORECASE)
_RULES: Rules = (
    # Whole key blocks first: their lines would otherwise be cut in pieces by the rules below.
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|$)", re.DOTALL), MASK),
    (
        re.compile(r"\b(authorization|cookie|set-cookie)(['\"]?\s*[:=]\s*['\"]?)[^\r\n'\"]+", re.IGNORECASE),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"\b(bearer|token|basic)\s+[A-Za-z0-9._~+/=:-]{8,}", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\barb_[A-Za-z0-9_-]{8,}"), MASK),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{1,2000}+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), MASK),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+(@)"), rf"\1{MASK}\2"),
    (
        re.compile(rf"(?<![\w-])(?=[\w-]++['\"]?\s*+[:=])({_NAMES})" + _ASSIGNED, re.IGNORECASE),
        rf"\1\2{MASK}",
    ),
)
_PERSONAL: Rules = (
    (re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), MASK),
    (
        re.compile(
            r"\b(acc(?:oun)?t(?:\s*+(?:number|no\.?|nr\.?|id|#))?\s*+[:=#]?\s*+)[\dxX*-]*\d{4,}\b", re.IGNORECASE
        ),
        rf"\1{MASK}",
    ),
    # A bare run of eight or more digits is no price or size that people write; with commas or a point it is left.
    (re.compile(r"(?<![\d.,$€£])\d{8,20}(?![\d.,]*\d)"), MASK),
)
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def redact(text: str) -> str:
    """The text with everything that looks like a secret masked; masked once more it stays as it is."""
    return _by(_RULES, text)


def redact_person(text: str) -> str:
    """The text without secrets, and without what names a person: e-mail addresses and numbers of accounts."""
    return _by(_RULES + _PERSONAL, text)


def _by(rules: Rules, text: str) -> str:
    """Every rule in turn, and again where a mask has laid bare what another rule had not seen."""
    for _ in range(ROUNDS_MAX):
        before = text
        for pattern, replacement in rules:
            text = pattern.sub(replacement, text)
        if text == before:
            break
    return text


def one_line(text: str) -> str:
    """The text with line breaks and terminal controls spelled out: no caller can write a log line of its own."""
    return text.translate(_CONTROL)


class RedactSecrets(logging.Filter):
    """A log filter that masks secrets in message, arguments and tracebacks, and keeps a message on one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record passes."""
        record.args = _masked_arguments(record.args)
        record.msg = one_line(redact(_message(record)))
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            # Our own line breaks between frames stay; what a caller put into a message cannot start a fake record,
            # because every line of a traceback is set in.
            record.exc_text = "\n".join("  " + one_line(line) for line in redact(record.exc_text).splitlines())
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"


def _masked_arguments(args: Any) -> Any:
    if isinstance(args, Mapping):
        return _masked(args)
    return tuple(_masked(value) for value in args) if isinstance(args, tuple) else args


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: MASK if _SECRET_KEY.match(str(key)) else _masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(_masked(item) for item in value)
    return value
