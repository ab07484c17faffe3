"""Sizes: known answers, and what must hold for any: never more risk than asked, never more than there is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arbion.domain.errors import InvalidInput
from riskdesk import sizing
from riskdesk.sizing import Ceilings, Unit

D = Decimal
many = settings(max_examples=150, deadline=None, derandomize=True)


def unit(price="50", step="1", multiplier="1"):
    return Unit(price=D(price), step=D(step), multiplier=D(multiplier))


def fixed(**given_):
    terms = {"equity": D(100_000), "fraction": D("0.01"), "unit": unit(), "stop": D("47.5")}
    return sizing.fixed_fractional(**(terms | given_))


def test_one_percent_with_a_stop():
    """1 % of 100,000 is 1,000; 2.50 a share: 400 shares for 20,000."""
    found = fixed()
    assert (found.units, found.value, found.at_risk) == (D(400), D(20_000), D(1000))
    assert (found.stop_distance, found.cut_by) == (D("2.5"), None)
    assert found.sentence == ("400: 1 % of 100,000.00 is risked between 50 and the stop at 47.5. At stake is 1,000.00.")
    assert fixed(stop=D("52.5")).units == D(400)


def test_steps_are_rounded_down():
    assert fixed(stop=D("47.01")).units == D(334)
    assert fixed(stop=D("47.01"), unit=unit(step="0.0001")).units == D("334.4481")
    assert fixed(stop=D("47.01"), unit=unit(step="100")).units == D(300)
    option = fixed(unit=unit("5", multiplier="100"), stop=D(3))
    assert (option.units, option.value, option.at_risk) == (D(5), D(2500), D(1000))


@pytest.mark.parametrize(
    ("ceilings", "units", "cut_by"),
    [
        ({"order_value": D(15_000)}, 300, "order_value"),
        ({"position_value": D(18_000), "position_held": D(8000)}, 200, "position_value"),
        ({"cash": D("9999.99")}, 199, "cash"),
        ({"order_value": D(15_000), "position_value": D(30_000), "cash": D(5000)}, 100, "cash"),
        ({"order_value": D(20_000), "cash": D(20_000)}, 400, None),
        ({"position_value": D(5), "position_held": D(10)}, 0, "position_value"),
        ({"cash": D(-50)}, 0, "cash"),
    ],
)
def test_which_limit_cut_it(ceilings, units, cut_by):
    found = fixed(ceilings=Ceilings(**ceilings))
    assert (found.units, found.cut_by) == (D(units), cut_by)
    assert found.at_risk == D(units) * D("2.5")
    if cut_by:
        assert sizing.CUTS[cut_by] in found.sentence


def test_a_size_that_could_not_be_kept_is_cut():
    found = fixed(equity=D(9_000_000_000), fraction=D(1), unit=unit("0.0000000002", "1"), stop=D("0.0000000001"))
    assert (found.units, found.cut_by) == (D(9_000_000_000), "quantity")


def test_nothing_fits():
    found = fixed(equity=D(100), unit=unit("500"), stop=D(490))
    assert (found.units, found.value, found.at_risk, found.cut_by) == (0, 0, 0, None)
    assert found.sentence.startswith("Nothing: ")
    assert "not even 1 fits" in found.sentence


def test_a_move_of_average_true_ranges():
    """2 % of 50,000 on two ranges of 1.25: 1,000 / 2.50."""
    found = sizing.volatility(
        equity=D(50_000), fraction=D("0.02"), unit=unit("80"), average_true_range=D("1.25"), multiple=D(2)
    )
    assert (found.units, found.at_risk, found.stop_distance) == (D(400), D(1000), D("2.5"))
    assert "2 average true ranges of 1.25" in found.sentence


@pytest.mark.parametrize(
    ("win_rate", "payoff", "fraction"),
    [
        ("0.53", "1", "0.06"),  # Thorp, 2006: a coin that falls well 53 times of 100
        ("0.6", "1", "0.2"),  # Kelly: the edge of an even bet
        ("0.5", "2", "0.25"),
        ("0.4", "2", "0.1"),
        ("0.5", "1", "0"),
        ("0.3", "2", "-0.05"),
        ("1", "3", "1"),
        ("0", "4", "-0.25"),
    ],
)
def test_kellys_fraction(win_rate, payoff, fraction):
    assert sizing.kelly_fraction(win_rate=D(win_rate), payoff=D(payoff)) == D(fraction)


def kelly(**given_):
    terms = {"equity": D(10_000), "win_rate": D("0.53"), "payoff": D(1), "unit": unit("10"), "stop": D(9)}
    return sizing.kelly(**(terms | given_))


def test_kelly_risks_its_fraction_up_to_the_cap():
    assert (kelly().at_risk, kelly().units) == (D(600), D(600))
    assert kelly(part=D("0.5")).at_risk == D(300)
    assert kelly(stop=None).units == D(60)
    assert kelly(stop=None).at_risk == kelly(stop=None).value == D(600)
    capped = kelly(win_rate=D("0.9"), cap=D("0.1"))
    assert capped.at_risk == D(1000)
    assert "held to the cap of 10 %" in capped.sentence
    assert "cap" not in kelly().sentence


@pytest.mark.parametrize(("win_rate", "payoff"), [("0.5", "1"), ("0.2", "2"), ("0", "100")])
def test_no_edge_is_no_size(win_rate, payoff):
    found = kelly(win_rate=D(win_rate), payoff=D(payoff))
    assert (found.units, found.value, found.at_risk, found.cut_by) == (0, 0, 0, None)
    assert "no edge" in found.sentence


def test_kellys_fraction_grows_fastest():
    """Kelly's own definition: no other fraction has a higher mean logarithm of growth."""

    def growth(fraction, win_rate, payoff):
        return win_rate * (1 + fraction * payoff).ln() + (1 - win_rate) * (1 - fraction).ln()

    for win_rate, payoff in ((D("0.53"), D(1)), (D("0.4"), D(2)), (D("0.7"), D("0.8"))):
        best = sizing.kelly_fraction(win_rate=win_rate, payoff=payoff)
        top = growth(best, win_rate, payoff)
        assert all(growth(best + away, win_rate, payoff) < top for away in (D("-0.01"), D("0.01"), D("0.05")))


