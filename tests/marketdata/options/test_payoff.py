"""The payoffs of the textbook's strategies, exact to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbion.domain.enums import OptionRight
from arbion.domain.options import OptionTerms
from marketdata.options.payoff import Leg, payoff

SOON, LATER = date(2026, 12, 18), date(2027, 1, 15)
SPOT = Decimal(100)


def option(text: str, price: str, *, quantity: int = 1, day: date = SOON) -> Leg:
    """`C100` or `P95`, bought, or sold with a negative quantity."""
    right = OptionRight.CALL if text[0] == "C" else OptionRight.PUT
    terms = OptionTerms(underlying="XYZ", right=right, strike=Decimal(text[1:]), expires_on=day)
    return Leg(quantity=quantity, price=Decimal(price), option=terms)


def shares(price: str = "100", quantity: int = 1) -> Leg:
    return Leg(quantity=quantity, price=Decimal(price))


STRATEGIES = {
    # name: legs, net, largest profit, largest loss, break-evens
    "long call": ([option("C100", "3")], "3", None, "300", ["103"]),
    "long put": ([option("P100", "3")], "3", "9700", "300", ["97"]),
    "short call": ([option("C100", "3", quantity=-1)], "-3", "300", None, ["103"]),
    "short put": ([option("P100", "3", quantity=-1)], "-3", "300", "9700", ["97"]),
    "bull call spread": (
        [option("C95", "7.10"), option("C105", "1.85", quantity=-1)], "5.25", "475", "525", ["100.25"],
    ),
    "bull put spread": (
        [option("P90", "1.10"), option("P95", "2.35", quantity=-1)], "-1.25", "125", "375", ["93.75"],
    ),
    "covered call": ([shares(), option("C105", "2", quantity=-1)], "98", "700", "9800", ["98"]),
    "collar": (
        [shares(), option("P95", "1.50"), option("C110", "1.20", quantity=-1)], "100.30", "970", "530", ["100.30"],
    ),
    "straddle": ([option("C100", "4"), option("P100", "3.50")], "7.5", None, "750", ["92.50", "107.50"]),
    "iron condor": (
        [
            option("P85", "0.50"), option("P90", "1.25", quantity=-1), option("C110", "1.40", quantity=-1),
            option("C115", "0.60"),
        ],
        "-1.55", "155", "345", ["88.45", "111.55"],
    ),
    "butterfly": (
        [option("C90", "11"), option("C100", "4", quantity=-2), option("C110", "1")], "4", "600", "400",
        ["94", "106"],
    ),
    "call ratio spread": (
        [option("C100", "4"), option("C110", "1", quantity=-2)], "2", "800", None, ["102", "118"],
    ),
    "free money": ([option("C100", "1"), option("C105", "2", quantity=-1)], "-1", "600", "0", []),
}  # fmt: skip


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies(name):
    legs, net, profit, loss, break_evens = STRATEGIES[name]
    found = payoff(legs, SPOT)
    assert found.net == Decimal(net)
    assert found.cost == found.net * 100
    assert found.max_profit == (None if profit is None else Decimal(profit))
    assert found.max_loss == (None if loss is None else Decimal(loss))
    assert [str(price.normalize()) for price in found.break_evens] == [
        str(Decimal(text).normalize()) for text in break_evens
    ]
    assert found.exact
    assert found.day == SOON


def test_an_adjusted_contract_counts_with_its_own_multiplier():
    terms = OptionTerms(underlying="XYZ", right=OptionRight.CALL, strike=Decimal(50), expires_on=SOON)
    found = payoff([Leg(quantity=1, price=Decimal(2), option=terms, multiplier=Decimal(150))], SPOT)
    assert (found.cost, found.net, found.max_loss) == (300, 3, 300)
    assert found.break_evens == (Decimal(52),)


def test_shares_alone_have_no_day():
    found = payoff([shares()], SPOT)
    assert (found.day, found.max_profit, found.max_loss, found.break_evens) == (None, None, 10_000, (100,))


def test_a_calendar_spread_takes_the_later_leg_at_its_worth():
    legs = [option("C100", "2", quantity=-1), option("C100", "4", day=LATER)]

    def worth(terms, prices):
        assert terms.expires_on == LATER
        return [terms.intrinsic(price) + max(Decimal(3) - abs(price - 100) / 10, Decimal(0)) for price in prices]

    found = payoff(legs, SPOT, later=worth)
    assert not found.exact
    assert found.net == 2
    assert found.max_profit == 100
    assert found.max_loss == 200
    assert [round(price) for price in found.break_evens] == [90, 110]
    with pytest.raises(ValueError, match="lives longer"):
        payoff(legs, SPOT)


legs = st.lists(
    st.builds(
        lambda right, strike, price, quantity: option(f"{right}{strike}", str(price), quantity=quantity),
        st.sampled_from("CP"),
        st.integers(50, 150),
        st.decimals("0.01", "20", places=2),
        st.sampled_from([-2, -1, 1, 2]),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, derandomize=True)
@given(legs)
def test_no_price_brings_more_or_less_than_the_limits_say(some):
    found = payoff(some, SPOT)
    for price in map(Decimal, range(0, 400, 7)):
        profit = sum(
            (leg.quantity * leg.multiplier * (leg.option.intrinsic(price) - leg.price) for leg in some), Decimal(0)
        )
        if found.max_profit is not None:
            assert profit <= found.max_profit
        if found.max_loss is not None:
            assert profit >= -found.max_loss
    assert all(low < high for (low, _), (high, _) in pairwise(found.line))
    for price in found.break_evens:
        profit = sum(
            (leg.quantity * leg.multiplier * (leg.option.intrinsic(price) - leg.price) for leg in some), Decimal(0)
        )
        assert abs(profit) <= 8  # a break-even is rounded to the cent
