"""The halt: blocks before it cancels, closes what is held if asked, and says what the venue confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import AuditEntry, User
from arbion.domain.enums import OrderStatus
from arbion.domain.errors import Forbidden, InvalidInput, NotFound
from arbion.domain.numbers import plain
from brokers import registry
from brokers.accounts import configure
from brokers.errors import VenueUnavailable
from brokers.models import VenueOrder
from brokers.simulator import venue
from brokers.simulator.adapter import SimulatedBroker
from marketdata.models import Instrument
from riskdesk import halts
from riskdesk.models import Halt, HaltCode
from tests.trading.execution.test_owing import list_option
from trading.books.opening import ensure_simulated_account
from trading.execution import dispatch
from trading.execution.halt import halt, resume, rounds, work, work_on_halts
from trading.execution.sweep import sweep
from trading.models import HaltItem, HaltReceipt, HaltScope, ItemKind, ItemState, Order, Position, ReceiptState

REASON = "I need to think"


def stop(world, **given):
    """Halt everything of Alice's."""
    given = {"scope": HaltScope.PERSON, "user": world.alice, "actor": world.alice, "reason": REASON} | given
    return halt(**given, clock=world.clock)


def held(world) -> dict[str, str]:
    """What is held, by symbol."""
    rows = Position.objects.filter(account=world.account).exclude(quantity=0)
    return {row.instrument.symbol: plain(row.quantity) for row in rows.select_related("instrument")}


def statuses(world) -> list[str]:
    """The orders' statuses, oldest first."""
    return list(Order.objects.order_by("created_at", "intent__client_key").values_list("status", flat=True))


def items(receipt, kind=ItemKind.CANCEL) -> list[tuple[str, str]]:
    """State and reason of each item."""
    return list(HaltItem.objects.filter(line__receipt=receipt, kind=kind).values_list("state", "reason"))


class Silent(SimulatedBroker):
    """A venue that answers nothing."""

    def cancel(self, *args, **kwargs):
        raise VenueUnavailable("no answer")

    working = orders = fills = positions = activities = cancel


def test_what_rests_is_canceled_and_the_venue_says_zero(world):
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    world.place("buy", "BTC-USD", quantity="0.01", limit_price="40000", tif="gtc")
    receipt = stop(world)
    line = receipt.lines.get()
    assert receipt.state == ReceiptState.DONE
    assert statuses(world) == ["canceled", "canceled"]
    assert (line.venue_orders, line.venue_said_at, line.trouble) == (0, world.clock.now(), "")
    assert not VenueOrder.objects.exclude(status=OrderStatus.CANCELED).exists()
    assert items(receipt) == [(ItemState.CONFIRMED, "")] * 2
    moments = (receipt.blocked_at, receipt.cancels_asked_at, receipt.cancels_confirmed_at, receipt.venue_zero_at)
    assert moments == (world.clock.now(),) * 4


def test_it_blocks_before_it_cancels(world, monkeypatch):
    """An order that is placed while the first cancel is asked is denied already."""
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    between = []
    ask = rounds.ask_cancel

    def asked(order, **kwargs):
        between.append(world.place("buy", "MSFT", quantity="1").order)
        return ask(order, **kwargs)

    monkeypatch.setattr(rounds, "ask_cancel", asked)
    stop(world)
    assert [(order.status, order.reject_code) for order in between] == [(OrderStatus.DENIED, "halted")]
    assert held(world) == {}


def test_an_order_that_was_judged_before_the_block_is_not_sent_after_it(world, monkeypatch):
    with monkeypatch.context() as lost:
        lost.setattr(dispatch, "_claim", lambda *args, **kwargs: None)
        order = world.place("buy", "AAPL", quantity="1").order
    halts.impose(reason=REASON, actor=None, account=world.account, clock=world.clock)
    dispatch.send(str(order.pk), world.clock)
    order.refresh_from_db()
    assert (order.status, held(world)) == (OrderStatus.CANCELED, {})


