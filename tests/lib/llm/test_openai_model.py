"""The client against a real server through the real SDK: whole replies, streams, and every way in which they fail."""

from __future__ import annotations

import threading

import pytest

from arbion.lib.llm import allowance, faults
from arbion.lib.llm.endpoint import Api
from arbion.lib.llm.openai_model import OpenAIModel
from arbion.lib.llm.port import Finish, Message, Speaker, Tool, ToolCall, Usage
from arbion.lib.llm.worker import WORKER
from arbion.lib.transport import InsideTransaction
from tests.openai_server import KEY, Call, Fault, Reply

ASKED = (Message(speaker=Speaker.RULES, text="Be brief."), Message(speaker=Speaker.PERSON, text="How is Apple?"))
QUOTE = Tool(
    name="get_quotes",
    description="Prices.",
    parameters={
        "type": "object",
        "properties": {"symbol": {"type": "string"}},
        "required": ["symbol"],
        "additionalProperties": False,
    },
)
BOTH = pytest.mark.parametrize("api", list(Api))
WAYS = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@BOTH
@WAYS
def test_words_come_back_whole_and_in_pieces(openai_server, model_of, api, streamed) -> None:
    openai_server.say(Reply(text="Apple is at 190."))
    pieces: list[str] = []
    reply = model_of(api).ask(ASKED, on_text=pieces.append if streamed else None)
    assert (reply.text, reply.finish, reply.calls) == ("Apple is at 190.", Finish.SAID, ())
    assert reply.usage == Usage(input=120, output=30, cached=20, reasoning=10)
    assert (reply.model, reply.request_id, reply.attempts) == ("gpt-5.5", "req_1", 1)
    assert pieces == (["Apple ", "is ", "at ", "190."] if streamed else [])


@BOTH
@WAYS
def test_two_parallel_calls_come_back_with_their_arguments(openai_server, model_of, api, streamed) -> None:
    openai_server.say(Reply(calls=(Call("get_quotes", {"symbol": "AAPL"}), Call("get_quotes", '{"symbol": '))))
    reply = model_of(api).ask(ASKED, tools=[QUOTE], on_text=print if streamed else None)
    assert reply.finish is Finish.CALLS
    assert reply.calls == (
        ToolCall(call_id="call_0", name="get_quotes", arguments='{"symbol": "AAPL"}'),
        ToolCall(call_id="call_1", name="get_quotes", arguments='{"symbol": '),
    )


@BOTH
@WAYS
def test_a_refusal_is_a_reply(openai_server, model_of, api, streamed) -> None:
    openai_server.say(Reply(refusal="I cannot help with that."))
    reply = model_of(api).ask(ASKED, on_text=print if streamed else None)
    assert (reply.finish, reply.text, reply.calls) == (Finish.REFUSED, "I cannot help with that.", ())


@BOTH
@WAYS
def test_what_the_filter_stopped_brings_no_calls(openai_server, model_of, api, streamed) -> None:
    openai_server.say(Reply(text="Half", calls=(Call("get_quotes"),), fault=Fault.FILTERED))
    reply = model_of(api).ask(ASKED, on_text=(lambda _: None) if streamed else None)
    assert (reply.finish, reply.calls) == (Finish.REFUSED, ())
    assert "Half" not in reply.text


def test_a_chat_request_is_written_as_servers_read_it(openai_server, model_of) -> None:
    model_of(Api.CHAT, effort="high").ask(_long_talk(), tools=[QUOTE], output_tokens_max=500, on_text=print)
    body = openai_server.bodies[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "tool", "user"]
    assert body["messages"][2]["tool_calls"][0]["function"] == {"name": "get_quotes", "arguments": '{"symbol": "AAPL"}'}
    assert body["messages"][3] == {"role": "tool", "content": "190", "tool_call_id": "call_0"}
    assert body["tools"][0]["function"]["strict"] is True
    assert (body["max_completion_tokens"], body["reasoning_effort"]) == (500, "high")
    assert body["stream_options"] == {"include_usage": True}
    assert "temperature" not in body


def test_a_response_is_asked_for_without_being_kept(openai_server, model_of) -> None:
    model_of(effort="high").ask(_long_talk(), tools=[QUOTE], output_tokens_max=500)
    body = openai_server.bodies[0]
    assert body["store"] is False
    assert "previous_response_id" not in body
    assert [item.get("role") or item["type"] for item in body["input"]] == [
        "developer", "user", "function_call", "function_call_output", "user",
    ]  # fmt: skip
    assert body["tools"][0]["strict"] is True
    assert body["tools"][0]["name"] == "get_quotes"
    assert (body["max_output_tokens"], body["reasoning"]) == (500, {"effort": "high"})


