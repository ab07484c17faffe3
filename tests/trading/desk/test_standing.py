"""What words set up to stand for a while: orders that wait, alerts, repeating orders; shown, confirmed, taken back."""

from __future__ import annotations

import pytest

from arbion.domain.enums import OrderStatus
from tests.trading.desk.conftest import carry_out, say
from trading import desk
from trading.errors import PreviewChanged
from trading.models import Alert, Order, RepeatingOrder


def test_an_order_that_waits_is_shown_held_and_taken_back(named):
    proposal = say(named, "buy 10 apple when it drops to 150")
    [[card]] = proposal.previews
    assert (card["kind"], card["waiting_for"], card["estimated_price"]) == ("order", "condition", "150.01")
    assert card["when_in_words"] == "AAPL at or below 150.00"
    assert Order.objects.count() == 0
    carry_out(named, proposal)
    order = Order.objects.get()
    assert (order.status, order.waiting_for) == (OrderStatus.HELD, "condition")
    assert desk.undo(named.alice, proposal.pk, clock=named.clock).count == 1
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELED


def test_an_alert_is_shown_set_once_and_taken_back(named):
    proposal = say(named, "alert me when apple reaches 250")
    [[card]] = proposal.previews
    assert (card["kind"], card["when_in_words"], card["now"]) == ("alert", "AAPL at or above 250.00", "200.00")
    assert Alert.objects.count() == 0
    [outcome] = carry_out(named, proposal)
    assert outcome.alert == Alert.objects.get()
    assert desk.undo(named.alice, proposal.pk, clock=named.clock).count == 1
    assert Alert.objects.count() == 0


def test_an_alert_that_is_true_already_is_refused_in_words(named):
    shown = desk.as_json(say(named, "alert me when apple falls below 250"))
    assert shown["can_execute"] is False
    assert "This is so already" in shown["reply"]
    assert Alert.objects.count() == 0


def test_an_alert_that_came_true_before_it_was_confirmed_is_refused(named):
    proposal = say(named, "alert me when apple reaches 250")
    named.quote("AAPL", "251")
    with pytest.raises(PreviewChanged, match="so already"):
        carry_out(named, proposal)
    assert Alert.objects.count() == 0


def test_a_repeating_order_is_shown_kept_once_and_ended(named):
    proposal = say(named, "buy $100 of bitcoin every monday")
    [[card]] = proposal.previews
    assert (card["kind"], card["order"]["symbol"]) == ("repeat", "BTC-USD")
    assert card["first"]
    assert RepeatingOrder.objects.count() == 0
    [outcome] = carry_out(named, proposal)
    assert outcome.repeating == RepeatingOrder.objects.get()
    assert Order.objects.count() == 0
    assert desk.undo(named.alice, proposal.pk, clock=named.clock).count == 1
    assert RepeatingOrder.objects.get().state == "ended"


def test_another_persons_proposal_is_not_taken_back(named):
    from accounts.models import User
    from arbion.domain.errors import NotFound

    proposal = say(named, "alert me when apple reaches 250")
    carry_out(named, proposal)
    with pytest.raises(NotFound):
        desk.undo(User.objects.create_user("bob@example.com"), proposal.pk, clock=named.clock)
    assert Alert.objects.count() == 1
