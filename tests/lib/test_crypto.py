"""Secrets at rest open only where and for what they were sealed."""

from __future__ import annotations

import pytest

from arbion.lib import crypto

PLAIN = "refresh-token-çà-0123"


def test_there_and_back() -> None:
    sealed = crypto.seal(PLAIN, context="user:1:schwab:refresh")
    assert PLAIN not in sealed
    assert crypto.open_sealed(sealed, context="user:1:schwab:refresh") == PLAIN
    assert crypto.key_id_of(sealed) == sealed.split(".")[1]


def test_the_same_text_never_looks_the_same() -> None:
    assert len({crypto.seal(PLAIN, context="c") for _ in range(20)}) == 20


@pytest.mark.parametrize("context", ["", "user:2:schwab:refresh", "user:1:schwab:refresh "])
def test_another_context_does_not_open_it(context: str) -> None:
    sealed = crypto.seal(PLAIN, context="user:1:schwab:refresh")
    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(sealed, context=context)


def test_no_changed_letter_opens() -> None:
    sealed = crypto.seal(PLAIN, context="c")
    for place in range(len(sealed)):
        letter = "A" if sealed[place] != "A" else "B"
        changed = sealed[:place] + letter + sealed[place + 1 :]
        if changed.rstrip("=") == sealed.rstrip("="):
            continue
        with pytest.raises(crypto.CannotOpen):
            crypto.open_sealed(changed, context="c")


@pytest.mark.parametrize("text", ["", ".", "..", "v1..", "v1.00000000.AAAA", "plain", "v1.é.ü", "v1." + "A" * 5000])
def test_what_was_not_sealed_here_does_not_open(text: str) -> None:
    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(text, context="c")


@pytest.mark.parametrize("name", ["ENCRYPTION_KEY", "ENCRYPTION_SALT"])
def test_another_key_or_salt_does_not_open_it(settings, name: str) -> None:
    sealed = crypto.seal(PLAIN, context="c")
    setattr(settings, name, "another-value-of-this-installation-0123456789")
    assert crypto.key_id_of(crypto.seal(PLAIN, context="c")) != crypto.key_id_of(sealed)
    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(sealed, context="c")


def test_the_derivation_is_slow_on_purpose() -> None:
    assert crypto.ITERATIONS >= 600_000


def test_the_key_is_derived_once() -> None:
    crypto.seal(PLAIN, context="c")
    before = crypto._derived.cache_info().misses
    for _ in range(5):
        crypto.seal(PLAIN, context="c")
    assert crypto._derived.cache_info().misses == before


def test_the_self_test() -> None:
    assert crypto.self_test() is True
