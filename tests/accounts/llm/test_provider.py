"""Whose key is asked, what the budget lets pass, and what is written down of every call."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.llm import budget, keys, provider, records
from accounts.models import KeyOwner, LanguageModel, ModelApi, ModelCall, Secret
from arbion.lib.clock import SYSTEM, FrozenClock
from arbion.lib.llm import faults
from arbion.lib.llm.port import Message, Role, Speaker, Tool
from tests.openai_server import KEY, Call, Fault, Reply

pytestmark = pytest.mark.django_db
ASKED = (Message(speaker=Speaker.PERSON, text="How is Apple?"),)
OWN = "sk-own-0123456789abcdefghij"
TOOL = Tool(name="get_quotes", description="Prices.", parameters={"type": "object", "properties": {}})


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 21, 23, 0, tzinfo=UTC))


@pytest.fixture
def own_key(alice, openai_server) -> str:
    openai_server.keys.add(OWN)
    keys.save(user=alice, key=OWN)
    return OWN


def ask(user, clock, text: str = "How is Apple?", **facts):
    model = provider.chat_model(user, Role.ANALYSIS, purpose="desk", thread="talk:1", clock=clock)
    return model.ask([Message(speaker=Speaker.PERSON, text=text)], **facts)


def test_without_any_key_there_is_no_model(alice, settings, clock) -> None:
    settings.OPENAI_API_KEY = ""
    with pytest.raises(faults.NoKey):
        provider.chat_model(alice, Role.ANALYSIS, purpose="desk", clock=clock)
    assert not provider.is_there_for(alice)


def test_a_call_is_written_down_whole(alice, openai_server, clock) -> None:
    openai_server.say(Reply(text="One moment.", calls=(Call("get_quotes", {"symbol": "AAPL"}),)))
    ask(alice, clock, tools=[TOOL])
    row = ModelCall.objects.get()
    assert (row.user, row.at, row.purpose, row.thread, row.role) == (alice, clock.at, "desk", "talk:1", "analysis")
    assert (row.model, row.provider, row.key_owner, row.verdict) == ("gpt-5.5", "127.0.0.1", KeyOwner.HOUSE, "ok")
    assert (row.request_id, row.attempts, row.price) == ("req_1", 1, None)
    assert (row.tokens_in, row.tokens_out, row.tokens_cached, row.tokens_reasoning) == (120, 30, 20, 10)
    assert row.messages == [{"speaker": "person", "text": "How is Apple?", "calls": [], "call_id": ""}]
    assert row.tools[0]["name"] == "get_quotes"
    assert row.reply == {
        "text": "One moment.",
        "calls": [{"call_id": "call_0", "name": "get_quotes", "arguments": '{"symbol": "AAPL"}'}],
        "finish": "calls",
        "model": "gpt-5.5",
    }
    assert not row.is_estimated


def test_a_failed_call_is_written_down_with_its_fault(alice, openai_server, clock) -> None:
    openai_server.otherwise = Reply(fault=Fault.NO_QUOTA)
    with pytest.raises(faults.NoQuota):
        ask(alice, clock)
    row = ModelCall.objects.get()
    assert (row.verdict, row.reply, row.tokens_in, row.request_id) == ("model_quota_used", None, 0, "req_1")


def test_no_secret_and_no_person_is_written_down(alice, openai_server, clock) -> None:
    said = f"my key is {KEY}, mail carol@example.com, account number 88123456, at 1,234,567.89 and 12345678.5 then"
    openai_server.say(Reply(text=f"Noted: {KEY} of carol@example.com"))
    ask(alice, clock, said)
    row = ModelCall.objects.get()
    kept = str(row.messages) + str(row.reply)
    for canary in (KEY, "carol", "88123456"):
        assert canary not in kept
    assert "1,234,567.89" in kept
    assert "12345678.5" in kept
    assert openai_server.bodies[0]["input"][0]["content"] == said


def test_what_no_database_takes_is_left_out(alice, openai_server, clock) -> None:
    ask(alice, clock, "a\0b \ud800 c")
    assert ModelCall.objects.get().messages[0]["text"] == "ab ? c"


def test_a_call_is_never_changed(alice, openai_server, clock) -> None:
    ask(alice, clock)
    with pytest.raises(DatabaseError), transaction.atomic():
        ModelCall.objects.update(verdict="model_fault")
    assert ModelCall.objects.get().verdict == "ok"


def test_calls_past_keeping_are_deleted(alice, openai_server, clock) -> None:
    ask(alice, clock)
    clock.advance(seconds=89 * 86_400)
    ask(alice, clock)
    clock.advance(seconds=2 * 86_400)
    assert records.prune(clock=clock) == 1
    assert ModelCall.objects.count() == 1


def test_one_s_own_key_comes_first_and_needs_no_budget(alice, bob, own_key, openai_server, settings) -> None:
    settings.MODEL_TOKENS_A_DAY, clock = 0, SYSTEM
    ask(alice, clock)
    assert openai_server.asked[0].headers["authorization"] == f"Bearer {own_key}"
    assert ModelCall.objects.get().key_owner == KeyOwner.OWN
    with pytest.raises(faults.OverBudget):
        ask(bob, clock)
    assert openai_server.count == 1


def test_a_key_in_somebody_else_s_row_opens_nothing(alice, bob, own_key, openai_server, clock) -> None:
    Secret.objects.update(user=bob)
    with pytest.raises(faults.WrongKey):
        ask(bob, clock)
    assert openai_server.count == 0


def test_a_key_is_told_to_no_other_provider_than_it_was_given_for(
    alice, own_key, openai_server, settings, clock
) -> None:
    settings.OPENAI_BASE_URL = openai_server.base_url.replace("127.0.0.1", "localhost")
    with pytest.raises(faults.WrongKey, match=r"saved for 127\.0\.0\.1, and the provider is localhost now"):
        ask(alice, clock)
    assert openai_server.count == 0


def test_a_person_s_share_ends_and_begins_anew_at_midnight(alice, bob, openai_server, settings, clock) -> None:
    settings.MODEL_TOKENS_A_DAY = 4500
    openai_server.otherwise = Reply(text="Well.", usage=(300, 100))
    ask(alice, clock)
    with pytest.raises(faults.OverBudget):
        ask(alice, clock)
    assert openai_server.count == 1
    ask(bob, clock)
    clock.advance(seconds=3601)
    ask(alice, clock)
    assert openai_server.count == 3


def test_the_house_has_a_bound_for_all(alice, bob, openai_server, settings, clock) -> None:
    settings.MODEL_TOKENS_A_DAY_HOUSE = 4400
    openai_server.otherwise = Reply(text="Well.", usage=(300, 100))
    ask(alice, clock)
    with pytest.raises(faults.OverBudget):
        ask(bob, clock)
    assert openai_server.count == 1


def test_a_budget_in_money_is_counted_in_money(alice, openai_server, settings, clock) -> None:
    settings.MODEL_MONEY_A_DAY = "0.10"
    with pytest.raises(faults.OverBudget):  # what costs nobody knows how much is not paid for
        ask(alice, clock)
    LanguageModel.objects.create(
        role="analysis", name="gpt-5.5", api=ModelApi.RESPONSES, price_in=Decimal("2.5"), price_out=Decimal(10)
    )
    openai_server.otherwise = Reply(text="Well.", usage=(20_001, 1_000))
    ask(alice, clock)
    assert ModelCall.objects.get().price == Decimal("0.0600025")
    with pytest.raises(faults.OverBudget):
        ask(alice, clock)
    assert openai_server.count == 1


def test_many_at_once_do_not_pass_together(alice, openai_server, settings, clock) -> None:
    settings.MODEL_TOKENS_A_DAY = 10_000
    model = provider.served(Role.ANALYSIS)
    most = provider.Usage(input=100, output=4000)
    now = clock.now()
    with (
        budget.reserved(alice, model, now, most),
        budget.reserved(alice, model, now, most),
        pytest.raises(faults.OverBudget),
        budget.reserved(alice, model, now, most),
    ):
        pytest.fail("three of them are more than the share")
    with budget.reserved(alice, model, clock.now(), most):
        pass


def test_stopping_an_answer_does_not_make_it_free(alice, openai_server, clock) -> None:
    openai_server.say(Reply(text="word " * 300, fault=Fault.DRIP))
    heard: list[str] = []
    with pytest.raises(faults.Stopped):
        ask(alice, clock, on_text=heard.append, is_stopped=lambda: len(heard) > 200)
    row = ModelCall.objects.get()
    assert (row.verdict, row.is_estimated) == ("model_stopped", True)
    assert row.tokens_out > 200


def test_what_the_provider_does_not_count_is_estimated(alice, openai_server, clock) -> None:
    openai_server.say(Reply(text="Well well.", usage=None))
    ask(alice, clock)
    row = ModelCall.objects.get()
    assert row.is_estimated
    assert row.tokens_in > 0
    assert row.tokens_out == 4


def test_trouble_of_the_listener_is_written_down_too(alice, openai_server, clock) -> None:
    def burst(_: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        ask(alice, clock, on_text=burst)
    row = ModelCall.objects.get()
    assert (row.verdict, row.reply) == (records.INTERRUPTED, None)
    assert row.tokens_in > 0


def test_what_is_switched_off_serves_nobody(alice, openai_server, clock) -> None:
    LanguageModel.objects.create(role="analysis", name="gpt-5.5", api=ModelApi.RESPONSES, is_on=False)
    with pytest.raises(faults.SwitchedOff):
        ask(alice, clock)
    assert openai_server.count == 0


def test_what_an_operator_chose_is_asked(alice, openai_server, clock) -> None:
    LanguageModel.objects.create(role="analysis", name="local-model", api=ModelApi.CHAT, effort="low")
    ask(alice, clock)
    assert openai_server.asked[0].path == "/v1/chat/completions"
    assert (openai_server.bodies[0]["model"], openai_server.bodies[0]["reasoning_effort"]) == ("local-model", "low")


def test_a_recording_is_written_down_but_not_kept(alice, openai_server, clock) -> None:
    text = provider.transcriber(alice, clock=clock).transcribe(b"RIFFnoise", filename="a.webm", keywords=["AAPL"])
    assert text == "buy ten shares of apple"
    assert b"AAPL" in openai_server.asked[0].raw
    row = ModelCall.objects.get()
    assert (row.role, row.purpose, row.model, row.verdict) == ("transcription", "voice", "gpt-transcribe", "ok")
    assert "RIFF" not in str(row.messages)


def test_a_recording_of_another_kind_is_not_sent(alice, openai_server, clock) -> None:
    for audio, name in ((b"x", "a.exe"), (b"", "a.webm"), (b"x", "webm")):
        with pytest.raises(faults.NotUnderstood):
            provider.transcriber(alice, clock=clock).transcribe(audio, filename=name)
    assert openai_server.count == 0


def test_the_secret_is_nowhere_in_the_tables(alice, own_key, openai_server, clock) -> None:
    ask(alice, clock)
    openai_server.otherwise = Reply(fault=Fault.WRONG_KEY)
    with pytest.raises(faults.WrongKey):
        ask(alice, clock)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  names that the database itself gave
            assert OWN not in str(cursor.fetchall()), table


def test_asked_in_threads_each_call_has_its_row(transactional_db, make_person, openai_server, clock) -> None:
    carol = make_person("carol")
    threads = [threading.Thread(target=_ask_and_close, args=(carol, clock)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ModelCall.objects.filter(verdict="ok").count() == 4


def _ask_and_close(user, clock) -> None:
    try:
        ask(user, clock)
    finally:
        connection.close()
