"""The whole way with the real client against a provider on loopback: from the page's sentence to the order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from tests.openai_server import Call, Fault, Reply, openai_server  # noqa: F401
from tests.trading.desk.conftest import named  # noqa: F401
from tests.trading.desk.model.scripted import ORDER
from trading.models import LineState, Message, Order, Proposal

ODD = "yo desk be a star and buy 10 apple for the pension pot"
BUY = Call("execute_trade", {**ORDER, "symbol": "AAPL", "side": "buy", "quantity": "10"}, "call_1")


@pytest.fixture
def browser(named, client):  # noqa: F811
    client.force_login(named.alice)
    return client


def say(client, text: str):
    return client.post(reverse("trading:desk_say"), {"text": text}, headers={"X-Fragment": "1"})


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_odd_words_are_proposed_confirmed_and_placed(openai_server, browser, settings, api):  # noqa: F811
    settings.OPENAI_API = api
    openai_server.say(Reply(calls=(BUY,)), Reply(text="Ten Apple, as you said."))
    page = say(browser, ODD).content.decode()
    assert "Thinking…" in page or "Ten Apple, as you said." in page
    answer = Message.objects.get(speaker="desk")
    assert (answer.state, answer.text) == (LineState.DONE, "Ten Apple, as you said.")
    assert len(openai_server.bodies) == 2
    shown = browser.get(reverse("trading:desk_line", args=[answer.pk]), headers={"X-Fragment": "1"}).content.decode()
    assert "Confirm buy" in shown
    proposal = Proposal.objects.get()
    browser.post(reverse("trading:desk_execute"), {"id": str(proposal.pk), "hash": proposal.hash})
    assert [(order.instrument.symbol, order.quantity) for order in Order.objects.all()] == [("AAPL", Decimal(10))]


@pytest.mark.parametrize(
    ("reply", "hint"),
    [
        (Reply(fault=Fault.WRONG_KEY), "The key is refused. Check the key"),
        (Reply(fault=Fault.NO_QUOTA), "No credit left. Add credit"),
        (Reply(text="Half an answer that", fault=Fault.CUT), "The answer broke off. Ask again."),
        (Reply(text="Half an answer that", fault=Fault.SILENT_END), "The answer broke off. Ask again."),
    ],
)
def test_a_fault_trades_nothing_and_says_what_to_do(openai_server, browser, reply, hint):  # noqa: F811
    openai_server.say(Reply(calls=(BUY,)), *[reply] * 6)
    say(browser, ODD)
    answer = Message.objects.get(speaker="desk")
    assert answer.state == LineState.DONE
    assert answer.details["hint"].startswith(hint)
    assert answer.details["hint"].endswith("Arbion answered this itself, without the language model.")
    assert answer.proposal.hash == ""
    assert not Order.objects.exists()
    shown = browser.get(reverse("trading:desk_line", args=[answer.pk])).content.decode()
    assert hint in shown
    assert "Confirm" not in shown


def test_malformed_and_unknown_calls_are_told_and_two_at_once_are_both_answered(openai_server, browser):  # noqa: F811
    calls = (Call("execute_trade", "{not json", "call_1"), Call("get_everything", {}, "call_2"))
    openai_server.say(Reply(calls=calls), Reply(text="I could not."))
    say(browser, ODD)
    sent = str(openai_server.bodies[1])
    assert "not valid JSON" in sent
    assert "There is no tool get_everything" in sent
    assert Proposal.objects.get().interpretation["actions"] == []


def test_the_pages_of_assistants(openai_server, browser, named):  # noqa: F811
    assert b"No assistants yet" in browser.get(reverse("trading:assistants")).content
    form = {"name": "Ada", "personality": "dry", "instructions": "", "role": "fast", "tokens_a_day_max": "5000"}
    answer = browser.post(reverse("trading:assistant_new"), {**form, "tools": ["get_quotes", "remember"]})
    assert answer.status_code == 302
    address = answer["Location"]
    browser.post(f"{address}memory/", {"text": "I like limit orders"})
    assert b"I like limit orders" in browser.get(address).content
    assert browser.post(reverse("trading:assistant_new"), {**form, "tools": []}).status_code == 422
    line = named.alice.assistants.get().memory.get()
    browser.post(f"{address}memory/{line.pk}/", {"text": "I like stops"})
    assert named.alice.assistants.get().memory.get().text == "I like stops"
    browser.post(f"{address}memory/clear/")
    assert not named.alice.assistants.get().memory.exists()
    assert b"Ada" in browser.get(reverse("trading:desk")).content
    browser.post(f"{address}delete/")
    assert not named.alice.assistants.exists()


def test_anybody_elses_assistant_and_line_are_not_there(browser, named):  # noqa: F811
    from accounts.models import User
    from trading.models import Assistant

    eve = User.objects.create_user("eve@example.com")
    now = named.clock.now()
    row = Assistant.objects.create(user=eve, name="E", tools=[], created_at=now, changed_at=now)
    line = Message.objects.create(user=eve, speaker="desk", text="secret", created_at=now)
    assert browser.get(reverse("trading:assistant", args=[row.pk])).status_code == 404
    assert browser.post(reverse("trading:assistant_delete", args=[row.pk])).status_code == 404
    assert browser.get(reverse("trading:desk_line", args=[line.pk])).status_code == 404
    assert Assistant.objects.count() == 1
