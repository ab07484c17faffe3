"""The end of contracts: worth a cent or nothing, shares or money, spreads together, and no kill that shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from pytest_django import Settings

from arbion.domain.enums import Interval, OrderStatus, Side, TimeInForce
from arbion.lib.clock import FrozenClock
from brokers.margin import Holding, requirement
from brokers.models import VenueActivity, VenueCash, VenueHolding
from brokers.simulator.activities import settle_due
from brokers.simulator.cash import close_account
from marketdata.models import Candle, CorporateAction, Instrument, OptionContract, Quote
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    accepted,
    cash_of,
    known,
    list_option,
    open_account,
    quote,
    refused,
    request,
    units_of,
)
from tests.brokers.happenings import adds_up, owe, seen, state, survives_kills, told

CALL_90, CALL_95, CALL_120 = "AAPL260320C00090000", "AAPL260320C00095000", "AAPL260320C00120000"
PUT_110, PUT_105, PUT_80 = "AAPL260320P00110000", "AAPL260320P00105000", "AAPL260320P00080000"
LATER_90 = "AAPL260417C00090000"
ALL = (CALL_90, CALL_95, CALL_120, PUT_110, PUT_105, PUT_80, LATER_90)
# Midnight in New York after the third Friday: the market of these tests never closes.
END = datetime(2026, 3, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def chain(share: str) -> None:
    """Contracts that end on Friday, and one that ends a month later, at a last price of 99.90."""
    for symbol in ALL:
        list_option(symbol)
        quote(symbol, "1.00", "1.10")


@pytest.fixture
def end(clock: FrozenClock) -> Callable[[], set[str]]:
    """Let the contracts' last day end and the exchange do what is due."""

    def settle() -> set[str]:
        clock.at = END
        return settle_due(clock=clock)

    return settle


def open_with(cash: str, positions: Mapping[str, int], *, allows_short: bool = False, name: str = REFERENCE) -> None:
    """An account that holds and owes these."""
    open_account(name, cash=cash, allows_short=allows_short)
    for symbol, quantity in positions.items():
        if quantity > 0:
            VenueHolding.objects.create(reference=name, symbol=symbol, quantity=quantity)
        else:
            owe(symbol, str(-quantity), name)


