"""Every kind of order that words can ask for: what its card says, and what confirming it places."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import GroupRole, OrderStatus
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from tests.trading.desk.conftest import carry_out, say
from trading import desk
from trading.books.check import verify_books
from trading.models import Order, Position

CASES = [
    ("sell 10 apple if it drops below 180", "Stop: at the market once the price falls to $180.00", "good today"),
    (
        "buy 5 apple stop 210 limit 212",
        "Stop limit: at $212.00 or better once the price rises to $210.00",
        "good today",
    ),
    ("trailing stop of 5% on my apple", "Trailing stop: 5% below the highest price from now on", "good today"),
    ("trailing stop of $3 on my apple", "Trailing stop: $3.00 below the highest price from now on", "good today"),
    ("buy 5 apple at 201 immediate or cancel", "At $201.00 or better", "at once, and what is left is canceled"),
    ("buy 5 apple at 201 fill or kill", "At $201.00 or better", "whole and at once, or not at all"),
    ("buy 5 apple at the open", "At the market", "at the open"),
    ("buy 5 apple at the close", "At the market", "at the close"),
]


@pytest.fixture
def holding(named):
    """Alice with twenty shares of Apple."""
    carry_out(named, say(named, "buy 20 apple"))
    return named


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_each_type_is_shown_in_plain_words_and_placed_as_shown(holding, case):
    text, terms, lasts = case
    proposal = say(holding, text)
    [[card]] = proposal.previews
    assert (card["kind"], card["terms_in_words"], card["lasts_in_words"]) == ("order", terms, lasts)
    assert card["approved"] is True
    [outcome] = carry_out(holding, proposal)
    said = proposal.interpretation["actions"][0]["order"]
    order = Order.objects.get(pk=outcome.order.pk)
    assert (order.order_type, order.time_in_force) == (said["order_type"], said["time_in_force"])
    for name in ("limit_price", "trail_amount", "trail_percent"):
        assert getattr(order, name) == (None if said[name] is None else Decimal(said[name]))
    assert order.status not in {OrderStatus.DENIED, OrderStatus.REJECTED}
    assert verify_books(holding.account) == []


def test_exits_come_with_their_entry(named):
    proposal = say(named, "buy 10 apple with stop at 180 and target at 230")
    [[card]] = proposal.previews
    assert card["exits_in_words"] == ["Stop loss at $180.00", "Take profit at $230.00"]
    carry_out(named, proposal)
    entry = Order.objects.get(group_role=GroupRole.ENTRY)
    assert entry.status == OrderStatus.FILLED
    exits = {order.group_role: order for order in entry.group.orders.exclude(pk=entry.pk)}
    assert exits[GroupRole.STOP_LOSS].stop_price == Decimal(180)
    assert exits[GroupRole.TAKE_PROFIT].limit_price == Decimal(230)
    assert verify_books(named.account) == []


def test_an_exit_by_percent_says_so(named):
    [[card]] = say(named, "buy 10 apple and protect it with a 4% stop loss").previews
    assert card["exits_in_words"] == ["Stop loss 4% worse than the price it fills at"]


def test_a_call_is_bought_and_closed_in_words(named):
    proposal = say(named, "buy 2 AAPL December 18 2026 200 calls")
    [[card]] = proposal.previews
    assert card["contract_in_words"] == "AAPL 18 Dec 2026 200 call, to open"
    assert Decimal(card["cost"]) == 2 * 100 * Decimal(card["estimated_price"])
    carry_out(named, proposal)
    held = Position.objects.get(instrument__symbol="AAPL261218C00200000")
    assert held.quantity == 2
    named.clock.advance(seconds=1)
    carry_out(named, say(named, "sell to close 2 AAPL December 18 2026 200 calls"))
    held.refresh_from_db()
    assert held.quantity == 0
    assert verify_books(named.account) == []


def test_a_covered_call_needs_its_shares(named):
    sentence = "sell a covered call on apple 210 december 18"
    [[card]] = say(named, sentence).previews
    assert card["approved"] is False
    carry_out(named, say(named, "buy 100 apple"))
    named.clock.advance(seconds=1)
    proposal = say(named, sentence)
    assert proposal.previews[0][0]["approved"] is True
    carry_out(named, proposal)
    assert Position.objects.get(instrument__symbol="AAPL261218C00210000").quantity == -1
    assert verify_books(named.account) == []


def test_a_put_is_secured_by_cash(named):
    proposal = say(named, "sell a cash-secured put on apple strike 190 expiring december 18")
    assert proposal.previews[0][0]["approved"] is True
    carry_out(named, proposal)
    assert Position.objects.get(instrument__symbol="AAPL261218P00190000").quantity == -1
    assert verify_books(named.account) == []


def test_a_contract_that_is_not_listed_is_refused_in_words(named, counted):
    before = counted()
    [[entry]] = say(named, "buy 2 AAPL December 18 2026 203 calls").previews
    assert (entry["kind"], entry["code"]) == ("refused", "unknown_strike")
    after = counted()
    assert {name for name in after if after[name] != before[name]} == {"trading.Proposal", "trading.Message"}
    assert not Instrument.objects.filter(asset_class="option").exists()


def test_words_never_open_a_short_position(named):
    BrokerAccount.objects.filter(pk=named.account.pk).update(margin=True)
    shown = desk.as_json(say(named, "sell 10 apple"))
    assert shown["can_execute"] is False
    [[entry]] = shown["previews"]
    assert (entry["kind"], entry["code"]) == ("refused", "effect_mismatch")


def test_closing_everything_closes_each_kind(holding):
    carry_out(holding, say(holding, "buy 0.1 bitcoin"))
    carry_out(holding, say(holding, "buy 2 AAPL December 18 2026 200 calls"))
    holding.clock.advance(seconds=1)
    proposal = say(holding, "close everything")
    symbols = [entry["symbol"] for shown in proposal.previews for entry in shown]
    assert symbols[0] == "AAPL261218C00200000"
    assert sorted(symbols[1:]) == ["AAPL", "BTC-USD"]
    carry_out(holding, proposal)
    assert not Position.objects.exclude(quantity=0).exists()
    assert verify_books(holding.account) == []


def test_a_short_put_is_bought_back_when_its_position_is_closed(named):
    carry_out(named, say(named, "sell a cash-secured put on apple strike 190 expiring december 18"))
    named.clock.advance(seconds=1)
    proposal = say(named, "close my apple position")
    [[card]] = proposal.previews
    assert (card["symbol"], card["side"]) == ("AAPL261218P00190000", "buy")
    carry_out(named, proposal)
    assert not Position.objects.exclude(quantity=0).exists()
    assert verify_books(named.account) == []


def test_what_open_orders_have_claimed_is_not_sold_besides(holding):
    carry_out(holding, say(holding, "sell 10 apple if it drops below 180"))
    holding.clock.advance(seconds=1)
    for sentence in ("close my apple position", "close everything"):
        [[entry]] = say(holding, sentence).previews
        assert (entry["kind"], entry["code"]) == ("refused", "units_claimed")
    assert Position.objects.get().quantity == 20
    carry_out(holding, say(holding, "cancel my apple orders"))
    holding.clock.advance(seconds=1)
    carry_out(holding, say(holding, "close my apple position"))
    assert Position.objects.get().quantity == 0
    assert verify_books(holding.account) == []


def test_questions_about_a_share_tell_of_its_options_too(named):
    carry_out(named, say(named, "buy 2 AAPL December 18 2026 200 calls"))
    [[shown]] = say(named, "show my apple position").previews
    assert [line[0] for line in shown["table"]["lines"]] == ["AAPL 18 Dec 2026 200 call"]
