"""What becomes of one order at one moment of its market: pure, asked before the account's lock and again under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import IMMEDIATE, OrderStatus, OrderType, SessionPhase, TimeInForce
from arbion.domain.numbers import ONE, ZERO
from brokers.simulator.matching import Execution, Ladder, Level, WorkingOrder, is_within, match, walk
from brokers.simulator.refusals import Refusal
from brokers.simulator.triggers import Trail, follow, is_reached, waits

NOT_AT_ONCE = Refusal("not_filled_at_once", "What could not be filled at once was canceled.")
NOT_WHOLE = Refusal("not_filled_whole", "It could not be filled whole at once, so nothing was.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One instrument's market now. `ladder` is None where nothing may trade: no fresh quote, halted, or closed.

    `last` and `quoted_at` belong to the ladder's quote. `closing_price` is that of the session that an at-the-close
    order waited for, once it is known.
    """

    now: datetime
    phase: SessionPhase
    ladder: Ladder | None = None
    last: Decimal = ZERO
    quoted_at: datetime | None = None
    price_increment: Decimal = ONE
    closing_price: Decimal | None = None

    def showing(self, ladder: Ladder | None) -> Moment:
        """The same moment with another ladder."""
        return replace(self, ladder=ladder)

    def meets(self, order: WorkingOrder) -> Ladder | None:
        """The ladder, if the order takes part in this phase and had reached the book when it was quoted."""
        takes_part = self.phase is SessionPhase.REGULAR or (
            order.extended_hours and self.phase in {SessionPhase.PRE, SessionPhase.POST}
        )
        if not takes_part or self.quoted_at is None:
            return None
        has_arrived = order.eligible_at is None or order.eligible_at <= self.quoted_at
        return self.ladder if has_arrived else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What happens to the order: its trail moves, its stop is reached, it fills, it ends (with a reason, if any).

    `legs` are the executions of each leg where there are several.
    """

    executions: tuple[Execution, ...] = ()
    legs: tuple[tuple[Execution, ...], ...] = ()
    trail: Trail | None = None
    triggers: bool = False
    ends: OrderStatus | None = None
    refusal: Refusal | None = None

    @property
    def only_follows(self) -> bool:
        """Whether nothing happens but that its trail moves."""
        return self.trail is not None and not (self.executions or self.triggers or self.ends)

    def __bool__(self) -> bool:
        return bool(self.executions or self.legs or self.trail or self.triggers or self.ends)


NOTHING = Verdict()


def judge(order: WorkingOrder, moment: Moment) -> Verdict:
    """What becomes of the order now; whether its account can pay is not asked here."""
    if order.expires_at is not None and order.expires_at <= moment.now:
        return _closing(order, moment) if order.time_in_force is TimeInForce.CLS else Verdict(ends=OrderStatus.EXPIRED)
    ladder = moment.meets(order)
    if ladder is None:
        never_waits = order.time_in_force in IMMEDIATE and order.eligible_at is None
        return _rest_ends(order, ()) if never_waits else NOTHING
    if order.time_in_force is TimeInForce.CLS:
        return NOTHING
    order, trail = follow(order, moment.last, increment=moment.price_increment)
    triggers = waits(order) and order.stop_price is not None and is_reached(order.side, order.stop_price, moment.last)
    outcome = match(replace(order, is_triggered=True) if triggers else order, ladder)
    if order.time_in_force in IMMEDIATE and outcome.leaves_quantity > ZERO:
        return _rest_ends(order, outcome.executions)
    return Verdict(executions=outcome.executions, trail=trail, triggers=triggers)


def _rest_ends(order: WorkingOrder, executions: tuple[Execution, ...]) -> Verdict:
    refusal = NOT_WHOLE if order.time_in_force is TimeInForce.FOK else NOT_AT_ONCE
    return Verdict(executions=executions, ends=OrderStatus.CANCELED, refusal=refusal)


def _closing(order: WorkingOrder, moment: Moment) -> Verdict:
    """The auction at the close: one price for all, as much as anybody wants; what it does not fill expires."""
    price = moment.closing_price
    trades = price is not None and (
        order.order_type is OrderType.MARKET
        or (order.limit_price is not None and is_within(price, order.limit_price, order.side))
    )
    if price is None or not trades:
        return Verdict(ends=OrderStatus.EXPIRED)
    return Verdict(executions=walk((Level(price),), order.leaves_quantity))