@pytest.mark.parametrize(
    ("cash", "positions", "told_of"),
    [
        pytest.param("0", {CALL_120: 2}, [("expiry", {CALL_120: "-2"})], id="held for nothing"),
        pytest.param("8000", {PUT_80: -1}, [("expiry", {PUT_80: "1"})], id="owed for nothing"),
        pytest.param(
            "20000", {CALL_90: 2}, [("exercise", {CALL_90: "-2", "AAPL": "200", "USD": "-18000"})], id="call paid"
        ),
        pytest.param("0", {CALL_90: 2}, [("exercise", {CALL_90: "-2", "USD": "1980"})], id="call in money"),
        pytest.param(
            "10000",
            {CALL_90: 2},
            [("exercise", {CALL_90: "-1", "AAPL": "100", "USD": "-9000"}), ("exercise", {CALL_90: "-1", "USD": "990"})],
            id="one of two paid",
        ),
        pytest.param(
            "0",
            {PUT_110: 1, "AAPL": 100},
            [("exercise", {PUT_110: "-1", "AAPL": "-100", "USD": "11000"})],
            id="put with shares",
        ),
        pytest.param("0", {PUT_110: 1, "AAPL": 99}, [("exercise", {PUT_110: "-1", "USD": "1010"})], id="a share short"),
        pytest.param(
            "0",
            {CALL_90: -1, "AAPL": 100},
            [("assignment", {CALL_90: "1", "AAPL": "-100", "USD": "9000"})],
            id="covered call",
        ),
        pytest.param(
            "11000", {PUT_110: -1}, [("assignment", {PUT_110: "1", "AAPL": "100", "USD": "-11000"})], id="secured put"
        ),
        pytest.param(
            "500",
            {CALL_90: 1, CALL_95: -1},
            [("exercise", {CALL_90: "-1", "USD": "990"}), ("assignment", {CALL_95: "1", "USD": "-490"})],
            id="bull call spread in money",
        ),
        pytest.param(
            "9000",
            {CALL_90: 1, CALL_95: -1},
            [
                ("exercise", {CALL_90: "-1", "AAPL": "100", "USD": "-9000"}),
                ("assignment", {CALL_95: "1", "AAPL": "-100", "USD": "9500"}),
            ],
            id="bull call spread in shares",
        ),
        pytest.param(
            "500",
            {CALL_90: -1, CALL_95: 1},
            [("exercise", {CALL_95: "-1", "USD": "490"}), ("assignment", {CALL_90: "1", "USD": "-990"})],
            id="bear call spread",
        ),
        pytest.param(
            "500",
            {PUT_110: -1, PUT_105: 1},
            [("exercise", {PUT_105: "-1", "USD": "510"}), ("assignment", {PUT_110: "1", "USD": "-1010"})],
            id="bull put spread",
        ),
        pytest.param(
            "0",
            {CALL_95: -1, LATER_90: 1},
            [("exercise", {LATER_90: "-1", "USD": "990"}), ("assignment", {CALL_95: "1", "USD": "-490"})],
            id="what covers it is called in",
        ),
        pytest.param(
            "400",
            {CALL_95: -3, LATER_90: 3},
            [("exercise", {LATER_90: "-2", "USD": "1980"}), ("assignment", {CALL_95: "3", "USD": "-1470"})],
            id="no more is called in than it takes",
        ),
    ],
)
def test_each_position_ends_as_the_account_can(
    end: Callable[[], set[str]],
    cash: str,
    positions: dict[str, int],
    told_of: list[tuple[str, dict[str, str]]],
) -> None:
    open_with(cash, positions)
    with adds_up():
        assert end() == {REFERENCE}

    assert [(kind, changes) for kind, _, changes in seen()] == told_of
    assert all(units_of(symbol) == 0 for symbol in ALL if symbol != LATER_90)
    before = state()
    assert end() == set()
    assert state() == before


def test_a_price_is_told_with_each(end: Callable[[], set[str]]) -> None:
    open_with("10000", {CALL_90: 2, CALL_120: 1})
    end()

    assert [(row.symbol, row.price) for row in told()] == [
        (CALL_90, 90),
        (CALL_90, Decimal("99.90")),
        (CALL_120, Decimal("99.90")),
    ]


@pytest.mark.parametrize(("last", "kind"), [("90.00", "expiry"), ("90.01", "exercise")])
def test_a_cent_makes_the_difference(end: Callable[[], set[str]], last: str, kind: str) -> None:
    quote(bid=last, ask="91.00")
    open_with("0", {CALL_90: 1})
    end()

    assert [row[0] for row in seen()] == [kind]


def test_shares_become_owed_only_on_margin(end: Callable[[], set[str]]) -> None:
    open_with("5000", {PUT_110: 1}, allows_short=True)
    open_with("5000", {PUT_110: 1}, name="without")
    end()

    assert (units_of(), cash_of()) == (-100, 16000)
    assert VenueHolding.objects.get(reference=REFERENCE, symbol="AAPL").may_be_owed
    assert (units_of(reference="without"), cash_of("without")) == (0, 6010)


def test_cash_that_orders_or_other_contracts_claim_buys_no_shares(
    clock: FrozenClock, end: Callable[[], set[str]]
) -> None:
    open_with("9000", {CALL_90: 1})
    accepted(clock, request(limit_price="50", quantity="1", time_in_force=TimeInForce.GTC))
    open_with("11000", {PUT_105: -1, "AAPL260417P00080000": -1}, name="writer")
    list_option("AAPL260417P00080000")
    end()

    assert seen() == [("exercise", CALL_90, {CALL_90: "-1", "USD": "990"})]
    assert seen("writer") == [("assignment", PUT_105, {PUT_105: "1", "USD": "-510"})]


