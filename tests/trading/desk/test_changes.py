"""Changing an open order in words: which one is meant, what its card shows, and that it is that one or none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus
from tests.trading.desk.conftest import carry_out, say
from trading import desk
from trading.errors import PreviewChanged, ProposalIncomplete
from trading.execution.cancel import request_cancel
from trading.models import Order


@pytest.fixture
def resting(named):
    """Alice with one resting limit order of ten Apple at 150."""
    carry_out(named, say(named, "buy 10 apple at 150"))
    named.clock.advance(seconds=1)
    return named


def test_a_limit_is_moved(resting):
    order = Order.objects.get()
    proposal = say(resting, "change my apple limit to 155")
    [[card]] = proposal.previews
    assert (card["kind"], card["order"]["id"]) == ("replace", str(order.pk))
    assert card["changes"] == [{"field": "limit_price", "label": "Limit price", "old": "150", "new": "155"}]
    assert desk.as_json(proposal)["can_execute"] is True
    order.refresh_from_db()
    assert order.limit_price == Decimal(150)
    [outcome] = carry_out(resting, proposal)
    assert outcome.is_replace
    order.refresh_from_db()
    assert (order.limit_price, order.revision, order.pending_request) == (Decimal(155), 1, "")


def test_a_size_is_changed(resting):
    carry_out(resting, say(resting, "change my apple order to 5 shares"))
    assert Order.objects.get().quantity == Decimal(5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("change my microsoft limit to 155", "no_open_orders"),
        ("move my apple stop to 140", "no_open_orders"),
    ],
)
def test_what_fits_no_open_order_is_refused_in_words(resting, text, code):
    proposal = say(resting, text)
    [[entry]] = proposal.previews
    assert (entry["kind"], entry["code"]) == ("refused", code)
    with pytest.raises(ProposalIncomplete):
        carry_out(resting, proposal)
    assert Order.objects.get().revision == 0


def test_where_two_fit_none_is_changed(resting):
    carry_out(resting, say(resting, "buy 4 apple at 151"))
    resting.clock.advance(seconds=1)
    [[entry]] = say(resting, "change my apple limit to 155").previews
    assert (entry["kind"], entry["code"]) == ("refused", "several_orders")
    assert not Order.objects.filter(revision__gt=0).exists()


def test_it_is_the_order_that_was_shown_or_none(resting):
    shown = Order.objects.get()
    proposal = say(resting, "change my apple limit to 155")
    request_cancel(shown, actor=resting.alice, clock=resting.clock)
    resting.place("buy", "AAPL", quantity="3", limit_price="149")
    with pytest.raises(PreviewChanged, match="no longer open"):
        carry_out(resting, proposal)
    assert not Order.objects.filter(revision__gt=0).exists()


def test_an_entry_is_meant_before_its_exits(named):
    carry_out(named, say(named, "buy 10 apple at 150 with stop at 140 and target at 230"))
    named.clock.advance(seconds=1)
    carry_out(named, say(named, "change my apple limit to 155"))
    entry = Order.objects.get(group_role="entry")
    assert (entry.status, entry.limit_price) == (OrderStatus.ACCEPTED, Decimal(155))
    named.clock.advance(seconds=1)
    carry_out(named, say(named, "move my stop on apple to 145"))
    assert Order.objects.get(group_role="stop_loss").stop_price == Decimal(145)
