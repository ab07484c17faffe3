"""The ticket of every order type: what each form becomes, and what is refused beside which field, moving nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from tests.trading.conftest import World
from trading.models import Order

Counted = Callable[..., dict[str, int]]
Typed = dict[str, str]
BARE = {
    "client_order_id": "one", "side": "buy", "order_type": "market", "size_in": "units", "size": "3",
    "time_in_force": "day",
}  # fmt: skip


def place(client: Client, **typed: str) -> Order:
    """Place what was typed; the newest order."""
    answer = client.post("/trade/AAPL/", {**BARE, **typed, "step": "place"})
    assert answer.status_code == 302, answer.content.decode()
    return Order.objects.get(pk=answer.headers["Location"].strip("/").split("/")[-1])


@pytest.mark.parametrize(
    ("typed", "figures"),
    [
        ({"order_type": "limit", "limit_price": "150"}, {"limit_price": "150"}),
        ({"order_type": "stop", "stop_price": "210"}, {"stop_price": "210"}),
        (
            {"order_type": "stop_limit", "stop_price": "205", "limit_price": "206"},
            {"stop_price": "205", "limit_price": "206"},
        ),
        ({"order_type": "trailing_stop", "trail_in": "percent", "trail": "5"}, {"trail_percent": "5"}),
        ({"order_type": "trailing_stop", "trail_in": "amount", "trail": "4"}, {"trail_amount": "4"}),
    ],
)
def test_each_type_becomes_its_order(alice: Client, typed: Typed, figures: Typed) -> None:
    order = place(alice, **typed)
    assert order.order_type == typed["order_type"]
    for name in ("limit_price", "trail_amount", "trail_percent"):
        assert getattr(order, name) == (Decimal(figures[name]) if name in figures else None), name
    if typed["order_type"] != "trailing_stop":
        assert order.stop_price == (Decimal(figures["stop_price"]) if "stop_price" in figures else None)


def test_figures_of_another_type_are_forgotten(alice: Client) -> None:
    order = place(alice, limit_price="1", stop_price="2", trail="3", trail_in="percent", expires_on="2000-01-01")
    assert (order.order_type, order.limit_price, order.stop_price, order.expires_at) == ("market", None, None, None)


def test_a_date_lasts_until_its_end_in_the_markets_time(alice: Client) -> None:
    order = place(alice, order_type="limit", limit_price="150", time_in_force="gtd", expires_on="2026-12-24")
    assert order.expires_at is not None
    assert order.expires_at.isoformat() == "2026-12-25T04:59:59+00:00"
    assert "until 24 Dec 2026" in alice.get("/orders/").content.decode()


@pytest.mark.parametrize(("size_in", "size", "quantity"), [("money", "1000", "4.9997"), ("percent", "10", "49.9975")])
def test_sizes_in_money_and_in_percent_of_the_cash(alice: Client, size_in: str, size: str, quantity: str) -> None:
    assert place(alice, size_in=size_in, size=size).quantity == Decimal(quantity)


def test_a_percent_of_a_sale_is_of_the_position(alice: Client) -> None:
    place(alice, size="8")
    order = place(alice, client_order_id="two", side="sell", size_in="percent", size="25")
    assert (order.side, order.quantity) == ("sell", Decimal(2))


def test_a_bracket_makes_three_orders_and_a_second_order_two(alice: Client) -> None:
    entry = place(
        alice, attach="bracket", stop_loss_in="percent", stop_loss="5", take_profit_in="price", take_profit="220"
    )
    assert entry.group is not None
    assert entry.group.kind == "bracket"
    assert sorted(entry.group.orders.values_list("group_role", flat=True)) == ["entry", "stop_loss", "take_profit"]
    first = place(
        alice, client_order_id="two", side="sell", size="3", order_type="limit", limit_price="240", attach="oco",
        second_type="stop", second_stop_price="180",
    )  # fmt: skip
    assert first.status == "denied", "the bracket has claimed the units"
    page = alice.get("/orders/", {"search": "AAPL"}).content.decode()
    assert page.index("Entry") < page.index("Stop loss") < page.index("Take profit")


def test_one_of_two_orders_stands_beside_the_other(alice: Client) -> None:
    place(alice, size="8")
    first = place(
        alice, client_order_id="two", side="sell", size="3", order_type="limit", limit_price="240", attach="oco",
        second_type="stop", second_stop_price="180",
    )  # fmt: skip
    assert first.group is not None
    second = first.group.orders.exclude(pk=first.pk).get()
    assert (second.order_type, second.stop_price, second.quantity) == ("stop", Decimal(180), Decimal(3))
    assert "One cancels the other" in alice.get(f"/orders/{first.pk}/").content.decode()


def test_a_change_that_fills_one_of_two_cancels_the_other_at_once(alice: Client) -> None:
    place(alice, size="8")
    first = place(
        alice, client_order_id="two", side="sell", size="3", order_type="limit", limit_price="240", attach="oco",
        second_type="stop", second_stop_price="180",
    )  # fmt: skip
    assert alice.post(f"/orders/{first.pk}/replace/", {"quantity": "3", "limit_price": "199"}).status_code == 302
    assert sorted(Order.objects.filter(group=first.group).values_list("status", flat=True)) == ["canceled", "filled"]


def test_short_sales_are_named_where_the_account_may_make_them(world: World, alice: Client) -> None:
    assert "Sell short" not in alice.get("/trade/AAPL/").content.decode()
    alice.post("/cash/settings/", {"name": "Practice", "fill_model": "ideal", "margin": "on", "lot_method": "fifo"})
    assert "Sell short" in alice.get("/trade/AAPL/").content.decode()
    order = place(alice, side="sell")
    assert (order.effect, order.status) == ("open", "filled")
    page = alice.get("/trade/AAPL/").content.decode()
    assert "Buy to cover" in page
    assert "Short position" in page
    assert place(alice, client_order_id="two", side="buy", size_in="percent", size="100").quantity == Decimal(3)


def test_lots_are_chosen_one_by_one(world: World, alice: Client) -> None:
    place(alice, size="2")
    world.quote("AAPL", "210")
    place(alice, client_order_id="two", size="2")
    page = alice.get("/trade/AAPL/").content.decode()
    lots = [int(part.split('"')[0]) for part in page.split('name="lots" value="')[1:]]
    assert len(lots) == 2
    order = place(alice, client_order_id="three", side="sell", size="2", lot_method="chosen", lots=str(lots[1]))
    assert (order.lot_method, order.chosen_lots) == ("chosen", [lots[1]])
    assert order.fills.get().closures.get().lot_id == lots[1]


@pytest.mark.parametrize(
    ("typed", "field", "reason"),
    [
        ({"order_type": "stop"}, "stop_price", "A stop order needs a stop price."),
        ({"order_type": "trailing_stop", "trail_in": "percent"}, "trail", "A trailing stop needs a trail"),
        ({"order_type": "trailing_stop", "trail_in": "percent", "trail": "100"}, "trail", "below 100 percent"),
        ({"time_in_force": "gtd"}, "expires_on", "Good till date needs the date."),
        ({"time_in_force": "gtd", "expires_on": "2026-11-19"}, "expires_on", "This date is over."),
        ({"time_in_force": "gtd", "expires_on": "soon"}, "expires_on", "Enter a valid date."),
        (
            {"order_type": "stop", "stop_price": "210", "time_in_force": "ioc"},
            "time_in_force",
            "market and limit orders",
        ),
        ({"attach": "bracket"}, "stop_loss", "A bracket needs a stop loss or a take profit."),
        ({"attach": "bracket", "stop_loss_in": "percent", "stop_loss": "100"}, "stop_loss", "less than 100 percent"),
        ({"attach": "oco", "second_type": "stop"}, "second_stop_price", "A stop order needs a stop price."),
        ({"size_in": "percent", "size": "101"}, "size", "This must be at most 100."),
        ({"side": "sell", "lot_method": "chosen"}, "lot_method", "Name the lots to close"),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_moves_nothing(
    alice: Client, counted: Counted, typed: Typed, field: str, reason: str
) -> None:
    place(alice, client_order_id="zero", size="5")
    before = counted()
    answer = alice.post("/trade/AAPL/", {**BARE, **typed, "step": "place"})
    beside = answer.content.decode().split(f'id="id_{field}_error"')[1].split("</div>")[0]
    assert answer.status_code == 422
    assert reason in beside
    assert counted() == before


def test_coins_know_no_opening(alice: Client, counted: Counted) -> None:
    page = alice.get("/trade/BTC-USD/").content.decode()
    assert 'value="opg"' not in page
    before = counted()
    answer = alice.post("/trade/BTC-USD/", {**BARE, "time_in_force": "opg", "step": "place"})
    assert answer.status_code == 422
    assert counted() == before


def test_another_persons_lots_close_nothing(world: World, alice: Client, bob: Client) -> None:
    place(bob, size="2")
    page = bob.get("/trade/AAPL/").content.decode()
    lot = page.split('name="lots" value="')[1].split('"')[0]
    place(alice, size="2")
    answer = alice.post(
        "/trade/AAPL/",
        {
            **BARE,
            "client_order_id": "x",
            "side": "sell",
            "lot_method": "chosen",
            "lots": lot,
            "step": "place",
            "size": "1",
        },
    )
    assert answer.status_code == 422
    assert "no open lot of this position" in answer.content.decode()


def test_order_that_waits_for_a_move_is_held_and_says_so(world: World, alice: Client) -> None:
    typed = {"when": "percent_change:now", "when_way": "falls", "when_value": "5"}
    page = alice.post("/trade/AAPL/", {**BARE, **typed, "step": "review"}).content.decode()
    assert "It waits for AAPL down 5% from 200.00." in page
    assert Order.objects.count() == 0
    order = place(alice, **typed)
    assert (order.status, order.waiting_for, order.condition.value) == ("held", "condition", Decimal(-5))


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"when": "price", "when_way": "falls"}, "Say at which value."),
        ({"when": "rsi", "when_way": "rises", "when_value": "120"}, "An RSI lies between 0 and 100."),
        ({"when": "price", "when_way": "falls", "when_value": "-3"}, "This must be above zero."),
    ],
)
def test_wait_that_cannot_be_is_refused_beside_its_field(
    world: World, alice: Client, counted: Counted, typed: Typed, reason: str
) -> None:
    before = counted()
    answer = alice.post("/trade/AAPL/", {**BARE, **typed, "step": "place"})
    assert (answer.status_code, reason in answer.content.decode()) == (422, True)
    assert counted() == before
