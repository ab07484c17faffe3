"""Who asks: nobody, an ordinary person, an operator; from this machine and from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import create_person
from arbion.domain.enums import Role

ELSEWHERE = "203.0.113.9"


@pytest.fixture(autouse=True)
def _fast_hashes(settings) -> None:
    """One round instead of a million: what is tested is not the hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def person_of(db) -> Callable[[str], User]:
    def make(role: str) -> User:
        return create_person(email=f"{role}@example.com", password="correct horse battery", role=role)

    return make


@pytest.fixture
def caller(person_of) -> Callable[..., Client]:
    """A client from elsewhere, signed in as a new person of this role, or as nobody."""

    def make(role: str = "", address: str = ELSEWHERE, **headers: str) -> Client:
        client = Client(REMOTE_ADDR=address, **headers)
        if role:
            client.force_login(person_of(role))
        return client

    return make


@pytest.fixture
def operator(caller) -> Client:
    return caller(Role.ADMIN)