def test_equal_parts():
    found = sizing.equal_weight(equity=D(10_000), positions=4, unit=unit("30"))
    assert (found.units, found.value, found.at_risk) == (D(83), D(2490), D(2490))
    stopped = sizing.equal_weight(equity=D(10_000), positions=4, unit=unit("30"), stop=D(27))
    assert (stopped.units, stopped.at_risk) == (D(83), D(249))
    assert sizing.equal_weight(equity=D(90), positions=1, unit=unit("30")).sentence.startswith("3: All of 90.00")


@pytest.mark.parametrize(
    ("make", "field", "code"),
    [
        (lambda: fixed(equity=D(0)), "equity", "out_of_range"),
        (lambda: fixed(equity=D("NaN")), "equity", "not_a_number"),
        (lambda: fixed(equity=D(-5)), "equity", "out_of_range"),
        (lambda: fixed(fraction=D(0)), "fraction", "out_of_range"),
        (lambda: fixed(fraction=D("1.01")), "fraction", "out_of_range"),
        (lambda: fixed(stop=D(50)), "stop", "same_as_entry"),
        (lambda: fixed(stop=D(0)), "stop", "out_of_range"),
        (lambda: fixed(stop=D("Infinity")), "stop", "not_a_number"),
        (lambda: unit("0"), "price", "out_of_range"),
        (lambda: unit(step="0"), "step", "out_of_range"),
        (lambda: unit(multiplier="-1"), "multiplier", "out_of_range"),
        (lambda: Ceilings(cash=D("NaN")), "cash", "not_a_number"),
        (lambda: Ceilings(order_value=D(-1)), "order_value", "out_of_range"),
        (lambda: Ceilings(position_value=D("sNaN")), "position_value", "not_a_number"),
        (lambda: Ceilings(position_held=D(-1)), "position_held", "out_of_range"),
        (lambda: kelly(win_rate=D("1.1")), "win_rate", "out_of_range"),
        (lambda: kelly(payoff=D(0)), "payoff", "out_of_range"),
        (lambda: kelly(part=D(2)), "part", "out_of_range"),
        (lambda: kelly(cap=D(0)), "cap", "out_of_range"),
        (lambda: sizing.equal_weight(equity=D(1), positions=0, unit=unit()), "positions", "out_of_range"),
        (
            lambda: sizing.volatility(equity=D(1), fraction=D(1), unit=unit(), average_true_range=D(0), multiple=D(1)),
            "average_true_range",
            "out_of_range",
        ),
        (
            lambda: sizing.volatility(equity=D(1), fraction=D(1), unit=unit(), average_true_range=D(1), multiple=D(0)),
            "multiple",
            "out_of_range",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(make, field, code):
    with pytest.raises(InvalidInput) as refused:
        make()
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]


def decimals(least, most, places):
    return st.decimals(D(least), D(most), places=places, allow_nan=False, allow_infinity=False)


prices = decimals("0.0001", "100000", 4)
units = st.builds(
    Unit,
    price=prices,
    step=st.sampled_from([D(1), D("0.0001"), D("0.00000001"), D(100)]),
    multiplier=st.sampled_from([D(1), D(100)]),
)
equities = decimals("0.01", "100000000", 8)
fractions = decimals("0.0001", "1", 6)
rooms = st.builds(
    Ceilings,
    order_value=st.none() | decimals("0", "1000000", 8),
    position_value=st.none() | decimals("0", "1000000", 8),
    position_held=decimals("0", "1000000", 8),
    cash=st.none() | decimals("-1000", "1000000", 8),
)


@st.composite
def ways(draw):
    """One of the ways to a size as a function of equity and ceilings, with its unit and the part that it may risk."""
    of = draw(units)
    stop, fraction = draw(prices), draw(fractions)
    assume(stop != of.price)
    kind = draw(st.sampled_from(["fixed", "volatility", "kelly", "equal"]))
    if kind == "fixed":
        return (
            of,
            fraction,
            lambda e, c: sizing.fixed_fractional(equity=e, fraction=fraction, unit=of, stop=stop, ceilings=c),
        )
    if kind == "volatility":
        return (
            of,
            fraction,
            lambda e, c: sizing.volatility(
                equity=e, fraction=fraction, unit=of, average_true_range=stop, multiple=D(3), ceilings=c
            ),
        )
    if kind == "kelly":
        win_rate, payoff = draw(decimals("0", "1", 4)), draw(decimals("0.1", "10", 2))
        allowed = max(sizing.kelly_fraction(win_rate=win_rate, payoff=payoff), D(0))
        return (
            of,
            min(allowed, fraction),
            lambda e, c: sizing.kelly(
                equity=e, win_rate=win_rate, payoff=payoff, unit=of, stop=stop, cap=fraction, ceilings=c
            ),
        )
    positions = draw(st.integers(1, 50))
    return of, D(1) / positions, lambda e, c: sizing.equal_weight(equity=e, positions=positions, unit=of, ceilings=c)


@many
@given(way=ways(), equity=equities, ceilings=rooms)
def test_never_more_than_asked_and_never_more_than_there_is(way, equity, ceilings):
    of, fraction, size = way
    found = size(equity, ceilings)
    assert found.units >= 0
    assert found.units % of.step == 0
    assert found.at_risk <= equity * fraction
    for name, room in ceilings.rooms().items():
        assert found.value <= room, name
    assert found.units <= D(9_000_000_000)


@many
@given(way=ways(), equity=equities, more=decimals("0", "1000000", 8), ceilings=rooms)
def test_more_equity_is_never_a_smaller_size(way, equity, more, ceilings):
    _, _, size = way
    assert size(equity, ceilings).units <= size(equity + more, ceilings).units


@many
@given(way=ways(), equity=equities, ceilings=rooms)
def test_it_is_cut_exactly_where_it_says_so(way, equity, ceilings):
    _, _, size = way
    free, found = size(equity, Ceilings()), size(equity, ceilings)
    assert (found.units < free.units) == (found.cut_by in ceilings.rooms())


@many
@given(way=ways(), equity=equities)
def test_one_step_more_would_be_too_much(way, equity):
    of, fraction, size = way
    found = size(equity, Ceilings())
    assume(fraction > 0 and found.cut_by is None)
    each = (found.stop_distance or of.price) * of.multiplier
    assert (found.units + of.step) * each > equity * fraction - D("0.00000002")
