"""Nobody learns by the work that is done whether an address has an account."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts.services import DEMO_EMAIL, deactivate, demo_user
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """Each hash that was computed."""
    computed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        computed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    return computed


@pytest.fixture
def _everybody(alice, sue, make_person) -> None:
    demo_user()
    deactivate(user=make_person("off"), actor=sue)


@pytest.mark.usefixtures("_everybody")
@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com", "off@example.com", DEMO_EMAIL])
@pytest.mark.parametrize("door", ["web", "api"])
def test_a_wrong_pair_costs_one_hash(hashes, email: str, door: str) -> None:
    hashes.clear()
    if door == "web":
        Client().post("/account/login/", {"login": email, "password": "wrong wrong wrong"})
    else:
        body = {"email": email, "password": "wrong wrong wrong"}
        Client().post("/api/v1/auth/token/", body, content_type="application/json")
    assert len(hashes) == 1


@pytest.mark.parametrize("email", ["alice@example.com", "new@example.com"])
def test_signing_up_costs_one_hash(alice, hashes, settings, email: str) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    hashes.clear()
    Client().post("/account/signup/", {"email": email, "password1": PASSWORD})
    assert len(hashes) == 1
