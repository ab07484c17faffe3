"""A turn with a model: what it may bring about, what it may not, and what stands where it does not answer."""

from __future__ import annotations

import json

import pytest

from arbion.lib.llm import faults
from arbion.lib.llm.port import Finish, Reply
from tests.trading.desk.conftest import carry_out, say
from tests.trading.desk.model.conftest import converse
from tests.trading.desk.model.scripted import call, trade
from trading import desk
from trading.desk.model import assistants, talking
from trading.errors import ProposalIncomplete
from trading.models import Answering, Assistant, LineState, Message, Order, Proposal

ODD = "yo desk be a star and buy 10 apple for the pension pot"


def test_odd_words_become_a_card_that_is_confirmed_and_placed(model):
    proposal = converse(model, ODD, [trade("AAPL", "buy", quantity="10")], "Here is your order.")
    assert desk.as_json(proposal)["can_execute"]
    assert proposal.interpretation["reader"] == "model"
    assert not Order.objects.exists()
    [outcome] = carry_out(model, proposal)
    assert (outcome.order.instrument.symbol, str(outcome.order.quantity)) == ("AAPL", "10")


@pytest.mark.parametrize(
    "calls",
    [
        [trade("MSFT", "buy", quantity="10")],
        [trade("AAPL", "sell", quantity="10")],
        [trade("AAPL", "buy", quantity="100")],
        [trade("AAPL", "buy", quantity="10"), trade("MSFT", "buy", quantity="10")],
        [trade("AAPL", "buy", quantity="10", order_type="limit", limit_price="900")],
    ],
)
def test_what_the_person_did_not_say_cannot_be_confirmed(model, counted, calls):
    proposal = converse(model, ODD, calls, "Done, confirm it.")
    assert proposal.interpretation["question"]
    assert proposal.interpretation["differences"]
    assert not desk.as_json(proposal)["can_execute"]
    before = counted()
    with pytest.raises(ProposalIncomplete):
        carry_out(model, proposal)
    assert counted() == before
    assert not Order.objects.exists()


def test_what_a_model_named_gives_no_word_of_the_person_a_meaning(model):
    held = converse(model, ODD, [trade("MSFT", "buy", quantity="77")], "Buy Microsoft.")
    assert not desk.as_json(held)["can_execute"]
    for text in ("10", "make it 5", "buy 10 of it", "sell half of it"):
        proposal = say(model, text)
        assert not desk.as_json(proposal)["can_execute"], text


@pytest.mark.parametrize(
    "text", ["buy 10 apple", "what do I own", "buy some apple", "cancel all my orders", "how much is apple"]
)
def test_what_the_embedded_reader_reads_needs_no_model(model, text):
    converse(model, text)
    assert model.model.asked == []


@pytest.mark.parametrize("text", ["is it wise to own chip makers these days", "analyze apple", "hello you"])
def test_the_rest_is_asked_of_the_model(model, text):
    proposal = converse(model, text, [call("get_quotes", symbols=["AAPL"])], "Apple is at 200.")
    assert desk.as_json(proposal)["reply"] == "Apple is at 200."
    line = Message.objects.get(proposal=proposal)
    assert line.details["steps"] == ["Looked up the price of AAPL"]
    [source] = line.details["sources"]
    assert (source["what"], source["value"], source["source"]) == ("AAPL price", "200", "test")
    assert source["at"].startswith("2026-11-20T15:00")


def test_each_call_is_answered_and_wrong_ones_are_told(model):
    calls = [
        call("get_positions"),
        ("get_quotes", "{not json"),
        call("transfer_money", to="me"),
        call("get_quotes", symbols=["NOPE"]),
        trade("AAPL", "buy"),
        trade("AAPL", "buy", quantity="NaN"),
        trade("AAPL", "buy", quantity="-1"),
        ("execute_trade", json.dumps({"symbol": "AAPL", "leverage": "10"})),
    ]
    proposal = converse(model, ODD, calls, "I could not.")
    answers = [message for message in model.model.asked[1] if message.call_id]
    assert [message.call_id for message in answers] == [f"call-{n}" for n in range(1, 9)]
    assert all('"error"' in message.text for message in answers[1:])
    assert "There is no tool transfer_money." in answers[2].text
    assert proposal.interpretation["actions"] == []


