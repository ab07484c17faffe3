"""Orders explained: every door that makes one, what was denied, what a stop sold; in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import AuditEntry, User
from arbion.domain.enums import Role
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from riskdesk.stops import StopKind
from tests.trading.desk.conftest import carry_out, named, say
from trading import schedules
from trading.execution.cancel import request_cancel
from trading.execution.protection.attach import attach
from trading.execution.protection.fire import fire
from trading.execution.replace import request_replace
from trading.explain import explain
from trading.models import Order, OrderEvent
from trading.schedules.running import place_all_due

__all__ = ["named"]


def kinds(story) -> list[str]:
    return [entry.kind for entry in story.entries]


def one(story, kind: str):
    """The only entry of this kind."""
    (found,) = (entry for entry in story.entries if entry.kind == kind)
    return found


def test_a_sentence_that_was_confirmed_and_filled_is_told_from_the_words_to_the_ledger(named) -> None:
    proposal = say(named, "buy $1000 of apple")
    (outcome,) = carry_out(named, proposal)
    story = explain(Order.objects.get(pk=outcome.order.pk))
    assert kinds(story) == [
        "asked", "read", "asked", "asked", "seen", "judged", "happened", "sent", "heard", "filled", "booked",
    ]  # fmt: skip
    said, read = story.entries[0], one(story, "read")
    assert (said.text, said.by) == ("“buy $1000 of apple”", "alice@example.com")
    assert "AAPL" in read.text
    words = {reading.field: (reading.value, reading.words) for reading in story.readings}
    assert words["Symbol"] == ("AAPL", "apple")
    assert words["Money"][0] == "1000"
    assert words["Money"][1].startswith("$1000")
    assert words["Type"] == ("market", "")
    seen = one(story, "seen")
    assert dict(seen.facts)["Source"] == "test"
    assert dict(seen.facts)["Last"] == "200.00"
    judged = one(story, "judged")
    assert len(judged.checks) > 10
    assert dict(judged.facts)["Price it was judged at"] == "200.01"
    sent = one(story, "sent")
    assert (sent.raw["symbol"], sent.raw["side"], sent.raw["client_order_id"]) == ("AAPL", "buy", str(outcome.order.pk))
    filled = one(story, "filled")
    assert filled.raw["venue_fill_id"]
    assert "to" in one(story, "booked").facts[0][0]
    assert story.was_sent
    assert "filled at 200.01 on average" in story.summary


def test_what_was_refused_says_why_and_that_nothing_was_sent(world) -> None:
    RiskLimit.objects.create(name="order_value_usd", value=Decimal(10))
    order = world.place("buy", "AAPL", quantity="1").order
    story = explain(order)
    judged = one(story, "judged")
    assert judged.is_refusal
    assert judged.is_open
    assert [check["name"] for check in judged.checks if not check["passed"]] == ["order_value_within_limit"]
    assert not {"sent", "heard", "filled", "booked"} & set(kinds(story))
    assert not story.was_sent
    assert "nothing was sent" in story.summary


def test_a_venue_s_answer_is_kept_word_for_word_and_cannot_be_changed(world) -> None:
    from django.db import DatabaseError, transaction

    order = world.place("buy", "MSFT", quantity="1", limit_price="300", tif="gtc").order
    heard = one(explain(Order.objects.get(pk=order.pk)), "heard")
    assert (heard.raw["status"], heard.raw["client_order_id"]) == ("accepted", str(order.pk))
    with pytest.raises(DatabaseError), transaction.atomic():
        OrderEvent.objects.filter(order=order).update(data={})


def test_changes_and_cancels_say_who_asked(world) -> None:
    order = world.place("buy", "MSFT", quantity="1", limit_price="300", tif="gtc").order
    world.clock.advance(seconds=60)
    world.quote("MSFT", "400")
    request_replace(Order.objects.get(pk=order.pk), actor=world.alice, limit_price=Decimal(310), clock=world.clock)
    world.clock.advance(seconds=60)
    request_cancel(Order.objects.get(pk=order.pk), actor=world.alice, clock=world.clock)
    story = explain(Order.objects.get(pk=order.pk))
    asked = [entry.title for entry in story.entries if entry.by == "alice@example.com" and entry.kind == "happened"]
    assert "Change asked" in asked
    assert "Cancel asked" in asked
    assert len([entry for entry in story.entries if entry.kind == "judged"]) == 2
    assert [entry.at for entry in story.entries] == sorted(entry.at for entry in story.entries)


def test_a_stop_s_exit_names_the_stop_and_the_price_that_set_it_off(world) -> None:
    world.place("buy", "AAPL", quantity="10")
    apple = Instrument.objects.get(symbol="AAPL")
    guard = {"kind": StopKind.FIXED, "price": Decimal(190), "client_key": "g", "clock": world.clock}
    stop, _ = attach(world.account, user=world.alice, instrument=apple, **guard)
    world.clock.advance(seconds=30)
    world.quote("AAPL", "189")
    fire(stop.pk, world.account.pk, price=Decimal(189), guard=lambda: 1, clock=world.clock)
    stop.refresh_from_db()
    story = explain(stop.order)
    titles = [entry.title for entry in story.entries]
    assert titles.index("The stop was attached") < titles.index("The stop went off") < titles.index("A stop went off")
    went = next(entry for entry in story.entries if entry.title == "The stop went off")
    assert dict(went.facts)["Price that set it off"] == "189.00"
    assert [entry for entry in story.entries if entry.kind == "told"]


def test_a_repeating_order_s_time_is_told_with_its_rule(world) -> None:
    order = {"symbol": "BTC-USD", "side": "buy", "notional": "100"}
    schedules.create(
        world.alice, world.account, order, {"interval": "week", "weekday": "monday"},
        words="$100 of bitcoin every Monday", client_key="k", clock=world.clock,
    )  # fmt: skip
    world.until(datetime(2026, 11, 23, 14, 35, tzinfo=UTC))
    world.quote("BTC-USD", "50000")
    place_all_due(clock=world.clock)
    story = explain(Order.objects.get())
    first, second = story.entries[:2]
    assert (first.title, first.text) == ("Set up to repeat", "“$100 of bitcoin every Monday”")
    assert dict(first.facts)["Rule"] == "Every Monday at 09:35 New York time"
    assert second.text == "Due on Monday 23 November 2026."
    assert "A repeating order came round" in [entry.title for entry in story.entries]
    assert "BTC-USD: an order was filled" in one(story, "told").title


@pytest.fixture
def alice(world) -> Client:
    client = Client()
    client.force_login(world.alice)
    return client


def test_the_page_and_rest_tell_the_same_and_to_its_owner_alone(world, alice, counted) -> None:
    order = world.place("buy", "AAPL", quantity="1").order
    before = counted()
    page = alice.get(f"/orders/{order.pk}/explain/").content.decode()
    told = alice.get(f"/api/v1/orders/{order.pk}/explain/").json()
    assert told["order_id"] == str(order.pk)
    assert told["was_sent"] is True
    for entry in told["entries"]:
        assert escape(entry["title"]) in page
    assert f"/orders/{order.pk}/explain/" in alice.get(f"/orders/{order.pk}/").content.decode()
    bob = Client()
    bob.force_login(User.objects.create_user("bob@example.com"))
    assert bob.get(f"/orders/{order.pk}/explain/").status_code == 404
    assert bob.get(f"/api/v1/orders/{order.pk}/explain/").status_code == 404
    assert counted() == before


def test_words_are_text_on_the_page_and_nothing_else(named, alice) -> None:
    proposal = say(named, "buy 1 apple <script>alert(1)</script>")
    order = named.place("buy", "AAPL", quantity="1").order
    Order.objects.get(pk=order.pk)
    type(order.intent).objects.filter(pk=order.intent_id).update(words=proposal.text)
    page = alice.get(f"/orders/{order.pk}/explain/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_operator_sees_it_too_and_each_look_is_noted(world) -> None:
    order = world.place("buy", "AAPL", quantity="1").order
    boss = User.objects.create_user("boss@example.com", "a good long passphrase", role=Role.SUPERADMIN)
    operator = Client()
    operator.force_login(boss)
    answer = operator.get(f"/admin/trading/order/{order.pk}/explain/")
    assert answer.status_code == 200
    assert "The risk desk let it through" in answer.content.decode()
    noted = AuditEntry.objects.get(action="order.explained")
    assert (noted.actor, noted.subject) == (boss, f"order {order.pk}")
    assert f"/admin/trading/order/{order.pk}/explain/" in operator.get("/admin/accounts/auditentry/").content.decode()
    plain = Client()
    plain.force_login(world.alice)
    assert plain.get(f"/admin/trading/order/{order.pk}/explain/").status_code in {302, 403}
    assert AuditEntry.objects.filter(action="order.explained").count() == 1