def test_it_is_settled_at_the_last_price_before_the_end(clock: FrozenClock, end: Callable[[], set[str]]) -> None:
    open_with("0", {CALL_90: 1})
    share = Instrument.objects.get(symbol="AAPL")
    for minutes, close in ((2, "94"), (1, "95"), (-1, "96")):
        values = dict.fromkeys(("open", "high", "low", "close"), Decimal(close))
        Candle.objects.create(
            instrument=share, interval=Interval.M1, opens_at=END - timedelta(minutes=minutes), volume=1, **values
        )
    quote(bid="98.00", ask="98.10", at=END)
    end()

    assert seen() == [("exercise", CALL_90, {CALL_90: "-1", "USD": "500"})]


def test_nothing_is_settled_before_the_end_or_without_a_price(clock: FrozenClock, end: Callable[[], set[str]]) -> None:
    open_with("0", {CALL_90: 1})
    clock.at = END - timedelta(seconds=1)
    assert settle_due(clock=clock) == set()
    prices = list(Quote.objects.filter(instrument__symbol="AAPL").values())
    Quote.objects.filter(instrument__symbol="AAPL").delete()
    assert end() == set()
    assert OptionContract.objects.filter(settled_at=None).count() == len(ALL)
    Quote.objects.create(**prices[0])
    assert end() == {REFERENCE}