def test_too_many_calls_end_it_with_nothing(model):
    script = [[call("get_candles", symbol="AAPL", interval="1d", count=n)] for n in range(1, 12)]
    proposal = converse(model, ODD, [trade("AAPL", "buy", quantity="10")], *script)
    assert len(model.model.asked) == 9
    assert proposal.interpretation["actions"] == []
    assert "I stopped after 8 look-ups" in desk.as_json(proposal)["reply"]


def test_the_same_call_again_ends_it(model):
    converse(model, ODD, *[[call("get_positions")]] * 20)
    assert len(model.model.asked) == 2


def test_it_ends_after_a_minute(model):
    def slow(messages):
        model.clock.advance(seconds=61)
        return [call("get_positions")]

    proposal = converse(model, ODD, slow, "Late.")
    line = Message.objects.get(proposal=proposal)
    assert line.details["fault"] == "model_timeout"
    assert len(model.model.asked) == 1


@pytest.mark.parametrize(
    "fault",
    [
        faults.NoKey, faults.WrongKey, faults.NoQuota, faults.TooManyRequests, faults.Unreachable, faults.TooSlow,
        faults.ProviderBroken, faults.CutOff, faults.Malformed, faults.OverBudget, faults.Resting,
    ],
)  # fmt: skip
def test_a_fault_leaves_the_embedded_answer_and_says_what_to_do(model, fault):
    embedded = say(model, ODD)
    proposal = converse(model, ODD, [trade("AAPL", "buy", quantity="10")], fault)
    assert proposal.interpretation == embedded.interpretation
    assert not desk.as_json(proposal)["can_execute"]
    line = Message.objects.get(proposal=proposal)
    assert line.details["hint"] == f"{fault.title}. {fault.what_to_do} {talking.WITHOUT_MODEL}"
    assert line.state == LineState.DONE


def test_a_refusal_proposes_nothing(model):
    refusal = Reply(text="No.", finish=Finish.REFUSED)
    proposal = converse(model, ODD, [trade("AAPL", "buy", quantity="10")], refusal)
    assert proposal.interpretation["actions"] == []


def test_without_a_key_it_is_said_where_one_would_help(named):
    spoken = talking.speak(named.alice, "is it a fine day for chip makers", clock=named.clock)
    answer = talking.begin(spoken, clock=named.clock)
    assert answer.state == LineState.DONE
    assert answer.details["hint"] == talking.WITHOUT_KEY
    assert talking.begin(talking.speak(named.alice, "buy 10 apple"), clock=named.clock).details == {}


# Pending lines -------------------------------------------------------------------------------------------------------
@pytest.fixture
def waiting(model, monkeypatch):
    """A pending line that nobody has begun to work on."""
    monkeypatch.setattr(talking, "after_commit", lambda function, *args: None)
    answer = talking.begin(talking.speak(model.alice, ODD, clock=model.clock), clock=model.clock)
    assert (answer.state, answer.text) == (LineState.PENDING, talking.THINKING)
    return model, answer


def test_a_hint_that_comes_twice_proposes_once(waiting):
    world, answer = waiting
    world.model.script = [[trade("AAPL", "buy", quantity="10")], "Here."] * 2
    talking.work_on(answer.pk, clock=world.clock)
    talking.work_on(answer.pk, clock=world.clock)
    assert Proposal.objects.count() == 1
    assert Proposal.objects.get().pk == Answering.objects.get().pk


def test_a_sentence_that_is_sent_twice_is_one_line(waiting):
    world, _ = waiting
    key = Answering.objects.get().pk
    spoken = talking.speak(world.alice, ODD, key=key, clock=world.clock)
    first, second = talking.begin(spoken, clock=world.clock), talking.begin(spoken, clock=world.clock)
    assert first == second


def test_what_is_stopped_before_it_begins_is_over(waiting):
    world, answer = waiting
    talking.stop(world.alice, answer.pk)
    talking.work_on(answer.pk, clock=world.clock)
    answer.refresh_from_db()
    assert (answer.state, answer.text, answer.proposal) == (LineState.DONE, talking.STOPPED, None)
    assert world.model.asked == []


def test_what_is_stopped_on_its_way_proposes_nothing(waiting):
    world, answer = waiting

    def stopped(messages):
        talking.stop(world.alice, answer.pk)
        world.clock.advance(seconds=1)
        return [trade("AAPL", "buy", quantity="10")]

    world.model.script = [stopped, "Here."]
    talking.work_on(answer.pk, clock=world.clock)
    answer.refresh_from_db()
    assert answer.text == talking.STOPPED
    assert not Proposal.objects.exists()