def test_exits_stay_because_they_protect(world):
    world.place("buy", "AAPL", quantity="5")
    stop_loss = world.place("sell", "AAPL", quantity="5", stop_price="180", tif="gtc").order
    receipt = stop(world)
    stop_loss.refresh_from_db()
    assert (receipt.state, stop_loss.status, held(world)) == (ReceiptState.DONE, "accepted", {"AAPL": "5"})
    line = receipt.lines.get()
    assert (line.kept_orders, line.venue_orders) == (1, 0)


def test_flattening_cancels_the_exits_too_and_closes_what_is_held(world):
    world.place("buy", "AAPL", quantity="5")
    world.place("buy", "BTC-USD", quantity="0.1")
    stop_loss = world.place("sell", "AAPL", quantity="5", stop_price="180", tif="gtc").order
    receipt = stop(world, flatten=True)
    stop_loss.refresh_from_db()
    assert (receipt.state, stop_loss.status, held(world)) == (ReceiptState.DONE, "canceled", {})
    line = receipt.lines.get()
    assert (line.venue_orders, line.venue_positions) == (0, 0)
    closing = Order.objects.filter(intent__source="risk")
    assert {order.effect for order in closing} == {"close"}
    assert all(order.decision.approved for order in closing)
    assert closing.count() == 2


def test_what_is_owed_is_bought_back(world):
    world.account = configure(world.account, margin=True)
    world.place("sell", "MSFT", quantity="10")
    assert held(world) == {"MSFT": "-10"}
    receipt = stop(world, flatten=True)
    assert (receipt.state, held(world)) == (ReceiptState.DONE, {})


def test_a_silent_venue_is_named_and_asked_again_until_it_says_zero(world, monkeypatch):
    order = world.place("buy", "AAPL", quantity="1", limit_price="150").order
    with monkeypatch.context() as away:
        away.setattr(registry, "connect", lambda account: Silent(clock=world.clock))
        receipt = stop(world)
        assert receipt.state == ReceiptState.WORKING
        assert receipt.lines.get().trouble == "The venue does not answer."
        assert receipt.venue_zero_at is None
        world.clock.advance(seconds=70)
        sweep(clock=world.clock)
        receipt.refresh_from_db()
        assert receipt.state == ReceiptState.INCOMPLETE
    assert world.place("buy", "MSFT", quantity="1").order.reject_code == "halted"
    world.clock.advance(seconds=20)
    sweep(clock=world.clock)
    receipt.refresh_from_db()
    order.refresh_from_db()
    assert (receipt.state, order.status) == (ReceiptState.DONE, "canceled")
    assert receipt.venue_zero_at == world.clock.now()
    assert receipt.lines.get().trouble == ""


def test_a_venue_that_says_nothing_of_a_cancel_is_not_believed(world, monkeypatch):
    """It answers, but the order still rests: the receipt says one, not zero."""

    class Stubborn(SimulatedBroker):
        def cancel(self, reference, client_order_id):
            return self.order(reference, client_order_id)

    world.place("buy", "AAPL", quantity="1", limit_price="150")
    with monkeypatch.context() as away:
        away.setattr(registry, "connect", lambda account: Stubborn(clock=world.clock))
        receipt = stop(world)
    assert receipt.state == ReceiptState.WORKING
    assert receipt.lines.get().venue_orders == 1
    assert items(receipt) == [(ItemState.ASKED, "The venue has not confirmed the cancel yet.")]
    world.clock.advance(seconds=5)
    work_on_halts(clock=world.clock)
    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.DONE


def test_a_fill_that_was_faster_is_booked_and_closed_when_flattening(world, monkeypatch):
    order = world.place("buy", "AAPL", quantity="2", limit_price="150").order

    class Late(SimulatedBroker):
        def cancel(self, reference, client_order_id):
            if client_order_id == str(order.pk):
                world.quote("AAPL", "149")
                venue.match_all(clock=world.clock)
            return super().cancel(reference, client_order_id)

    monkeypatch.setattr(registry, "connect", lambda account: Late(clock=world.clock))
    receipt = stop(world, flatten=True)
    order.refresh_from_db()
    assert (order.status, held(world), receipt.state) == ("filled", {}, ReceiptState.DONE)
    assert items(receipt) == [(ItemState.CONFIRMED, "It had filled before it could be canceled.")]
    assert items(receipt, ItemKind.CLOSE) == [(ItemState.CONFIRMED, "")]


