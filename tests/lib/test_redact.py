"""No secret and no forged line reaches the log."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbion.lib.redact import RedactSecrets, redact, redact_person

CANARY = "cAnArY0123456789abcdef"


def logged(message: object, *args: object, exc_info: object = None) -> str:
    record = logging.LogRecord("t", logging.INFO, __file__, 1, message, args, exc_info)
    assert RedactSecrets().filter(record) is True
    return logging.Formatter("%(levelname)s %(message)s").format(record)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization: Token {CANARY}",
        f"'Authorization': 'Basic {CANARY}'",
        f"headers={{'Authorization': 'Token {CANARY}', 'Accept': 'x'}}",
        f"Cookie: sessionid={CANARY}; csrftoken={CANARY}",
        f"sent Bearer {CANARY} away",
        f"password={CANARY}",
        f"password = '{CANARY} with words'",
        f'{{"password": "{CANARY}"}}',
        f'{{"refresh_token": "{CANARY}", "a": 1}}',
        f"https://x.example/cb?code=1&access_token={CANARY}&state=2",
        f"client_secret={CANARY}&grant_type=refresh_token",
        f"api_key: {CANARY}",
        f"api-key={CANARY}",
        f"X-API-KEY: {CANARY}",
        f"ENCRYPTION_KEY={CANARY}",
        f"SESSION_SECRET={CANARY}",
        f"arb_{CANARY}",
        f"sk-{CANARY}",
        f"postgres://arbion:{CANARY}@db/arbion",
        f"redis://:{CANARY}@cache:6379/0",
        f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}",
        f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n-----END EC PRIVATE KEY-----",
        f"oauth_signature={CANARY}",
        f"code_verifier={CANARY}",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    for shown in (redact(text), logged(text), logged("%s", text), logged("got %r", {"body": text})):
        assert CANARY not in shown
        assert "[hidden]" in shown


def test_values_under_secret_names_are_masked_in_arguments() -> None:
    assert CANARY not in logged("%s", {"password": CANARY, "nested": {"api_key": [CANARY]}})
    assert CANARY not in logged("%(password)s", {"password": CANARY})


@pytest.mark.parametrize(
    "text",
    ["order 12 filled at 10.25", "2 tokens issued", "GET /api/v1/tokens/ 200", "key rotation done", "AAPL,BTC-USD"],
)
def test_plain_words_stay(text: str) -> None:
    assert logged(text) == f"INFO {text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nINFO forged", "a\\nINFO forged"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\u2028b", "a\\u2028b"),
        ("a\x85b", "a\\x85b"),
    ],
)
def test_one_message_is_one_line(text: str, shown: str) -> None:
    assert logged(text) == f"INFO {shown}"
    assert logged("%s", text) == f"INFO {shown}"


def test_tracebacks_are_masked_and_cannot_forge_a_record() -> None:
    try:
        raise ValueError(f"token={CANARY}\nINFO forged")
    except ValueError as error:
        shown = logged("failed", exc_info=(type(error), error, error.__traceback__))
    assert CANARY not in shown
    lines = shown.splitlines()
    assert lines[0] == "INFO failed"
    assert all(line.startswith("  ") for line in lines[1:])


def test_arguments_that_do_not_fit_are_still_shown() -> None:
    assert logged("%s %s", "a") == "INFO %s %s ('a',)"


def test_the_filter_is_on_the_console_handler() -> None:
    console = next(handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    assert any(isinstance(each, RedactSecrets) for each in console.filters)


@pytest.mark.parametrize("piece", ["a-", "token-", "a", "acct ", "eyJ-", "://a:", "secret\n", "a@", "csrf_oauth_a"])
def test_no_text_holds_it_up(piece: str) -> None:
    """What strangers wrote is masked in a time that grows with its length, and not with the square of it."""
    begun = time.process_time()
    redact_person("acct" + piece * (20_000 // len(piece)))
    assert time.process_time() - begun < 5


@settings(max_examples=1000)
@given(
    st.lists(
        st.sampled_from(
            ["secret", "token", "path", "secrets: ", "=", ":", " ", '"', "'", "]", "[", ";", "cookie", "bearer ",
             "acct ", "12345678", "a@b.co", "://u:p@h", "sk-abcdefghij", "eyJa.b.c", "\n", "[hidden]"]
        ),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_what_is_masked_twice_is_as_it_was_masked_once(text: str) -> None:
    """A record is masked when it is kept, and again when it is compared."""
    once = redact_person(text)
    assert redact_person(once) == once
