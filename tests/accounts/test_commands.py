"""The operator's commands: people and tokens from a terminal."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts import tokens
from accounts.models import ApiToken, AuditEntry, User
from tests.accounts.conftest import PASSWORD


def run(name: str, *args: str) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def typed(monkeypatch):
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return give


@pytest.mark.parametrize("role", ["standard", "admin", "superadmin"])
def test_a_person_with_the_password_from_standard_input(db, typed, role: str) -> None:
    typed(f"{PASSWORD}\n")
    answer = json.loads(run("create_person", "Ann@Example.com", "--role", role, "--json"))
    user = User.objects.get()
    assert answer == {"id": str(user.public_id), "email": "ann@example.com", "role": role}
    assert user.check_password(PASSWORD)
    assert (user.role, user.is_active) == (role, True)
    assert AuditEntry.objects.get().action == "account.created"


def test_a_person_in_words(db, typed) -> None:
    typed(PASSWORD)
    assert run("create_person", "ann@example.com") == "ann@example.com is here, with the role standard.\n"


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("ann@example.com", "", "No password was given."),
        ("ann@example.com", "short", "at least 12 characters"),
        ("ann@example.com", "administrator", "too common"),
        ("ann", PASSWORD, "not an e-mail address"),
        ("alice@example.com", PASSWORD, "has this e-mail address already"),
    ],
)
def test_refusals(alice, typed, email: str, password: str, words: str) -> None:
    typed(f"{password}\n")
    with pytest.raises(CommandError, match=words):
        run("create_person", email)
    assert User.objects.count() == 1


def test_an_unknown_role(db, typed) -> None:
    typed(PASSWORD)
    with pytest.raises(CommandError, match="invalid choice"):
        run("create_person", "ann@example.com", "--role", "root")
    assert not User.objects.exists()


@pytest.mark.parametrize("scope", ["read", "trade"])
def test_a_token_is_printed_once(alice, scope: str) -> None:
    key = run("create_token", "ALICE@example.com", "--scope", scope).strip()
    user, token = tokens.user_of(key)
    assert (user, token.scope) == (alice, scope)
    assert AuditEntry.objects.latest("pk").action == "account.token_created"


def test_a_token_as_json(alice) -> None:
    text = run("create_token", "alice@example.com", "--scope", "read", "--days", "3", "--name", "robot", "--json")
    answer = json.loads(text)
    assert set(answer) == {"token", "scope", "expires_at"}
    token = ApiToken.objects.get()
    assert (token.name, (token.expires_at - token.created_at).days) == ("robot", 3)
    assert answer["expires_at"] == token.expires_at.isoformat()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nobody@example.com"], "no such person"),
        (["alice@example.com", "--days", "0"], "From 1 to 366 days."),
        (["alice@example.com", "--name", " "], "A name"),
        (["alice@example.com", "--scope", "root"], "invalid choice"),
    ],
)
def test_token_refusals(alice, args: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("create_token", *args)
    assert not ApiToken.objects.exists()


def test_a_switched_off_person_gets_no_token(alice) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="switched off"):
        run("create_token", "alice@example.com")
