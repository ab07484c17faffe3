"""The fill models: what a quote looks like under each, how orders travel, share depth, queue and pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.enums import AssetClass, FillModel, Side, TimeInForce
from arbion.domain.orders import OrderChange
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from brokers.fees import IDEAL as FREE
from brokers.fees import SCHEDULES, schedule_for, total_fee
from brokers.models import VenueCash, VenueFill, VenueLiquidity, VenueOrder
from brokers.simulator import venue
from brokers.simulator.depth import without
from brokers.simulator.matching import Level
from brokers.simulator.terms import MODELS, Terms, terms_for
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    accepted,
    cash_of,
    known,
    list_instrument,
    open_account,
    paid,
    place,
    quote,
    refused,
    request,
    units_of,
)

CENT, ONE = Decimal("0.01"), Decimal(1)
REPORT = QuoteReport(
    symbol="AAPL", bid=Decimal("99.90"), ask=Decimal("100.10"), last=Decimal(100), previous_close=Decimal(99),
    volume=Decimal(3_900_000), at=NOON, source="test",
)  # fmt: skip
REALISTIC = terms_for(FillModel.REALISTIC, AssetClass.EQUITY)
HARSH = terms_for(FillModel.HARSH, AssetClass.EQUITY)


def rung(side: Side, terms: Terms, **quoted: object) -> list[tuple[str, int]]:
    """Prices and sizes that an order of this side meets under these terms."""
    ladder = terms.ladder(replace(REPORT, **quoted), price_increment=CENT, size_increment=ONE)  # type: ignore[arg-type]
    return [(str(level.price), int(level.size or 0)) for level in ladder.facing(side)]


def tick(clock: FrozenClock, bid: str = "99.90", ask: str = "100.10", *, volume: str = "0") -> set[str]:
    """The next quote, two seconds later, and what it made of the orders."""
    clock.advance(seconds=2)
    quote(bid=bid, ask=ask, at=clock.at, volume=volume, last="100")
    return venue.match_all(clock=clock)


def test_every_model_has_terms_and_fees_for_everything() -> None:
    assert set(MODELS) == set(SCHEDULES) == set(FillModel)
    assert all(set(schedules) == set(AssetClass) for schedules in SCHEDULES.values())


def test_ideal_is_the_quote_whole_at_once_and_free() -> None:
    ideal = terms_for(FillModel.IDEAL, AssetClass.EQUITY)

    assert rung(Side.BUY, ideal) == [("100.10", 0)]
    assert terms_for(FillModel.IDEAL, AssetClass.CRYPTO).fees is FREE
    assert (ideal.delay("a"), ideal.is_shared) == (timedelta(0), False)


def test_depth_is_a_share_of_what_trades_in_a_minute() -> None:
    # 3.9 million a day are ten thousand a minute.
    assert rung(Side.BUY, REALISTIC)[:2] == [("100.10", 200), ("100.20", 200)]
    assert rung(Side.SELL, REALISTIC)[:2] == [("99.90", 200), ("99.80", 200)]
    assert len(rung(Side.BUY, REALISTIC)) == 5


def test_harsh_is_wider_thinner_and_steeper() -> None:
    assert rung(Side.BUY, HARSH) == [("100.20", 50), ("100.60", 50), ("101.00", 50)]
    assert rung(Side.SELL, HARSH) == [("99.80", 50), ("99.40", 50), ("99.00", 50)]


def test_before_anything_has_traded_a_market_maker_stands_for_a_least_value() -> None:
    assert rung(Side.BUY, REALISTIC, volume=Decimal(0))[0] == ("100.10", 100)
    assert rung(Side.BUY, HARSH, volume=Decimal(0))[0] == ("100.20", 25)
    assert rung(Side.BUY, HARSH, volume=Decimal(0), last=Decimal(60_000))[0][1] == 1


prices = st.decimals(min_value="0.05", max_value="5000", places=2)


@given(bid=prices, spread=prices, volume=st.integers(0, 10**9), model=st.sampled_from(FillModel))
def test_a_ladder_is_never_crossed_and_gets_worse_from_level_to_level(
    bid: Decimal, spread: Decimal, volume: int, model: FillModel
) -> None:
    report = replace(REPORT, bid=bid, ask=bid + spread, last=bid, volume=Decimal(volume))
    ladder = terms_for(model, AssetClass.EQUITY).ladder(report, price_increment=CENT, size_increment=ONE)
    bids, asks = [level.price for level in ladder.bids], [level.price for level in ladder.asks]

    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert all(price > 0 and price <= bid for price in bids)
    assert all(price >= bid + spread for price in asks)
    assert all(level.size is None or level.size >= 1 for level in (*ladder.bids, *ladder.asks))


@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=5), taken=st.integers(0, 60))
def test_what_is_taken_is_missing_from_the_best_price_on(sizes: list[int], taken: int) -> None:
    levels = [Level(Decimal(100 + number), Decimal(size)) for number, size in enumerate(sizes)]
    rest = without(levels, Decimal(taken))

    assert sum(level.size or 0 for level in rest) == max(sum(sizes) - taken, 0)
    assert [level.price for level in rest] == sorted(level.price for level in rest)


def test_the_same_id_travels_as_long_each_time_and_others_otherwise() -> None:
    times = [REALISTIC.delay(str(number)) for number in range(50)]

    assert times == [REALISTIC.delay(str(number)) for number in range(50)]
    assert min(times) >= timedelta(milliseconds=50)
    assert max(times) <= timedelta(milliseconds=200)
    assert len(set(times)) > 40


@pytest.mark.parametrize(
    ("model", "kind", "quantity", "value", "fee"),
    [
        (FillModel.REALISTIC, AssetClass.EQUITY, 10, 1000, "1"),
        (FillModel.REALISTIC, AssetClass.ETF, 1000, 1000, "5"),
        (FillModel.REALISTIC, AssetClass.OPTION, 3, 600, "1.95"),
        (FillModel.REALISTIC, AssetClass.CRYPTO, 1, 1000, "2.5"),
        (FillModel.HARSH, AssetClass.EQUITY, 1000, 1000, "10"),
        (FillModel.HARSH, AssetClass.CRYPTO, 1, 1000, "6"),
        (FillModel.IDEAL, AssetClass.EQUITY, 1000, 1000, "0"),
    ],
)
def test_fees(model: FillModel, kind: AssetClass, quantity: int, value: int, fee: str) -> None:
    schedule = schedule_for(model, kind)

    assert total_fee(schedule, quantity=Decimal(quantity), value=Decimal(value)) == Decimal(fee)


def test_an_order_meets_the_first_quote_after_it_has_arrived(share: str, clock: FrozenClock) -> None:
    open_account(fill_model=FillModel.REALISTIC)
    quote(last="100")
    order = accepted(clock, request())
    row = VenueOrder.objects.get()
    assert row.eligible_at == row.priority_at == NOON + REALISTIC.delay(order)

    assert venue.match_all(clock=clock) == set()
    clock.advance(seconds=1)
    quote(ask="100.30", last="100", at=NOON + timedelta(milliseconds=20))
    assert venue.match_all(clock=clock) == set()
    assert tick(clock, ask="100.40") == {REFERENCE}

    assert paid() == [("10", "100.4")]
    assert cash_of() == Decimal(10000) - 1004 - 1


def test_a_large_order_slips_through_the_prices_and_goes_on_at_the_next_quote(share: str, clock: FrozenClock) -> None:
    open_account(cash="100000", fill_model=FillModel.REALISTIC)
    order = accepted(clock, request(quantity="550"))

    tick(clock)
    assert known(order).status.value == "partially_filled"
    tick(clock, ask="100.50")

    assert [price for _, price in paid()] == ["100.1", "100.2", "100.3", "100.4", "100.5", "100.5"]
    assert (known(order).status.value, units_of()) == ("filled", Decimal(550))
    assert sum(fill.fee for fill in venue.fills_after(reference=REFERENCE, after=0)) == Decimal("2.75")


def test_two_accounts_never_take_more_than_stands_there(share: str, clock: FrozenClock) -> None:
    for reference in ("one", "two"):
        open_account(reference, cash="100000", fill_model=FillModel.HARSH)
        accepted(clock, request(quantity="60", limit_price="101"), reference)

    tick(clock, ask="100.10")

    # 25 units at each of three prices, of which the limit lets two and the third.
    assert units_of(reference="one") + units_of(reference="two") == 75
    row = VenueLiquidity.objects.get()
    assert (row.bought, row.sold, row.quote_at) == (Decimal(75), Decimal(0), clock.at)
    assert venue.match_all(clock=clock) == set()
    tick(clock)
    assert units_of(reference="one") + units_of(reference="two") == 120


def test_who_pays_more_goes_first_and_among_equals_who_came_first(share: str, clock: FrozenClock) -> None:
    limits = {"early": "100.20", "late": "100.20", "generous": "100.30", "any": None}
    for name, limit in limits.items():
        open_account(name, cash="100000", fill_model=FillModel.HARSH)
        accepted(clock, request(quantity="20", limit_price=limit, client_order_id=name), name)
        clock.advance(seconds=5)
        quote(bid="101.90", ask="102.10", at=clock.at, last="100")

    VenueOrder.objects.filter(reference="any").update(quantity=Decimal(10))
    tick(clock, "100.00", "100.00")

    # 25 stand at 100.00, 25 at 100.01, 25 at 100.02.
    assert units_of(reference="any") == 10
    assert units_of(reference="generous") == 20
    assert units_of(reference="early") == 20
    assert units_of(reference="late") == 20
    filled = list(VenueFill.objects.order_by("pk").values_list("reference", flat=True))
    assert filled == [
        "any",
        "generous",
        "generous",
        "early",
        "late",
    ]


def test_reduced_orders_keep_their_place_and_repriced_ones_lose_it(share: str, clock: FrozenClock) -> None:
    for name in ("first", "second"):
        open_account(name, cash="100000", fill_model=FillModel.HARSH)
        accepted(clock, request(quantity="40", limit_price="95", client_order_id=name), name)
        clock.advance(seconds=1)
    begun = dict(VenueOrder.objects.values_list("reference", "priority_at"))

    venue.replace(
        reference="first", client_order_id="first", change=OrderChange(revision=1, quantity=Decimal(30)), clock=clock
    )
    assert VenueOrder.objects.get(reference="first").priority_at == begun["first"]
    venue.replace(
        reference="first", client_order_id="first", change=OrderChange(revision=2, quantity=Decimal(31)), clock=clock
    )
    row = VenueOrder.objects.get(reference="first")
    assert row.priority_at is not None
    assert row.priority_at > clock.at
    assert row.eligible_at == row.priority_at


@pytest.mark.parametrize(("tif", "filled", "status"), [("ioc", 75, "canceled"), ("fok", 0, "canceled")])
def test_what_never_rests_meets_one_quote_after_its_journey(
    share: str, clock: FrozenClock, tif: str, filled: int, status: str
) -> None:
    open_account(cash="100000", fill_model=FillModel.HARSH)
    order = accepted(clock, request(quantity="90", time_in_force=TimeInForce(tif)))

    assert tick(clock) == {REFERENCE}

    report = known(order)
    assert (report.status.value, report.filled_quantity) == (status, filled)
    assert report.reject_code == ("not_filled_at_once" if tif == "ioc" else "not_filled_whole")


def test_two_waiting_market_orders_claim_the_same_cash_only_once(share: str, clock: FrozenClock) -> None:
    open_account(cash="1500", fill_model=FillModel.REALISTIC)
    accepted(clock, request())

    assert refused(clock, request()) == "insufficient_cash"


def test_a_waiting_market_order_may_not_spend_what_a_limit_order_claims(share: str, clock: FrozenClock) -> None:
    open_account(cash="2000", fill_model=FillModel.REALISTIC)
    first = accepted(clock, request(client_order_id="market"))
    kept = accepted(clock, request(limit_price="95"))

    tick(clock, "119.80", "120.00")

    assert (known(first).status.value, known(first).reject_code) == ("canceled", "insufficient_cash")
    assert (known(kept).status.value, cash_of()) == ("accepted", Decimal(2000))


def test_a_model_belongs_to_the_account(db: None, clock: FrozenClock) -> None:
    list_instrument("BTC-USD", asset_class=AssetClass.CRYPTO, size_increment=Decimal("0.00000001"))
    quote("BTC-USD")
    open_account("plain")
    open_account("dear", fill_model=FillModel.REALISTIC)

    assert place(clock, request(symbol="BTC-USD"), "plain").status.value == "filled"
    assert place(clock, request(symbol="BTC-USD"), "dear").status.value == "accepted"
    VenueCash.objects.filter(reference="dear").update(fill_model=FillModel.IDEAL)
    venue.match_all(clock=clock)
    clock.advance(seconds=2)
    quote("BTC-USD", at=clock.at)
    venue.match_all(clock=clock)
    assert (cash_of("plain"), cash_of("dear")) == (Decimal(8999), Decimal(8999))


def test_a_closing_auction_takes_everybody_at_one_price(share: str, clock: FrozenClock) -> None:
    open_account(cash="100000", fill_model=FillModel.HARSH)
    order = accepted(clock, request(quantity="500", time_in_force=TimeInForce.CLS))
    midnight = datetime(2026, 3, 19, 4, 0, tzinfo=UTC)
    clock.at = midnight - timedelta(seconds=1)
    quote(at=clock.at, last="100")

    clock.at = midnight
    venue.match_all(clock=clock)

    assert (known(order).status.value, paid()) == ("filled", [("500", "100")])
    assert cash_of() == Decimal(100000) - 50000 - 5
    assert not VenueLiquidity.objects.exclude(bought=0).exists()


def test_a_quote_that_others_have_left_behind_fills_nothing(share: str, clock: FrozenClock) -> None:
    open_account(cash="100000", fill_model=FillModel.HARSH)
    order = accepted(clock, request())
    VenueLiquidity.objects.create(symbol="AAPL", quote_at=clock.at + timedelta(seconds=10))

    assert tick(clock) == set()
    assert known(order).status.value == "accepted"