def test_a_model_sees_its_own_thoughts_again_with_its_calls(openai_server, model_of) -> None:
    model = model_of()
    openai_server.say(Reply(calls=(Call("get_quotes", {"symbol": "AAPL"}),)))
    calls = model.ask(ASKED, tools=[QUOTE]).calls
    answer = Message(speaker=Speaker.TOOL, text="190", call_id=calls[0].call_id)
    model.ask([*ASKED, Message(speaker=Speaker.MODEL, calls=calls), answer], tools=[QUOTE])
    kinds = [item.get("role") or item["type"] for item in openai_server.bodies[1]["input"]]
    assert kinds == ["developer", "user", "reasoning", "function_call", "function_call_output"]
    assert openai_server.bodies[1]["input"][2]["encrypted_content"] == "sealed-thoughts"


def test_what_a_model_made_up_is_said_again_in_a_form_that_servers_take(openai_server, model_of) -> None:
    calls = (ToolCall(call_id="c", name="sell everything!", arguments="{broken"),)
    model_of(Api.CHAT).ask([*ASKED, Message(speaker=Speaker.MODEL, calls=calls)])
    said = openai_server.bodies[0]["messages"][2]["tool_calls"][0]["function"]
    assert said == {"name": "sell_everything_", "arguments": "{}"}


def test_what_is_left_of_the_allowance_is_kept(openai_server, model_of) -> None:
    model = model_of()
    model.ask(ASKED)
    kept = allowance.kept(model.allowance_name)
    assert kept is not None
    assert (kept.requests_left, kept.tokens_left, kept.requests_reset, kept.tokens_reset) == (99, 9000, 0.12, 360.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120ms", 0.12), ("1s", 1), ("6m0s", 360), ("1h2m3.5s", 3600), ("-1", None), ("", None), ("soon", None)],
)
def test_durations_of_headers(text, seconds) -> None:
    assert allowance.duration(text) == seconds


def test_many_threads_share_one_client(openai_server, model_of) -> None:
    openai_server.otherwise = lambda body: Reply(text=f"You said {body['input'][0]['content']}")
    model = model_of()
    model.ask([Message(speaker=Speaker.PERSON, text="first")])
    before, heard = WORKER.count(), {}

    def ask(number: int) -> None:
        heard[number] = model.ask([Message(speaker=Speaker.PERSON, text=str(number))], on_text=lambda _: None).text

    threads = [threading.Thread(target=ask, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == {number: f"You said {number}" for number in range(16)}
    assert WORKER.count() == before


async def _ask_async(model: OpenAIModel, pieces: list[str]) -> str:
    return (await model.aask(ASKED, on_text=pieces.append)).text


def test_it_can_be_asked_from_an_event_loop(openai_server, model_of) -> None:
    import asyncio

    openai_server.say(Reply(text="Apple is up."))
    pieces: list[str] = []
    assert asyncio.run(_ask_async(model_of(), pieces)) == "Apple is up."
    assert pieces == ["Apple ", "is ", "up."]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_asked_inside_a_transaction(openai_server, model_of) -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(InsideTransaction):
        model_of().ask(ASKED)
    assert openai_server.count == 0


def test_neither_key_nor_words_reach_the_log(openai_server, model_of, caplog) -> None:
    caplog.set_level("DEBUG")
    openai_server.say(Reply(fault=Fault.NO_QUOTA), Reply(text="The secret answer."))
    with pytest.raises(faults.NoQuota):
        model_of().ask([Message(speaker=Speaker.PERSON, text="the secret question")])
    model_of().ask([Message(speaker=Speaker.PERSON, text="the secret question")])
    ours = "\n".join(record.getMessage() for record in caplog.records)
    assert "req_1" in ours
    assert KEY not in ours
    assert "secret" not in ours


def test_a_person_s_key_names_nobody_else_s_account(openai_server, model_of, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-house")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-house")
    openai_server.keys.add("sk-somebody-else")
    model_of(key="sk-somebody-else").ask(ASKED)
    assert not {"openai-organization", "openai-project"} & openai_server.asked[0].headers.keys()


def _long_talk() -> list[Message]:
    call = ToolCall(call_id="call_0", name="get_quotes", arguments='{"symbol": "AAPL"}')
    return [
        *ASKED,
        Message(speaker=Speaker.MODEL, calls=(call,)),
        Message(speaker=Speaker.TOOL, text="190", call_id="call_0"),
        Message(speaker=Speaker.PERSON, text="And now?"),
    ]