def test_a_session_ends_at_its_close(clock: FrozenClock, settings: Settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    open_with("0", {CALL_90: 1})
    clock.at = datetime(2026, 3, 20, 19, 59, 59, tzinfo=UTC)
    assert settle_due(clock=clock) == set()
    clock.advance(seconds=1)
    assert settle_due(clock=clock) == {REFERENCE}


def test_orders_in_what_ended_expire(clock: FrozenClock, end: Callable[[], set[str]]) -> None:
    open_with("5000", {CALL_90: 2})
    sale = accepted(clock, request(Side.SELL, "1", symbol=CALL_90, limit_price="20.00", time_in_force=TimeInForce.GTC))
    end()

    assert known(sale).status is OrderStatus.EXPIRED
    assert units_of(CALL_90) == 0
    contract = OptionContract.objects.get(instrument__symbol=CALL_90)
    assert (contract.settled_at, contract.instrument.tradable) == (END, False)
    assert OptionContract.objects.get(instrument__symbol=LATER_90).settled_at is None
    assert refused(clock, request(symbol=CALL_90, quantity="1")) in {"not_tradable", "option_expired"}


def test_a_closed_account_is_history(clock: FrozenClock, end: Callable[[], set[str]]) -> None:
    open_with("0", {CALL_90: 1})
    close_account(REFERENCE, clock=clock)

    assert end() == set()
    assert (told(), units_of(CALL_90)) == ([], 1)
    assert OptionContract.objects.filter(settled_at=END).count() == len(ALL) - 1


def test_contracts_end_before_a_split_of_the_next_morning(end: Callable[[], set[str]]) -> None:
    CorporateAction.objects.create(
        instrument=Instrument.objects.get(symbol="AAPL"),
        kind="split",
        ex_date=date(2026, 3, 21),
        new_units=2,
        old_units=1,
    )
    open_with("20000", {CALL_90: 1})
    end()

    assert [(row[0], row[2]) for row in seen()] == [
        ("exercise", {CALL_90: "-1", "AAPL": "100", "USD": "-9000"}),
        ("split", {"AAPL": "100"}),
    ]


def test_what_was_split_is_settled_by_its_new_terms(end: Callable[[], set[str]]) -> None:
    CorporateAction.objects.create(
        instrument=Instrument.objects.get(symbol="AAPL"), kind="split", ex_date=date(2026, 3, 19), new_units=2,
        old_units=1,
    )  # fmt: skip
    open_with("0", {CALL_90: 1})
    end()

    # 49.95 after the split, against 45, two hundred times.
    assert seen() == [("exercise", CALL_90, {CALL_90: "-1", "USD": "990"})]


def test_a_kill_at_any_statement_does_not_show(clock: FrozenClock) -> None:
    open_with("10000", {CALL_90: 2, CALL_95: -1, CALL_120: 1})
    open_with("400", {CALL_95: -3, LATER_90: 3}, name="calendar")
    accepted(clock, request(Side.SELL, "1", symbol=CALL_120, limit_price="20.00", time_in_force=TimeInForce.GTC))
    clock.at = END

    survives_kills(lambda: settle_due(clock=clock), least=30)


positions = st.dictionaries(st.sampled_from([*ALL, "AAPL"]), st.integers(-3, 3).filter(bool), max_size=6)


@trials(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(positions, st.integers(85, 115), st.integers(0, 20_000), st.booleans())
def test_whatever_is_covered_can_be_settled(
    clock: FrozenClock, held: dict[str, int], last: int, extra: int, allows_short: bool
) -> None:
    """What an account had to keep is always enough, and all that ended is gone."""
    VenueActivity.objects.all().delete()
    VenueHolding.objects.all().delete()
    VenueCash.objects.all().delete()
    OptionContract.objects.update(settled_at=None)
    clock.at = NOON
    terms = {row.instrument.symbol: row.terms for row in OptionContract.objects.select_related("underlying")}
    held = {symbol: count * (100 if symbol == "AAPL" else 1) for symbol, count in held.items()}
    if not allows_short:
        held = {symbol: count for symbol, count in held.items() if symbol != "AAPL" or count > 0}
    needed = requirement(
        Holding(
            symbol=symbol,
            quantity=Decimal(count),
            price=Decimal(last),
            multiplier=Decimal(100 if symbol in terms else 1),
            option=terms.get(symbol),
        )
        for symbol, count in held.items()
    )
    if needed.uncovered:
        return
    open_with(str(needed.cash + extra), held, allows_short=allows_short)
    quote(bid=f"{last}", ask=f"{last}.10")
    worth = _worth(held, last) + needed.cash + extra

    with adds_up():
        clock.at = END
        settle_due(clock=clock)

    left = {row.symbol: int(row.quantity) for row in VenueHolding.objects.filter(reference=REFERENCE)}
    assert all(left.get(symbol, 0) == 0 for symbol in ALL if symbol != LATER_90)
    # Nothing was given away: shares at their price, contracts at what exercising them brings.
    assert _worth(left, last) + cash_of() == worth


def _worth(held: Mapping[str, int], last: int) -> Decimal:
    strikes = {symbol: (symbol[10], int(symbol[11:]) // 1000) for symbol in ALL}
    value = 0
    for symbol, count in held.items():
        if symbol == "AAPL":
            value += count * last
        else:
            right, strike = strikes[symbol]
            value += count * 100 * max(last - strike if right == "C" else strike - last, 0)
    return Decimal(value)


@pytest.mark.parametrize(("limit", "becomes", "left"), [(None, "filled", "9"), ("11.00", "expired", "10")])
def test_the_closing_auction_comes_before_the_contract_is_settled(
    clock: FrozenClock, settings: Settings, limit: str | None, becomes: str, left: str
) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    open_with("0", {CALL_90: 10})
    clock.at = datetime(2026, 3, 20, 19, 50, tzinfo=UTC)
    quote(at=clock.at)
    quote(CALL_90, "9.80", "10.00", at=clock.at)
    sale = accepted(clock, request(Side.SELL, "1", symbol=CALL_90, limit_price=limit, time_in_force=TimeInForce.CLS))
    clock.at = datetime(2026, 3, 20, 20, 0, tzinfo=UTC)

    assert settle_due(clock=clock) == {REFERENCE}
    assert known(sale).status.value == becomes
    assert [row.filled_quantity for row in [known(sale)]] == [10 - int(left)]
    assert seen()[0][0] == "exercise"
    assert seen()[0][2][CALL_90] == f"-{left}"
    assert settle_due(clock=clock) == set()
