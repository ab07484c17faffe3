"""Every way in which a provider fails, through the real SDK: what is asked again, and what is never used."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from arbion.lib.clock import FrozenClock
from arbion.lib.llm import faults
from arbion.lib.llm.breaker import FAULTS_MAX, Breaker
from arbion.lib.llm.endpoint import Api, Endpoint
from arbion.lib.llm.port import Message, Speaker, Tool
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
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.CUT, faults.CutOff),
        (Fault.SILENT_END, faults.CutOff),
        (Fault.ERROR_INSIDE, faults.ProviderBroken),
    ],
)
def test_of_a_stream_without_its_end_nothing_comes_back(openai_server, model_of, api, fault, kind) -> None:
    openai_server.otherwise = Reply(text="Buying now", calls=(Call("execute_trade", {"quantity": 10}),), fault=fault)
    pieces: list[str] = []
    with pytest.raises(kind):
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
    begun = time.monotonic()
    with pytest.raises(faults.Stopped):
        model_of().ask(ASKED, on_text=lambda _: None, is_stopped=lambda: openai_server.count > 0)
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