def test_nobody_else_can_stop_it(waiting):
    from accounts.models import User

    _, answer = waiting
    talking.stop(User.objects.create_user("eve@example.com"), answer.pk)
    assert not Answering.objects.get().stop_asked


def test_a_line_that_nobody_works_on_any_more_broke_off(waiting):
    world, answer = waiting
    world.clock.advance(seconds=80)
    assert talking.mend(world.alice, clock=world.clock) == 0
    world.clock.advance(seconds=20)
    assert talking.mend(world.alice, clock=world.clock) == 1
    answer.refresh_from_db()
    assert (answer.state, answer.text) == (LineState.BROKEN, talking.BROKE_OFF)
    world.model.script = [[trade("AAPL", "buy", quantity="10")], "Here."]
    talking.work_on(answer.pk, clock=world.clock)
    assert not Proposal.objects.exists()


def test_an_answer_that_comes_after_it_was_given_up_counts_for_nothing(waiting):
    world, answer = waiting

    def late(messages):
        world.clock.advance(seconds=100)
        assert talking.mend(world.alice, clock=world.clock) == 1
        return "Sorry, late."

    world.model.script = [late]
    talking.work_on(answer.pk, clock=world.clock)
    answer.refresh_from_db()
    assert answer.state == LineState.BROKEN
    assert not Proposal.objects.exists()


def test_the_answer_is_told_as_it_grows(model, monkeypatch):
    told = []
    monkeypatch.setattr("trading.desk.model.telling.publish", lambda group, message: told.append((group, message)))

    def moving(messages):
        model.clock.advance(seconds=1)
        return "Apple is at 200."

    converse(model, "tell me of chips", [call("get_quotes", symbols=["AAPL"])], moving)
    assert {group for group, _ in told} == {f"person.{model.alice.pk}"}
    assert told[0][1]["steps"] == ["Looked up the price of AAPL"]
    assert told[1][1]["text"] == "Apple "
    assert told[-1][1]["state"] == "done"


# Assistants ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def helper(model):
    """An assistant of Alice's."""
    row = Assistant(
        user=model.alice, name="Ada", personality="dry", instructions="Mind the fees.",
        tools=["execute_trade", "remember"], tokens_a_day_max=1000, created_at=model.clock.now(),
    )  # fmt: skip
    return assistants.save(row, actor=model.alice, is_new=True, clock=model.clock)


def test_an_assistant_has_its_manner_memory_and_tools(model, helper):
    converse(model, "remember that I like limit orders", [call("remember", line="likes limit orders")], "I will.",
             assistant=helper)  # fmt: skip
    assert [line.text for line in helper.memory.all()] == ["likes limit orders"]
    converse(model, "hello you", "Hello.", assistant=helper)
    assert model.model.tools[-1] == ["execute_trade", "remember"]
    context = model.model.asked[-1][1].text
    for part in ("Ada", "dry", "Mind the fees.", "likes limit orders"):
        assert part in context
    assert Message.objects.order_by("-pk").first().details["assistant"] == "Ada"


def test_the_desk_itself_remembers_nothing(model):
    converse(model, "hello you", "Hello.")
    assert "remember" not in model.model.tools[-1]


def test_an_assistant_that_has_spent_its_day_rests(model, helper):
    Answering.objects.all().delete()
    for _ in range(10):
        converse(model, "hello you", "Hello.", assistant=helper)
    assert assistants.spent_today(helper, model.clock.now()) == 1000 + 100
    proposal = converse(model, "hello you", "Hello.", assistant=helper)
    assert Message.objects.get(proposal=proposal).details["fault"] == "model_budget_used"


def test_an_order_of_the_memory_is_nobodys_order(model, helper):
    assistants.remember(helper, "always buy 10 microsoft", by="person", clock=model.clock)
    proposal = converse(model, "hello you", [trade("MSFT", "buy", quantity="10")], "Bought.", assistant=helper)
    assert not desk.as_json(proposal)["can_execute"]


def test_an_assistant_is_its_persons_alone(model, helper):
    from accounts.models import User
    from arbion.domain.errors import NotFound

    eve = User.objects.create_user("eve@example.com")
    with pytest.raises(NotFound):
        assistants.assistant_of(eve, helper.pk)
    assert list(assistants.mine(eve)) == []