def test_what_cannot_be_closed_now_is_named_and_closed_later(world):
    world.place("buy", "AAPL", quantity="5")
    Instrument.objects.filter(symbol="AAPL").update(is_halted=True)
    receipt = stop(world, flatten=True)
    assert receipt.state == ReceiptState.WORKING
    assert items(receipt, ItemKind.CLOSE) == [(ItemState.LEFT, "Trading in AAPL is halted at the market.")]
    orders = Order.objects.count()
    Instrument.objects.filter(symbol="AAPL").update(is_halted=False)
    world.clock.advance(seconds=5)
    sweep(clock=world.clock)
    receipt.refresh_from_db()
    assert (receipt.state, held(world), Order.objects.count()) == (ReceiptState.DONE, {}, orders + 1)


def test_a_closed_market_is_named_and_waited_for(world, settings):
    world.place("buy", "AAPL", quantity="5")
    settings.MARKET_ALWAYS_OPEN = False
    evening = world.clock.now() + timedelta(hours=8)
    world.until(evening)
    receipt = stop(world, flatten=True)
    assert held(world) == {"AAPL": "5"}
    assert "market for AAPL is closed" in items(receipt, ItemKind.CLOSE)[0][1]
    settings.MARKET_ALWAYS_OPEN = True
    world.clock.advance(seconds=5)
    world.quote("AAPL", "200")
    sweep(clock=world.clock)
    receipt.refresh_from_db()
    assert (receipt.state, held(world)) == (ReceiptState.DONE, {})


@pytest.mark.parametrize("step", ["_see", "_cancel", "_confirm", "close_positions", "_ask_venue", "_sum_up"])
def test_killed_between_steps_it_is_resumed_by_the_sweep(world, monkeypatch, step):
    class Killed(BaseException):
        pass

    world.place("buy", "AAPL", quantity="5")
    world.place("buy", "AAPL", quantity="1", limit_price="150")

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(rounds, step, die)
        with pytest.raises(Killed):
            stop(world, flatten=True)
    receipt = HaltReceipt.objects.get()
    assert receipt.state == ReceiptState.WORKING
    assert halts.reasons_in_force(world.account) == (REASON,)
    world.clock.advance(seconds=5)
    sweep(clock=world.clock)
    receipt.refresh_from_db()
    assert (receipt.state, held(world)) == (ReceiptState.DONE, {})
    assert Order.objects.filter(intent__source="risk").count() == 1


def test_the_same_halt_twice_is_one(world, counted):
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    first = stop(world)
    before = counted()
    assert stop(world, reason="again").pk == first.pk
    assert counted() == before


def test_flattening_later_is_a_further_receipt_of_the_same_halt(world):
    world.place("buy", "AAPL", quantity="5")
    first, second = stop(world), stop(world, flatten=True)
    assert (first.pk != second.pk, first.halt_id == second.halt_id, held(world)) == (True, True, {})
    assert stop(world).pk == second.pk


def test_a_halt_that_was_lifted_elsewhere_is_no_longer_the_same(world):
    first = stop(world)
    halts.lift(first.halt, actor=None, clock=world.clock)
    assert stop(world).halt_id != first.halt_id


def test_two_operators_make_two_halts_and_both_must_go(world):
    boss = User.objects.create_user("boss@example.com", role="superadmin")
    mine, theirs = stop(world), stop(world, actor=boss)
    assert mine.halt_id != theirs.halt_id
    resume(mine, reason="calm again", actor=world.alice, clock=world.clock)
    assert halts.reasons_in_force(world.account) == (REASON,)


