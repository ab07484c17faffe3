"""The cast: Alice and Bob are ordinary people, Ada runs the place, Sue may do everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Scope, User
from accounts.services import create_person
from accounts.tokens import issue
from arbion.domain.enums import Role

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fast_hashes(settings) -> None:
    """One round instead of a million: what is tested is not the hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def make_person(db) -> Callable[..., User]:
    def make(name: str, role: str = Role.STANDARD) -> User:
        return create_person(email=f"{name}@example.com", password=PASSWORD, role=role)

    return make


@pytest.fixture
def alice(make_person) -> User:
    return make_person("alice")


@pytest.fixture
def bob(make_person) -> User:
    return make_person("bob")


@pytest.fixture
def ada(make_person) -> User:
    return make_person("ada", Role.ADMIN)


@pytest.fixture
def sue(make_person) -> User:
    return make_person("sue", Role.SUPERADMIN)


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def program_of() -> Callable[..., APIClient]:
    def program(user: User, scope: str = Scope.TRADE) -> APIClient:
        _, key = issue(user=user, name="test", scope=scope, actor=user)
        return APIClient(HTTP_AUTHORIZATION=f"Token {key}")

    return program
