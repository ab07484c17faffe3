"""Confirming a preview: only what was shown, near the price that was shown, in time, once; else nothing moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, connections

from tests.trading.desk.conftest import carry_out, say
from trading import desk
from trading.errors import PreviewChanged, PriceMoved, ProposalExpired, ProposalUsed
from trading.models import Order, Proposal


def books(counted):
    """The rows of all tables but those of the conversation."""
    talk = {"trading.Proposal", "trading.Message"}
    return {name: rows for name, rows in counted().items() if name not in talk}


def test_a_preview_is_sealed_and_its_hash_confirms_it(named):
    proposal = say(named, "buy 10 apple")
    assert desk.as_json(proposal)["hash"] == proposal.hash
    assert len(proposal.hash) == 64
    [outcome] = desk.execute(named.alice, proposal.pk, seal=proposal.hash, clock=named.clock)
    assert outcome.order.filled_quantity == 0 or Order.objects.get().filled_quantity == 10


def test_another_hash_is_refused_and_nothing_moves(named, counted):
    proposal, other = say(named, "buy 10 apple"), say(named, "buy 10 apple")
    before = counted()
    with pytest.raises(PreviewChanged):
        desk.execute(named.alice, proposal.pk, seal=other.hash, clock=named.clock)
    assert counted() == before
    assert Proposal.objects.get(pk=proposal.pk).confirmed_at is None


@pytest.mark.parametrize("what", ["quantity", "expiry", "price", "sealed and shown"])
def test_a_row_that_somebody_changed_is_refused(named, counted, what):
    proposal = say(named, "buy 10 apple")
    if what == "quantity":
        proposal.interpretation["actions"][0]["order"]["quantity"] = "1000"
    elif what == "expiry":
        proposal.expires_at = proposal.expires_at.replace(year=2030)
    elif what == "price":
        proposal.sealed["steps"][0]["estimated_price"] = "1"
    else:
        proposal.interpretation["actions"][0]["order"]["quantity"] = "11"
        proposal.sealed["steps"][0]["terms"]["quantity"] = "11"
        proposal.sealed["steps"][0]["quantity"] = "11"
    proposal.save()
    before = books(counted)
    with pytest.raises(PreviewChanged):
        carry_out(named, proposal)
    assert books(counted) == before


def test_a_price_within_its_band_is_confirmed(named):
    proposal = say(named, "buy 10 apple")
    named.quote("AAPL", "201.9")
    carry_out(named, proposal)
    assert Order.objects.get().filled_quantity == Decimal(10)


def test_a_price_beyond_its_band_is_refused_with_both_prices_and_a_fresh_preview(named, counted):
    proposal = say(named, "buy 10 apple")
    named.quote("AAPL", "202.1")
    before = books(counted)
    with pytest.raises(PriceMoved) as caught:
        carry_out(named, proposal)
    assert books(counted) == before
    assert caught.value.extra["moves"] == [{"symbol": "AAPL", "shown": "200.01", "now": "202.11", "band_percent": "1"}]
    assert "$200.01" in caught.value.detail
    assert "$202.11" in caught.value.detail
    with pytest.raises(ProposalUsed):
        carry_out(named, proposal)
    fresh = Proposal.objects.get(pk=caught.value.extra["proposal"]["id"])
    carry_out(named, fresh)
    assert Order.objects.get().filled_quantity == Decimal(10)


def test_coins_have_a_wider_band_and_a_wide_spread_a_wider_one(named):
    proposal = say(named, "buy 0.1 bitcoin")
    named.quote("BTC-USD", "50900")
    carry_out(named, proposal)
    named.clock.advance(seconds=1)
    named.quote("AAPL", "200", spread="8")
    wide = say(named, "buy 2 apple")
    assert Decimal(wide.previews[0][0]["band_percent"]) > 4
    named.quote("AAPL", "206", spread="8")
    carry_out(named, wide)
    assert Order.objects.filter(instrument__symbol="AAPL").count() == 1


def test_a_limit_stands_whatever_the_price_does(named):
    proposal = say(named, "buy 10 apple at 150")
    named.quote("AAPL", "260")
    carry_out(named, proposal)
    assert Order.objects.get().limit_price == Decimal(150)


def test_a_part_of_a_position_that_has_changed_is_shown_again(named, counted):
    carry_out(named, say(named, "buy 10 apple"))
    proposal = say(named, "sell half of my apple")
    named.place("sell", "AAPL", quantity="4")
    before = books(counted)
    with pytest.raises(PreviewChanged) as caught:
        carry_out(named, proposal)
    assert books(counted) == before
    assert "5 AAPL were shown; it would be 3 now." in caught.value.extra["changes"]
    [[card]] = caught.value.extra["proposal"]["previews"]
    assert card["quantity"] == "3"


def test_money_is_what_was_said_and_its_units_follow_the_price(named):
    proposal = say(named, "buy $1000 of apple")
    named.quote("AAPL", "201")
    carry_out(named, proposal)
    assert Order.objects.get().quantity < Decimal(5)


def test_a_part_of_the_cash_that_has_become_more_is_shown_again(named, counted):
    from trading.execution.cash import deposit

    proposal = say(named, "buy apple with 10% of my cash")
    deposit(named.account, user=named.alice, amount=Decimal(50_000), client_key="more", clock=named.clock)
    before = books(counted)
    with pytest.raises(PreviewChanged, match="worth more than was shown"):
        carry_out(named, proposal)
    assert books(counted) == before
    assert Order.objects.count() == 0


def test_an_expired_preview_is_asked_again_with_one_click(named, counted):
    proposal = say(named, "buy 10 apple")
    named.clock.advance(seconds=61)
    named.quote("AAPL", "210")
    before = books(counted)
    with pytest.raises(ProposalExpired) as caught:
        carry_out(named, proposal)
    assert caught.value.code == "preview_expired"
    assert books(counted) == before
    fresh = desk.ask_again(named.alice, proposal.pk, clock=named.clock)
    assert fresh.previews[0][0]["estimated_price"] == "210.01"
    with pytest.raises(ProposalUsed):
        desk.ask_again(named.alice, proposal.pk, clock=named.clock)
    carry_out(named, fresh)
    assert Order.objects.count() == 1


def test_only_the_orders_that_were_shown_are_canceled(named):
    first = named.place("buy", "AAPL", quantity="1", limit_price="150").order
    proposal = say(named, "cancel all my orders")
    later = named.place("buy", "AAPL", quantity="2", limit_price="151").order
    carry_out(named, proposal)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.status, later.status) == ("canceled", "accepted")


def test_what_was_cut_short_never_becomes_a_second_card(named, monkeypatch):
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
    named.quote("MSFT", "500")
    with pytest.raises(ProposalUsed):
        carry_out(named, proposal)
    assert list(Order.objects.values_list("instrument__symbol", flat=True)) == ["AAPL"]


def test_several_confirmations_at_once_place_once(named):
    proposal = say(named, "buy 10 apple")
    workers = 4 if connection.vendor == "postgresql" else 1

    def confirm(_):
        try:
            return carry_out(named, proposal)
        except ProposalUsed:
            return None
        finally:
            connections.close_all()

    if workers == 1:
        confirm(0)
    else:
        with ThreadPoolExecutor(workers) as pool:
            assert any(list(pool.map(confirm, range(workers))))
    assert Order.objects.count() == 1
    assert Order.objects.get().filled_quantity == Decimal(10)
