"""A recorded conversation runs again without a provider, and says so loudly when it is not the same conversation."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.llm import provider
from accounts.llm.replay import NotAsRecorded, RecordedModel
from arbion.lib.llm import faults
from arbion.lib.llm.port import ChatModel, Message, Reply, Role, Speaker, Tool
from tests.openai_server import Call, Fault
from tests.openai_server import Reply as Said

pytestmark = pytest.mark.django_db
TOOL = Tool(name="get_quotes", description="Prices.", parameters={"type": "object", "properties": {}})


def talk(model: ChatModel, question: str = "How is Apple? Mail me at carol@example.com") -> list[Reply]:
    """Two calls: a tool's, and the answer."""
    messages = [Message(speaker=Speaker.PERSON, text=question)]
    first = model.ask(messages, tools=[TOOL])
    messages.append(Message(speaker=Speaker.MODEL, text=first.text, calls=first.calls))
    messages.append(Message(speaker=Speaker.TOOL, text="190", call_id=first.calls[0].call_id))
    return [first, model.ask(messages, tools=[TOOL])]


@pytest.fixture
def recorded(alice, openai_server) -> list[Reply]:
    openai_server.say(Said(calls=(Call("get_quotes", {"symbol": "AAPL"}),)), Said(text="Apple is at 190."))
    return talk(provider.chat_model(alice, Role.ANALYSIS, purpose="desk", thread="talk:7"))


def test_it_answers_as_it_did(recorded, openai_server) -> None:
    asked = openai_server.count
    model = RecordedModel("talk:7")
    assert talk(model) == recorded
    model.finish()
    assert openai_server.count == asked


def test_other_words_are_noticed(recorded) -> None:
    with pytest.raises(NotAsRecorded, match="message 1"):
        talk(RecordedModel("talk:7"), "How is Tesla?")


def test_other_tools_and_other_lengths_are_noticed(recorded) -> None:
    question = [Message(speaker=Speaker.PERSON, text="How is Apple? Mail me at carol@example.com")]
    with pytest.raises(NotAsRecorded, match="tools"):
        RecordedModel("talk:7").ask(question)
    with pytest.raises(NotAsRecorded, match="1 messages"):
        RecordedModel("talk:7").ask([*question, *question], tools=[TOOL])


def test_more_and_fewer_calls_are_noticed(recorded) -> None:
    model = RecordedModel("talk:7")
    with pytest.raises(NotAsRecorded, match="2 recorded calls"):
        model.finish()
    talk(model)
    with pytest.raises(NotAsRecorded, match="another one"):
        talk(model)


def test_a_fault_happens_again(alice, openai_server) -> None:
    openai_server.otherwise = Said(fault=Fault.NO_QUOTA)
    with pytest.raises(faults.NoQuota):
        talk(provider.chat_model(alice, Role.ANALYSIS, purpose="desk", thread="talk:8"))
    with pytest.raises(faults.NoQuota):
        talk(RecordedModel("talk:8"))


def test_another_person_s_conversation_is_not_one_s_own(recorded, bob) -> None:
    with pytest.raises(NotAsRecorded):
        talk(RecordedModel("talk:7", user=bob))


def test_the_command_prints_it(recorded) -> None:
    out = StringIO()
    call_command("replay_conversation", "talk:7", stdout=out)
    text = out.getvalue()
    assert 'model calls get_quotes {"symbol": "AAPL"}' in text
    assert "tool: 190" in text
    assert "model: Apple is at 190." in text
    assert "carol" not in text
    assert text.count("person:") == 1
    with pytest.raises(CommandError):
        call_command("replay_conversation", "nobody's")
