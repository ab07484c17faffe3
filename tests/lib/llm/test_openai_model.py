"""The client against a real server through the real SDK: whole replies, streams, and every way in which they fail."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime

import pytest

from arbion.lib.clock import FrozenClock
from arbion.lib.llm import allowance, faults, openai_model
from arbion.lib.llm.breaker import FAULTS_MAX, Breaker
from arbion.lib.llm.endpoint import Api, Endpoint
from arbion.lib.llm.openai_model import Choice, OpenAIModel
from arbion.lib.llm.pace import Pace
from arbion.lib.llm.port import Finish, Message, Speaker, Tool, ToolCall, Usage
from arbion.lib.llm.worker import WORKER
from arbion.lib.transport import InsideTransaction
from tests.openai_server import KEY, Call, Fault, OpenAIServer, Reply

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


@pytest.fixture(autouse=True)
def _nothing_learned() -> None:
    openai_model._REFUSED.clear()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def model_of(openai_server: OpenAIServer, slept: list[float]):
    def make(api: Api = Api.RESPONSES, *, key: str = KEY, seconds: float = 20.0, effort: str = "", clock=None):
        pace = Pace(total_seconds=seconds, sleep=slept.append, rng=random.Random(7))
        endpoint = Endpoint(api_key=key, base_url=openai_server.base_url)
        clock = clock or FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
        choice = Choice(name="gpt-5.5", api=api, effort=effort)
        return OpenAIModel(endpoint, choice, pace=pace, clock=clock)

    return make


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


@BOTH
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.SILENT_END, Fault.ERROR_INSIDE])
def test_of_a_stream_without_its_end_nothing_comes_back(openai_server, model_of, api, fault) -> None:
    openai_server.otherwise = Reply(text="Buying now", calls=(Call("execute_trade", {"quantity": 10}),), fault=fault)
    pieces: list[str] = []
    with pytest.raises((faults.CutOff, faults.ProviderBroken, faults.Unreachable)):
        model_of(api).ask(ASKED, tools=[QUOTE], on_text=pieces.append)
    assert pieces[0] == "Buying "
    assert openai_server.count == 1, "what was heard in part is not asked for again"


@BOTH
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.SILENT_END])
def test_a_cut_before_the_first_word_is_asked_again(openai_server, model_of, api, fault, slept) -> None:
    openai_server.say(Reply(calls=(Call("get_quotes"),), fault=fault), Reply(text="Well."))
    reply = model_of(api).ask(ASKED, tools=[QUOTE], on_text=lambda _: None)
    assert (reply.text, reply.attempts, reply.calls) == ("Well.", 2, ())
    assert 0.3 < sum(slept) <= 0.5


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.WRONG_KEY, faults.WrongKey),
        (Fault.FORBIDDEN, faults.NotAllowed),
        (Fault.NO_MODEL, faults.ModelMissing),
        (Fault.TOO_LONG, faults.TooLong),
        (Fault.NO_QUOTA, faults.NoQuota),
        (Fault.REDIRECT, faults.NotUnderstood),
        (Fault.NOT_JSON, faults.Malformed),
    ],
)
@BOTH
def test_what_does_not_heal_is_asked_once(openai_server, model_of, api, fault, kind) -> None:
    openai_server.otherwise = Reply(fault=fault)
    with pytest.raises(kind) as caught:
        model_of(api).ask(ASKED)
    assert type(caught.value) is kind
    assert (openai_server.count, caught.value.attempts) == (1, 1)
    assert "sk-nope" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.BROKEN, faults.ProviderBroken),
        (Fault.RATE, faults.TooManyRequests),
        (Fault.FAILED, faults.ProviderBroken),
    ],
)
def test_what_may_heal_is_asked_three_times_with_growing_waits(openai_server, model_of, fault, kind, slept) -> None:
    openai_server.otherwise = Reply(fault=fault)
    with pytest.raises(kind) as caught:
        model_of().ask(ASKED)
    assert (openai_server.count, caught.value.attempts) == (3, 3)
    assert 0.375 + 0.75 <= sum(slept) <= 0.5 + 1.0
    retries = [one.headers["x-stainless-retry-count"] for one in openai_server.asked]
    assert retries == ["0", "0", "0"], "the SDK repeats nothing by itself"


def test_a_fault_that_heals_is_not_seen(openai_server, model_of) -> None:
    openai_server.say(Reply(fault=Fault.BROKEN), Reply(text="Well."))
    reply = model_of().ask(ASKED)
    assert (reply.text, reply.attempts) == ("Well.", 2)


def test_the_provider_may_say_that_asking_again_is_of_no_use(openai_server, model_of) -> None:
    openai_server.otherwise = Reply(fault=Fault.BROKEN, headers={"x-should-retry": "false"})
    with pytest.raises(faults.ProviderBroken):
        model_of().ask(ASKED)
    assert openai_server.count == 1


def test_the_provider_is_waited_for_as_it_wishes(openai_server, model_of, slept) -> None:
    openai_server.say(Reply(fault=Fault.RATE, retry_after="3"), Reply(text="Well."))
    clock = FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
    assert model_of(clock=clock).ask(ASKED).text == "Well."
    assert sum(slept) == pytest.approx(3.0)


def test_a_wait_that_is_too_long_is_told_and_kept_to(openai_server, model_of, slept) -> None:
    openai_server.say(Reply(fault=Fault.RATE, retry_after="60"))
    clock = FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
    model = model_of(clock=clock)
    for _ in range(2):  # the second time the provider is not even asked
        with pytest.raises(faults.TooManyRequests) as caught:
            model.ask(ASKED)
        assert caught.value.retry_after == 60
    assert (openai_server.count, slept) == (1, [])
    clock.advance(seconds=61)
    assert model.ask(ASKED).text == "Well."


@BOTH
def test_a_refused_field_is_left_out_and_remembered(openai_server, model_of, api) -> None:
    field = "reasoning_effort" if api is Api.CHAT else "reasoning.effort"
    openai_server.say(Reply(fault=Fault.UNSUPPORTED, param=field), Reply(text="Well."), Reply(text="Again."))
    assert model_of(api, effort="high").ask(ASKED).text == "Well."
    assert model_of(api, effort="high").ask(ASKED).text == "Again."
    has = [field.split(".", maxsplit=1)[0] in body for body in openai_server.bodies]
    assert has == [True, False, False]


@BOTH
def test_a_field_that_matters_is_not_left_out(openai_server, model_of, api) -> None:
    openai_server.otherwise = Reply(fault=Fault.UNSUPPORTED, param="store" if api is Api.RESPONSES else "messages")
    with pytest.raises(faults.NotUnderstood):
        model_of(api).ask(ASKED)
    assert openai_server.count == 1


def test_an_older_server_is_told_of_its_room_in_its_own_word(openai_server, model_of) -> None:
    openai_server.say(Reply(fault=Fault.UNSUPPORTED, param="max_completion_tokens"))
    model_of(Api.CHAT).ask(ASKED, output_tokens_max=77)
    assert openai_server.bodies[1]["max_tokens"] == 77
    assert "max_completion_tokens" not in openai_server.bodies[1]


@BOTH
def test_an_answer_without_room_is_given_more_once(openai_server, model_of, api) -> None:
    openai_server.say(Reply(text="Ha", fault=Fault.OUT_OF_ROOM), Reply(text="Well."))
    assert model_of(api).ask(ASKED, output_tokens_max=100).text == "Well."
    name = "max_completion_tokens" if api is Api.CHAT else "max_output_tokens"
    assert [body[name] for body in openai_server.bodies] == [100, 400]
    openai_server.otherwise = Reply(text="Ha", fault=Fault.OUT_OF_ROOM)
    with pytest.raises(faults.Malformed):
        model_of(api).ask(ASKED)


def test_an_empty_answer_is_malformed(openai_server, model_of) -> None:
    openai_server.otherwise = Reply()
    with pytest.raises(faults.Malformed):
        model_of().ask(ASKED)


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.DRIP])
def test_the_whole_is_bound_in_time(openai_server, model_of, fault) -> None:
    openai_server.otherwise = Reply(text="", calls=(Call("x"),), fault=fault, seconds=20)
    begun = time.monotonic()
    with pytest.raises(faults.TooSlow):
        model_of(seconds=0.5).ask(ASKED, on_text=lambda _: None)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.DRIP])
def test_whoever_asks_can_stop_at_once(openai_server, model_of, fault) -> None:
    openai_server.otherwise = Reply(text="One two", fault=fault, seconds=20)
    stop, pieces = threading.Event(), []
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(faults.Stopped):
        model_of().ask(ASKED, on_text=pieces.append, is_stopped=stop.is_set)
    assert time.monotonic() - begun < 10
    assert openai_server.count == 1


def test_a_stop_counts_even_after_the_last_word(openai_server, model_of) -> None:
    openai_server.say(Reply(text="One two"))
    pieces: list[str] = []
    with pytest.raises(faults.Stopped):
        model_of().ask(ASKED, on_text=pieces.append, is_stopped=lambda: len(pieces) == 2)


def test_a_dead_provider_cannot_be_reached(model_of, openai_server) -> None:
    model = model_of()
    model.endpoint = Endpoint(api_key=KEY, base_url="http://127.0.0.1:9/v1")
    with pytest.raises(faults.Unreachable):
        model.ask(ASKED)


def test_a_provider_that_fails_often_is_left_alone_and_then_tried_once(openai_server, model_of) -> None:
    openai_server.otherwise = Reply(fault=Fault.BROKEN)
    clock = FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
    model = model_of(clock=clock)
    for _ in range(2):
        with pytest.raises(faults.ProviderBroken):
            model.ask(ASKED)
    assert openai_server.count == FAULTS_MAX
    with pytest.raises(faults.Resting):
        model.ask(ASKED)
    assert openai_server.count == FAULTS_MAX
    clock.advance(seconds=31)
    with pytest.raises(faults.ProviderBroken):
        model.ask(ASKED)
    assert openai_server.count == FAULTS_MAX + 1, "one trial, no more"
    with pytest.raises(faults.Resting):
        model.ask(ASKED)
    clock.advance(seconds=31)
    openai_server.otherwise = Reply(text="Well.")
    assert model.ask(ASKED).text == "Well."
    assert Breaker(model.endpoint, clock).state().faults == 0


def test_only_one_makes_the_trial(openai_server, model_of) -> None:
    clock = FrozenClock(datetime(2026, 11, 21, tzinfo=UTC))
    breaker = Breaker(model_of().endpoint, clock)
    for _ in range(FAULTS_MAX):
        breaker.note(faults.Unreachable())
    clock.advance(seconds=31)
    breaker.check()
    with pytest.raises(faults.Resting):
        breaker.check()


def test_a_wrong_key_is_no_illness_of_the_provider(openai_server, model_of) -> None:
    model = model_of(key="sk-wrong")
    for _ in range(FAULTS_MAX + 1):
        with pytest.raises(faults.WrongKey):
            model.ask(ASKED)
    assert model_of().ask(ASKED).text == "Well."


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
