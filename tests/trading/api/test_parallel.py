"""Many requests at once, on a real PostgreSQL."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.trading.api.conftest import program_of
from trading.books.check import verify_books
from trading.models import Fill, Order

pytestmark = pytest.mark.postgres


def at_once(work, times: int) -> list:
    """The answers of so many calls on threads of their own, each with its own connection."""

    def alone(number: int):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(alone, range(times)))


def test_fifty_posts_with_one_key_are_one_order(world, buy):
    programs = [program_of(world.alice) for _ in range(50)]
    answers = at_once(lambda number: programs[number].post("orders/", buy, Idempotency_Key="once"), 50)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (Order.objects.count(), Fill.objects.count()) == (1, 1)
    assert verify_books(world.account) == []


def test_of_two_bodies_with_one_key_one_wins(world, buy):
    programs = [program_of(world.alice) for _ in range(10)]
    bodies = [buy | {"quantity": str(1 + number % 2)} for number in range(10)]
    answers = at_once(lambda number: programs[number].post("orders/", bodies[number], Idempotency_Key="once"), 10)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 4, 409: 5}
    assert Order.objects.count() == 1
    assert verify_books(world.account) == []


def test_a_burst_passes_the_limit_exactly(world, buy, settings):
    settings.RATE_ORDERS = "5/m"
    programs = [program_of(world.alice) for _ in range(20)]
    answers = at_once(lambda number: programs[number].post("orders/", buy | {"quantity": "1"}), 20)
    assert Counter(answer.status_code for answer in answers) == {201: 5, 429: 15}
    assert Order.objects.count() == 5
    assert verify_books(world.account) == []
