"""The Desk: a sentence becomes a proposal, a confirmed proposal becomes orders, once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus
from arbion.domain.errors import InvalidInput, NotFound
from tests.trading.desk.conftest import carry_out, say
from trading import desk
from trading.books.check import verify_books
from trading.errors import ProposalExpired, ProposalIncomplete, ProposalUsed
from trading.models import Message, Order, Position


def test_a_sentence_shows_what_it_costs_and_trades_nothing(named, counted):
    before = counted()
    shown = desk.as_json(say(named, "buy 10 apple"))
    assert shown["can_execute"] is True
    [[card]] = shown["previews"]
    assert card["kind"] == "order"
    assert (card["symbol"], card["quantity"], card["estimated_price"]) == ("AAPL", "10", "200.01")
    assert (card["cost"], card["buying_power_before"], card["buying_power_after"]) == ("2000.1", "100000", "97999.9")
    assert card["approved"] is True
    after = counted()
    assert {name for name in after if after[name] != before[name]} == {"trading.Proposal", "trading.Message"}


def test_confirming_fills_the_order_and_half_of_it_can_be_sold(named):
    [outcome] = carry_out(named, say(named, "buy 10 apple"))
    assert Order.objects.get(pk=outcome.order.pk).status == OrderStatus.FILLED
    [sold] = carry_out(named, say(named, "sell half of it"))
    assert Order.objects.get(pk=sold.order.pk).filled_quantity == Decimal(5)
    assert Position.objects.get().quantity == Decimal(5)
    assert verify_books(named.account) == []


def test_a_proposal_is_carried_out_once(named):
    proposal = say(named, "buy 10 apple")
    carry_out(named, proposal)
    with pytest.raises(ProposalUsed) as caught:
        carry_out(named, proposal)
    assert caught.value.extra["orders"] == [str(Order.objects.get().pk)]
    assert Order.objects.count() == 1


def test_a_confirmation_that_was_cut_short_goes_on_where_it_stopped(named, monkeypatch):
    from trading.desk import carrying_out

    proposal = say(named, "buy 10 apple and 2 microsoft")
    place = carrying_out.place_order

    def cut(instruction, **given):
        if instruction.symbol == "MSFT":
            raise KeyboardInterrupt
        return place(instruction, **given)

    monkeypatch.setattr(carrying_out, "place_order", cut)
    with pytest.raises(KeyboardInterrupt):
        carry_out(named, proposal)
    monkeypatch.setattr(carrying_out, "place_order", place)
    assert len(carry_out(named, proposal)) == 2
    assert sorted(Order.objects.values_list("instrument__symbol", flat=True)) == ["AAPL", "MSFT"]


def test_an_old_proposal_is_refused(named):
    proposal = say(named, "buy 10 apple")
    named.clock.advance(seconds=61)
    with pytest.raises(ProposalExpired):
        carry_out(named, proposal)
    assert Order.objects.count() == 0


def test_a_dismissed_proposal_is_refused(named):
    proposal = say(named, "buy 10 apple")
    desk.dismiss(named.alice, proposal.pk, clock=named.clock)
    with pytest.raises(ProposalUsed):
        carry_out(named, proposal)
    assert Order.objects.count() == 0


def test_another_persons_proposal_is_not_found(named):
    from accounts.models import User

    bob = User.objects.create_user("bob@example.com")
    proposal = say(named, "buy 10 apple")
    with pytest.raises(NotFound):
        desk.execute(bob, proposal.pk, clock=named.clock)
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["buy some apple", "buy 10", "don't buy apple", "hello", "I bought 10 apple yesterday"]
)
def test_what_is_incomplete_or_no_instruction_cannot_be_carried_out(named, text):
    proposal = say(named, text)
    assert desk.as_json(proposal)["can_execute"] is False
    with pytest.raises(ProposalIncomplete):
        carry_out(named, proposal)
    assert Order.objects.count() == 0


def test_a_strategy_is_understood_and_refused_in_words(named):
    shown = desk.as_json(say(named, "start the wheel on apple"))
    assert shown["can_execute"] is False
    assert [entry["code"] for entries in shown["previews"] for entry in entries] == ["not_offered"]
    assert "Strategies are not started by words" in shown["reply"]


def test_cancels_and_closings_are_carried_out(named):
    carry_out(named, say(named, "buy 10 apple at 150"))
    carry_out(named, say(named, "buy 4 microsoft"))
    [outcome] = carry_out(named, say(named, "cancel my apple orders"))
    assert (outcome.is_cancel, outcome.order.status) == (True, OrderStatus.CANCELED)
    carry_out(named, say(named, "close my microsoft position"))
    assert Position.objects.get(instrument__symbol="MSFT").quantity == 0
    assert verify_books(named.account) == []


def test_questions_are_answered_from_the_books(named):
    carry_out(named, say(named, "buy 10 apple"))
    assert "$200.00" in desk.as_json(say(named, "what's apple trading at?"))["reply"]
    assert "$97,999.90" in desk.as_json(say(named, "how much buying power do I have"))["reply"]
    assert "1 position" in desk.as_json(say(named, "show my positions"))["reply"]
    assert "no open orders" in desk.as_json(say(named, "show my open orders"))["reply"]


def test_the_conversation_is_kept_in_order(named):
    say(named, "buy 10 apple")
    lines = [(line.speaker, bool(line.proposal_id)) for line in desk.history(named.alice)]
    assert lines == [("person", False), ("desk", True)]


@pytest.mark.parametrize(("text", "code"), [("   ", "required"), ("buy " * 300, "too_long")])
def test_empty_and_endless_sentences_are_refused(named, text, code):
    with pytest.raises(InvalidInput) as caught:
        say(named, text)
    assert caught.value.errors[0].code == code
    assert Message.objects.count() == 0


def test_an_answer_completes_the_order_that_was_asked_about(named):
    assert desk.as_json(say(named, "buy some apple"))["question"]
    [outcome] = carry_out(named, say(named, "10 shares"))
    assert (outcome.order.instrument.symbol, outcome.order.quantity) == ("AAPL", Decimal(10))


def test_a_correction_changes_the_order_on_the_table_and_only_there(named):
    first = say(named, "buy 10 apple")
    named.clock.advance(seconds=1)
    corrected = say(named, "no, make it 5")
    with pytest.raises(ProposalUsed):
        carry_out(named, first)
    [outcome] = carry_out(named, corrected)
    assert outcome.order.quantity == Decimal(5)
    named.clock.advance(seconds=1)
    assert desk.as_json(say(named, "no, make it 7"))["can_execute"] is False
    assert Order.objects.count() == 1


def test_a_second_order_leaves_the_first_card_alone(named):
    first = say(named, "buy 10 apple")
    named.clock.advance(seconds=1)
    carry_out(named, say(named, "buy 5 apple"))
    carry_out(named, first)
    assert Order.objects.count() == 2
