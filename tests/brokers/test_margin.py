"""Security for what is owed: the written rules by example, and what holds for any account."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbion.domain.enums import OptionRight
from arbion.domain.options import OptionTerms
from brokers.margin import Holding, maintenance, requirement

NEAR, FAR = date(2026, 12, 18), date(2027, 1, 15)
CALL, PUT = OptionRight.CALL, OptionRight.PUT


def shares(quantity: str, *, symbol: str = "AAPL", price: str = "100") -> Holding:
    """A position in shares."""
    return Holding(symbol=symbol, quantity=Decimal(quantity), price=Decimal(price))


def option(
    quantity: str, right: OptionRight, strike: str, *, expires_on: date = NEAR, multiplier: str = "100"
) -> Holding:
    """A position in contracts on AAPL."""
    terms = OptionTerms(underlying="AAPL", right=right, strike=Decimal(strike), expires_on=expires_on)
    return Holding(
        symbol=terms.symbol,
        quantity=Decimal(quantity),
        price=Decimal(1),
        multiplier=Decimal(multiplier),
        option=terms,
    )


def needed(*holdings: Holding) -> tuple[Decimal, dict[str, Decimal], tuple[str, ...]]:
    """The requirement as plain values."""
    found = requirement(holdings)
    return found.cash, dict(found.units), found.uncovered


def test_what_is_owned_needs_nothing() -> None:
    assert needed(shares("100"), option("3", CALL, "90"), option("2", PUT, "90")) == (0, {}, ())
    assert needed() == (0, {}, ())


def test_shares_owed_need_half_as_much_again_in_cash() -> None:
    assert needed(shares("-10")) == (Decimal(1500), {}, ())
    assert maintenance([shares("-10"), shares("5", symbol="MSFT")]) == Decimal(1300)
    assert maintenance([shares("10")]) == 0


@pytest.mark.parametrize(
    ("holdings", "cash", "units", "uncovered"),
    [
        pytest.param([option("-1", PUT, "90")], "9000", "0", 0, id="a put is secured by its strike"),
        pytest.param([option("-1", CALL, "110")], "0", "0", 1, id="a call is covered by nothing"),
        pytest.param([option("-1", CALL, "110"), shares("100")], "0", "100", 0, id="covered call"),
        pytest.param([option("-1", CALL, "110"), shares("99")], "0", "99", 1, id="a share is missing"),
        pytest.param([option("-1", CALL, "110"), shares("-100")], "15000", "0", 1, id="owed shares cover nothing"),
        pytest.param([option("-1", CALL, "100"), option("1", CALL, "110")], "1000", "0", 0, id="bear call spread"),
        pytest.param([option("-1", CALL, "110"), option("1", CALL, "100")], "0", "0", 0, id="bull call spread"),
        pytest.param([option("-1", PUT, "100"), option("1", PUT, "90")], "1000", "0", 0, id="bull put spread"),
        pytest.param([option("-1", PUT, "90"), option("1", PUT, "100")], "0", "0", 0, id="bear put spread"),
        pytest.param([option("-1", CALL, "100"), option("1", PUT, "100")], "0", "0", 1, id="a put covers no call"),
        pytest.param(
            [option("-1", CALL, "100"), option("1", CALL, "100", expires_on=FAR)], "0", "0", 0, id="calendar spread"
        ),
        pytest.param(
            [option("-1", CALL, "100", expires_on=FAR), option("1", CALL, "100")], "0", "0", 1, id="it ends too early"
        ),
        pytest.param(
            [option("-1", CALL, "55", multiplier="200"), option("2", CALL, "60")], "1000", "0", 0, id="after a split"
        ),
        pytest.param(
            [option("-1", CALL, "100"), option("1", CALL, "110"), shares("100")], "0", "100", 0, id="shares are cheaper"
        ),
        pytest.param(
            [option("-1", CALL, "100"), option("-1", CALL, "100", expires_on=FAR),
             option("1", CALL, "100"), option("1", CALL, "100", expires_on=FAR)],
            "0", "0", 0, id="each long one where it is needed",
        ),
        pytest.param(
            [option("-1", PUT, "100"), option("-1", PUT, "50", expires_on=FAR),
             option("1", PUT, "100", expires_on=FAR)],
            "5000", "0", 0, id="the long one goes where it saves most",
        ),
    ],
)  # fmt: skip
def test_each_contract_owed_has_the_cheapest_cover(
    holdings: list[Holding], cash: str, units: str, uncovered: int
) -> None:
    found = requirement(holdings)

    assert found.cash == Decimal(cash)
    assert found.units.get("AAPL", Decimal(0)) == Decimal(units)
    assert len(found.uncovered) == uncovered


def test_positions_of_one_symbol_count_as_one() -> None:
    assert needed(option("-1", CALL, "100"), option("1", CALL, "100")) == (0, {}, ())
    assert needed(shares("-10"), shares("4")) == needed(shares("-6"))


def test_another_share_covers_nothing() -> None:
    covered = option("-1", CALL, "100")

    assert needed(covered, shares("100", symbol="MSFT")) == (0, {}, (covered.symbol,))


strikes = st.sampled_from(["90", "95.5", "100", "110", "120"])
days = st.sampled_from([NEAR, FAR])
multipliers = st.sampled_from(["100", "150", "33.33333333"])
whole = st.integers(1, 4).map(str)


@st.composite
def contracts(draw: st.DrawFn, sign: int) -> Holding:
    """Some contracts on AAPL, held or owed."""
    right, strike, day = draw(st.sampled_from([CALL, PUT])), draw(strikes), draw(days)
    return option(str(sign * int(draw(whole))), right, strike, expires_on=day)


@st.composite
def adjusted(draw: st.DrawFn, sign: int) -> Holding:
    """Contracts whose multiplier a split has changed, under a symbol that a fresh one does not have."""
    row = option(str(sign * int(draw(whole))), draw(st.sampled_from([CALL, PUT])), "99.5", multiplier=draw(multipliers))
    return Holding(
        symbol=f"{row.symbol}{row.multiplier}", quantity=row.quantity, price=row.price, multiplier=row.multiplier,
        option=row.option,
    )  # fmt: skip


held = st.one_of(contracts(1), adjusted(1), st.integers(1, 300).map(lambda count: shares(str(count))))
owed = st.one_of(contracts(-1), adjusted(-1), st.integers(1, 300).map(lambda count: shares(str(-count))))
accounts = st.lists(st.one_of(held, owed), max_size=8)


@given(accounts)
def test_it_is_never_negative_and_keeps_no_share_that_is_not_there(holdings: list[Holding]) -> None:
    found = requirement(holdings)
    there = sum((row.quantity for row in holdings if row.option is None), Decimal(0))

    assert found.cash >= 0
    assert maintenance(holdings) >= 0
    assert all(0 < kept <= there for kept in found.units.values())


@given(accounts, st.randoms(use_true_random=False))
def test_the_order_of_holdings_does_not_matter(holdings: list[Holding], chance: object) -> None:
    mixed = list(holdings)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert requirement(mixed) == requirement(holdings)


@settings(max_examples=300)
@given(accounts, held)
def test_what_is_bought_in_addition_never_makes_it_need_more(holdings: list[Holding], more: Holding) -> None:
    before, after = requirement(holdings), requirement([*holdings, more])

    if not before.uncovered:
        assert after.uncovered == ()
        assert after.cash <= before.cash


@given(accounts)
def test_uncovered_is_only_what_nothing_can_cover(holdings: list[Holding]) -> None:
    found = requirement(holdings)
    symbols = {row.symbol for row in holdings if row.option is not None and row.option.right is CALL}
    rows = {row.symbol: row for row in holdings}
    net = {symbol: sum(row.quantity for row in holdings if row.symbol == symbol) for symbol in symbols}

    for symbol in found.uncovered:
        terms = rows[symbol].option
        assert terms is not None
        assert terms.right is CALL
        assert net[symbol] < 0
        # Whatever could cover it is in use by other calls: all there is, is less than all that is owed by then.
        able = [row for row in rows.values() if row.symbol in symbols and net[row.symbol] > 0]
        reach = sum(net[row.symbol] * row.multiplier for row in able if row.option.expires_on >= terms.expires_on)  # type: ignore[union-attr]
        due = sum(-net[name] * rows[name].multiplier for name in symbols if net[name] < 0)
        stock = max(sum((row.quantity for row in holdings if row.option is None), Decimal(0)), Decimal(0))
        assert reach + stock < due


@given(whole, strikes, strikes, days, st.sampled_from([CALL, PUT]))
def test_a_vertical_never_needs_more_than_its_width(
    count: str, owed_at: str, held_at: str, until: date, right: OptionRight
) -> None:
    found = requirement([option(f"-{count}", right, owed_at), option(count, right, held_at, expires_on=until)])

    assert found.cash <= abs(Decimal(owed_at) - Decimal(held_at)) * 100 * int(count)
    assert found.uncovered == ()
