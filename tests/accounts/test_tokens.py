"""Keys: strong, kept as digests, expiring, revocable."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from accounts import services, tokens
from accounts.models import ApiToken, AuditEntry
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.clock import FrozenClock
from arbion.lib.ids import new_id

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


def test_a_key_is_long_and_only_its_digest_is_kept(alice, clock) -> None:
    token, key = tokens.issue(user=alice, name=" phone ", scope="read", days=7, actor=alice, clock=clock)
    assert len(base64.urlsafe_b64decode(key.removeprefix("arb_") + "==")) >= 32
    assert token.digest == hashlib.sha256(key.encode()).hexdigest()
    assert key.startswith(token.prefix)
    assert len(token.prefix) == 10
    row = ApiToken.objects.values().get()
    assert key not in str(row)
    assert (row["name"], row["scope"], row["expires_at"]) == ("phone", "read", NOW + timedelta(days=7))
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor) == ("account.token_created", alice)
    assert key not in str(entry.data)


def test_two_keys_differ(alice) -> None:
    keys = {tokens.issue(user=alice, name="x", scope="read", actor=alice)[1] for _ in range(5)}
    assert len(keys) == 5


def test_a_key_opens_until_it_expires(alice, clock) -> None:
    token, key = tokens.issue(user=alice, name="x", scope="read", days=1, actor=alice, clock=clock)
    assert tokens.user_of(key, clock=clock) == (alice, token)
    clock.advance(seconds=86_399)
    assert tokens.user_of(key, clock=clock) is not None
    clock.advance(seconds=1)
    assert tokens.user_of(key, clock=clock) is None


@pytest.mark.parametrize("wrong", ["", "arb_", "arb_unknown", "\ud800", "x" * 10_000, "é"])
def test_other_words_open_nothing(alice, wrong: str) -> None:
    tokens.issue(user=alice, name="x", scope="read", actor=alice)
    assert tokens.user_of(wrong) is None


def test_use_is_noted_once_a_minute(alice, clock, django_assert_num_queries) -> None:
    _, key = tokens.issue(user=alice, name="x", scope="read", actor=alice, clock=clock)
    with django_assert_num_queries(2):
        tokens.user_of(key, clock=clock)
    clock.advance(seconds=59)
    with django_assert_num_queries(1):
        tokens.user_of(key, clock=clock)
    assert ApiToken.objects.get().last_used_at == NOW
    clock.advance(seconds=1)
    with django_assert_num_queries(2):
        tokens.user_of(key, clock=clock)
    assert ApiToken.objects.get().last_used_at == NOW + timedelta(seconds=60)


def test_revoking_is_for_good_and_audited_once(alice, clock) -> None:
    token, key = tokens.issue(user=alice, name="x", scope="read", actor=alice, clock=clock)
    tokens.revoke(token, actor=alice, clock=clock)
    tokens.revoke(token, actor=alice, clock=clock)
    assert tokens.user_of(key, clock=clock) is None
    assert AuditEntry.objects.filter(action="account.token_revoked").count() == 1


def test_another_persons_token_is_not_found(alice, bob) -> None:
    token, _ = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    for public_id in (token.public_id, new_id()):
        with pytest.raises(NotFound, match="There is no such token"):
            tokens.get_token(bob, public_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"scope": "root"}, "scope"),
        ({"days": 0}, "days"),
        ({"days": -1}, "days"),
        ({"days": 367}, "days"),
    ],
)
def test_bad_wishes(alice, changes: dict, field: str) -> None:
    wish = {"name": "x", "scope": "read", "days": 1} | changes
    with pytest.raises(InvalidInput) as refused:
        tokens.issue(user=alice, actor=alice, **wish)
    assert [error.field for error in refused.value.errors] == [field]
    assert not ApiToken.objects.exists()


def test_a_person_has_a_bounded_number(alice, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "TOKENS_PER_PERSON_MAX", 2)
    for _ in range(2):
        tokens.issue(user=alice, name="x", scope="read", actor=alice)
    with pytest.raises(InvalidInput) as refused:
        tokens.issue(user=alice, name="x", scope="read", actor=alice)
    assert refused.value.errors[0].code == "too_many_tokens"
    assert ApiToken.objects.count() == 2


def test_keys_from_signing_in_make_room(alice, monkeypatch) -> None:
    monkeypatch.setattr(tokens, "SIGN_INS_PER_PERSON_MAX", 2)
    own = tokens.issue(user=alice, name="kept", scope="read", actor=alice)[1]
    keys = [tokens.issue_at_sign_in(user=alice, scope="trade")[1] for _ in range(4)]
    assert [tokens.user_of(key) is not None for key in keys] == [False, False, True, True]
    assert tokens.user_of(own) is not None


def test_a_switched_off_person_opens_nothing(alice, sue) -> None:
    _, key = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    services.deactivate(user=alice, actor=sue)
    assert tokens.user_of(key) is None
