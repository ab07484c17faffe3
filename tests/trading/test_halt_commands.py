"""`manage.py halt` and `resume`, and the halt in the operators' room."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from brokers import registry
from riskdesk import halts
from riskdesk.models import Halt
from tests.trading.execution.test_halt import Silent
from trading.models import HaltReceipt, Order, Position


def run(*arguments: str) -> str:
    """What a command prints."""
    said = StringIO()
    call_command(*arguments, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("whom", ["account", "person", "house"])
def test_the_command_halts_and_resume_lifts(world, whom):
    world.place("buy", "AAPL", quantity="5")
    world.place("buy", "MSFT", quantity="1", limit_price="350")
    named = {"account": ["--account", str(world.account.public_id)], "person": ["--person", world.alice.email]}
    scope = named.get(whom, ["--house"])
    facts = json.loads(run("halt", *scope, "--reason", "fire drill", "--flatten", "--json"))
    assert (facts["state"], facts["asked"], facts["confirmed"], facts["left"]) == ("done", 2, 2, [])
    assert not Position.objects.exclude(quantity=0).exists()
    assert halts.reasons_in_force(world.account) == ("fire drill",)
    assert "1 halt lifted." in run("resume", *scope, "--reason", "drill over")
    assert halts.reasons_in_force(world.account) == ()


def test_it_fails_where_something_is_left_and_the_block_stands(world, monkeypatch):
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    monkeypatch.setattr(registry, "connect", lambda account: Silent(clock=world.clock))
    with pytest.raises(CommandError, match="The venue does not answer"):
        run("halt", "--house", "--reason", "fire drill")
    assert world.place("buy", "MSFT", quantity="1").order.reject_code == "halted"


@pytest.mark.parametrize(
    "arguments",
    [
        ("halt", "--house", "--reason", " "),
        ("halt", "--person", "nobody@example.com", "--reason", "x"),
        ("halt", "--account", "nonsense", "--reason", "x"),
        ("resume", "--house", "--reason", "x"),
        ("resume", "--receipt", "nonsense", "--reason", "x"),
    ],
)
def test_what_cannot_be_done_is_said_and_moves_nothing(world, counted, arguments):
    before = counted()
    with pytest.raises(CommandError):
        run(*arguments)
    assert counted() == before


def test_a_halt_from_the_room_cancels_what_rests(world):
    order = world.place("buy", "AAPL", quantity="1", limit_price="150").order
    boss = User.objects.create_user("boss@example.com", role="superadmin")
    client = Client()
    client.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/admin/riskdesk/halt/add/", {"user": world.alice.pk, "account": "", "reason": "look at this"})
    assert answer.status_code == 302, answer.content
    order.refresh_from_db()
    assert (order.status, HaltReceipt.objects.get().state) == ("canceled", "done")
    imposed = Halt.objects.get()
    client.post("/admin/riskdesk/halt/", {"action": "lift", "_selected_action": [imposed.pk]})
    assert halts.reasons_in_force(world.account) == ()
    assert Order.objects.count() == 1
