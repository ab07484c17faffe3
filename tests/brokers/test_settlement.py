"""What executions cost and change: pure, exact, and the same however an order was cut."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.enums import Side
from arbion.domain.numbers import gross
from brokers import fees
from brokers.fees import FeeSchedule, total_fee
from brokers.simulator.matching import Execution
from brokers.simulator.settlement import Progress, payment, settle

PER_SHARE = FeeSchedule(name="per share", per_unit=Decimal("0.005"), minimum=Decimal(1))
PERCENT = FeeSchedule(name="percent", fraction_of_value=Decimal("0.0025"), minimum=Decimal("0.50"))

schedules = st.sampled_from([fees.IDEAL, PER_SHARE, PERCENT])
executions = st.lists(
    st.builds(
        Execution,
        quantity=st.decimals(min_value="0.00000001", max_value="10000", places=8),
        price=st.decimals(min_value="0.0001", max_value="100000", places=4),
    ),
    min_size=1,
    max_size=6,
)


def test_ideal_costs_nothing() -> None:
    assert total_fee(fees.IDEAL, quantity=Decimal(1000), value=Decimal(100000)) == 0


def test_per_share_has_a_minimum() -> None:
    assert total_fee(PER_SHARE, quantity=Decimal(10), value=Decimal(1000)) == 1
    assert total_fee(PER_SHARE, quantity=Decimal(1000), value=Decimal(1000)) == 5


def test_percent_has_a_minimum() -> None:
    assert total_fee(PERCENT, quantity=Decimal(1), value=Decimal(100)) == Decimal("0.50")
    assert total_fee(PERCENT, quantity=Decimal(1), value=Decimal(1000)) == Decimal("2.5")


def test_an_order_that_filled_nothing_pays_no_minimum() -> None:
    assert total_fee(PERCENT, quantity=Decimal(0), value=Decimal(0)) == 0


def test_the_minimum_is_paid_once_by_an_order_in_parts() -> None:
    parts = (Execution(quantity=Decimal(4), price=Decimal(10)), Execution(quantity=Decimal(6), price=Decimal(10)))

    settlement = settle(Side.BUY, parts, progress=Progress(), schedule=PER_SHARE)

    assert [fill.fee for fill in settlement.fills] == [Decimal(1), Decimal(0)]
    assert settlement.cash_change == Decimal(-101)
    assert settlement.units_change == Decimal(10)


def test_a_sale_brings_its_value_less_the_fee() -> None:
    sale = (Execution(quantity=Decimal(400), price=Decimal(10)),)

    settlement = settle(Side.SELL, sale, progress=Progress(), schedule=PER_SHARE)

    assert settlement.cash_change == Decimal(3998)
    assert settlement.units_change == Decimal(-400)


@given(parts=executions, side=st.sampled_from(Side), schedule=schedules, cut=st.integers(min_value=0, max_value=6))
def test_settled_at_once_or_in_steps_is_the_same(
    parts: list[Execution], side: Side, schedule: FeeSchedule, cut: int
) -> None:
    at_once = settle(side, parts, progress=Progress(), schedule=schedule)
    first = settle(side, parts[:cut], progress=Progress(), schedule=schedule)
    second = settle(side, parts[cut:], progress=first.progress, schedule=schedule)

    assert first.fills + second.fills == at_once.fills
    assert first.cash_change + second.cash_change == at_once.cash_change
    assert second.progress == at_once.progress


@given(parts=executions, side=st.sampled_from(Side), schedule=schedules)
def test_every_unit_of_money_is_in_a_fill(parts: list[Execution], side: Side, schedule: FeeSchedule) -> None:
    settlement = settle(side, parts, progress=Progress(), schedule=schedule)
    value = sum(gross(fill.quantity, fill.price) for fill in settlement.fills)
    charged = sum(fill.fee for fill in settlement.fills)

    assert all(fill.fee >= 0 for fill in settlement.fills)
    assert charged == total_fee(schedule, quantity=settlement.progress.quantity, value=settlement.progress.value)
    assert settlement.cash_change == (-value if side is Side.BUY else value) - charged


@given(
    quantity=st.decimals(min_value="0.00000001", max_value="10000", places=8),
    limit=st.decimals(min_value="0.01", max_value="100000", places=2),
    discount=st.decimals(min_value=0, max_value="0.99", places=2),
    schedule=schedules,
)
def test_a_claim_covers_a_fill_at_the_limit_or_better(
    quantity: Decimal, limit: Decimal, discount: Decimal, schedule: FeeSchedule
) -> None:
    price = limit * (1 - discount)
    claim = payment(Side.BUY, quantity, limit, progress=Progress(), schedule=schedule)
    settlement = settle(Side.BUY, [Execution(quantity=quantity, price=price)], progress=Progress(), schedule=schedule)

    assert -settlement.cash_change <= claim


def test_without_a_rest_nothing_is_claimed() -> None:
    assert payment(Side.BUY, Decimal(0), Decimal(10), progress=Progress(), schedule=PERCENT) == 0


def test_a_contract_is_worth_its_multiplier() -> None:
    contract = [Execution(quantity=Decimal(2), price=Decimal("1.25"))]
    settlement = settle(Side.BUY, contract, progress=Progress(), schedule=PER_SHARE, multiplier=Decimal(100))

    assert settlement.cash_change == Decimal(-251)
    assert payment(
        Side.SELL, Decimal(2), Decimal("1.25"), progress=Progress(), schedule=fees.IDEAL, multiplier=Decimal(100)
    ) == Decimal(-250)


def test_what_was_charged_stays_charged_where_the_schedule_becomes_cheaper() -> None:
    part = Execution(quantity=Decimal(10), price=Decimal(100))
    dear = settle(Side.BUY, [part], progress=Progress(), schedule=PERCENT)
    cheap = settle(Side.BUY, [part], progress=dear.progress, schedule=fees.IDEAL)

    assert (dear.fills[0].fee, cheap.fills[0].fee) == (Decimal("2.5"), 0)
    assert cheap.progress.fees == dear.progress.fees
