"""Browsers of two people, for the tests of the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.trading.conftest import World


@pytest.fixture
def alice(world: World) -> Client:
    """Alice, who owns the small world's account."""
    client = Client()
    client.force_login(world.alice)
    return client


@pytest.fixture
def bob(world: World) -> Client:
    """Somebody else."""
    del world
    client = Client()
    client.force_login(User.objects.create_user("bob@example.com"))
    return client