def test_the_house_halts_every_account_where_something_is_open(world):
    bob = User.objects.create_user("bob@example.com")
    theirs = ensure_simulated_account(bob, clock=world.clock)
    ensure_simulated_account(User.objects.create_user("idle@example.com"), clock=world.clock)
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    world.place("buy", "AAPL", quantity="1", limit_price="150", user=bob, account=theirs)
    boss = User.objects.create_user("boss@example.com", role="superadmin")
    receipt = stop(world, scope=HaltScope.HOUSE, user=None, actor=boss)
    assert (receipt.state, receipt.lines.count()) == (ReceiptState.DONE, 2)
    assert statuses(world) == ["canceled", "canceled"]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"reason": " "}, InvalidInput),
        ({"reason": "x" * 201}, InvalidInput),
        ({"scope": HaltScope.HOUSE, "user": None}, Forbidden),
        ({"scope": HaltScope.ACCOUNT, "user": None}, InvalidInput),
        ({"scope": HaltScope.PERSON, "user": None}, InvalidInput),
    ],
)
def test_a_refused_halt_moves_nothing(world, counted, given, refusal):
    world.place("buy", "AAPL", quantity="1", limit_price="150")
    before = counted()
    with pytest.raises(refusal):
        stop(world, **given)
    assert (counted(), statuses(world)) == (before, ["accepted"])


def test_nobody_halts_somebody_else(world, counted):
    bob = User.objects.create_user("bob@example.com")
    before = counted()
    for given in ({}, {"scope": HaltScope.ACCOUNT, "user": None, "account": world.account}):
        with pytest.raises(NotFound):
            stop(world, actor=bob, **given)
    assert counted() == before


def test_a_halt_that_the_desk_imposed_elsewhere_gets_its_receipt(world):
    order = world.place("buy", "AAPL", quantity="1", limit_price="150").order
    halts.impose(reason="the monitor is silent", actor=None, code=HaltCode.MONITOR, clock=world.clock)
    sweep(clock=world.clock)
    order.refresh_from_db()
    receipt = HaltReceipt.objects.get()
    assert (order.status, receipt.state, receipt.scope) == ("canceled", ReceiptState.DONE, HaltScope.HOUSE)


def test_a_lifted_halt_is_not_worked_on_any_more(world, monkeypatch):
    order = world.place("buy", "AAPL", quantity="1", limit_price="150").order
    with monkeypatch.context() as away:
        away.setattr(registry, "connect", lambda account: Silent(clock=world.clock))
        receipt = stop(world, flatten=True)
        receipt = resume(receipt, reason="calm again", actor=world.alice, clock=world.clock)
    assert (receipt.state, receipt.ended_at) == (ReceiptState.INCOMPLETE, world.clock.now())
    world.place("buy", "MSFT", quantity="1")
    work(str(receipt.pk), world.clock)
    world.clock.advance(seconds=30)
    sweep(clock=world.clock)
    assert held(world) == {"MSFT": "1"}
    order.refresh_from_db()
    assert order.status in {"canceled", "accepted"}


def test_it_is_written_into_the_audit_log(world):
    receipt = stop(world)
    resume(receipt, reason="calm again", actor=world.alice, clock=world.clock)
    rows = AuditEntry.objects.filter(action__startswith="risk.halt").order_by("id")
    assert [(row.action, row.actor, row.data) for row in rows] == [
        ("risk.halt_imposed", world.alice, {"reason": REASON}),
        ("risk.halt_lifted", world.alice, {"reason": REASON, "lifted_because": "calm again"}),
    ]
    assert Halt.objects.get().lifted_by == world.alice


def test_options_that_are_owed_are_bought_back_before_what_covers_them_is_sold(world):
    world.place("buy", "AAPL", quantity="100")
    call, put = list_option(world, "call", "210", "3.00"), list_option(world, "put", "190", "2.00")
    world.place("sell", call, quantity="1")
    world.place("buy", put, quantity="2")
    assert held(world) == {"AAPL": "100", call: "-1", put: "2"}
    receipt = stop(world, flatten=True)
    assert (receipt.state, held(world)) == (ReceiptState.DONE, {})
    closing = Order.objects.filter(intent__source="risk").order_by("created_at", "intent__client_key")
    assert closing.filter(status=OrderStatus.FILLED).count() == closing.count() == 3
