"""From the facts to the verdict: the frozen picture that the gate sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from arbion.domain.enums import AssetClass, OrderType, PositionEffect, RunMode, Side, Waiting
from arbion.domain.numbers import ZERO
from arbion.domain.options import SHARES_A_CONTRACT
from arbion.domain.orders import OrderRequest
from brokers.models import BrokerAccount
from riskdesk import gate
from riskdesk.decision import Decision
from riskdesk.snapshot import RiskSnapshot, UnitsNeeded
from riskdesk.terms import Off
from trading.execution.claims import Claims, claims_of, parts_of
from trading.execution.exposures import kind_of, sector_of
from trading.execution.facts import Facts, quote_age_seconds_max
from trading.execution.pricing import package_price, price_seen
from trading.models import Order
from trading.selectors import watch_age_max

OTHER_SIDE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the claims that it was given for."""

    decision: Decision
    claims: Claims

    @property
    def cash_most(self) -> Decimal | None:
        """The most cash the order may hold: an exit that may owe takes what there is, any other what it claims."""
        snapshot = self.decision.snapshot
        return snapshot.cash_free if snapshot.is_exit else None


def judge(
    request: OrderRequest,
    *,
    user: User,
    facts: Facts,
    waiting_for: Waiting = Waiting.NONE,
    has_stop: bool = False,
    by_house: bool = False,
    has_condition: bool = False,
) -> Judged:
    """The desk's verdict on the order of this person, on these facts; `has_stop`: a stop loss comes with it.

    `by_house` says that the house acts for the person (a stop, a flattening, an exit that was left here): what closes
    goes out even where the person is switched off, so that a position is never left without its guard.
    """
    claims = claims_of(request, facts=facts)
    picture = take_snapshot(
        request, claims, user=user, facts=facts, waiting_for=waiting_for, has_stop=has_stop,
        by_house=by_house, has_condition=has_condition,
    )  # fmt: skip
    return Judged(gate.review(picture), claims)


def price_of(request: OrderRequest, facts: Facts) -> Decimal | None:
    """The price that the order is judged and shown at; of a package its net price."""
    if request.legs:
        return package_price(request, facts)
    return price_seen(request.terms, request.side, facts.quote)


def take_snapshot(
    request: OrderRequest, claims: Claims, *, user: User, facts: Facts, waiting_for: Waiting = Waiting.NONE,
    has_stop: bool = False, by_house: bool = False, has_condition: bool = False,
) -> RiskSnapshot:  # fmt: skip
    """The picture of one order on these facts."""
    quote, account, instruments = facts.quote, facts.account, facts.instruments
    kind = AssetClass.OPTION if request.legs else kind_of(facts.instrument)
    return RiskSnapshot(
        at=facts.at,
        symbol=request.symbol,
        side=request.side,
        effect=request.effect or PositionEffect.OPEN,
        quantity=request.quantity,
        multiplier=SHARES_A_CONTRACT if request.legs else facts.instrument.multiplier,
        is_package=bool(request.legs),
        limit_price=request.limit_price,
        price=price_of(request, facts),
        waiting_for=waiting_for,
        has_condition=has_condition,
        is_owner=_is_owner(user, account, is_exit_of_house=by_house and request.effect is PositionEffect.CLOSE),
        halts=facts.halts,
        limits=facts.limits,
        instrument_tradable=all(one.tradable and one.currency == account.currency for one in instruments),
        instrument_halted=any(one.is_halted for one in (facts.instrument, *instruments)),
        halt_reason=next((one.halt_reason for one in (facts.instrument, *instruments) if one.is_halted), ""),
        market_open=facts.extended_open if request.extended_hours else facts.market_open,
        bid=quote.bid if quote else None,
        ask=quote.ask if quote else None,
        last=quote.last if quote else None,
        quote_age_seconds=facts.quote_age_seconds,
        quote_age_seconds_max=quote_age_seconds_max(),
        watch_age_seconds=facts.watch_age_seconds,
        watch_age_seconds_max=Decimal(str(watch_age_max().total_seconds())),
        cash=facts.cash,
        cash_held=facts.cash_held,
        cash_required=facts.required.cash,
        units=ZERO if request.legs else facts.units(request.symbol),
        units_held=ZERO if request.legs else facts.units_held(request.symbol),
        units_needed=tuple(UnitsNeeded(symbol=one.symbol, needed=one.needed, free=one.free) for one in claims.units),
        uncovered=claims.uncovered,
        adds_risk=claims.adds_risk,
        may_be_short=account.margin,
        opens_short_shares=_opens_short_shares(request, facts),
        cost_estimate=claims.cash,
        opening_quantity=facts.opening_quantity[request.side],
        opposing_quantity=ZERO if request.legs else facts.opening_quantity[OTHER_SIDE[request.side]],
        orders_last_minute=facts.orders_last_minute,
        unknown_orders=facts.unknown_orders,
        open_discrepancies=facts.open_discrepancies,
        equity=facts.equity,
        equity_at_day_start=facts.equity_at_day_start,
        equity_peak=facts.equity_peak,
        has_live_grant=account.mode == RunMode.PAPER,
        is_at_market=request.order_type is OrderType.MARKET,
        has_stop=has_stop,
        asset_class=kind.value,
        sector=sector_of(facts.instrument),
        gross_value=facts.exposures.gross,
        class_value=facts.exposures.by_class.get(kind, ZERO),
        sector_value=facts.exposures.by_sector.get(sector_of(facts.instrument), ZERO),
        trades_today=facts.trades_today,
        duplicates=_duplicates(request, facts),
        losses_in_a_row=facts.losses[0] if facts.losses else None,
        last_loss_at=facts.losses[1] if facts.losses else None,
    )


def _is_owner(user: User, account: BrokerAccount, *, is_exit_of_house: bool) -> bool:
    """Whether the person may ask for this at all: what the house closes for them goes out even if they may no more."""
    return account.user_id == user.pk and account.archived_at is None and (user.is_active or is_exit_of_house)


def _duplicates(request: OrderRequest, facts: Facts) -> int | None:
    """Orders just like this one within the wait that the account asks for; None where that cannot be read."""
    wait = facts.limits.duplicate_seconds
    if isinstance(wait, Off):
        return 0
    if wait is None or not wait.is_finite():
        return None
    since, terms = facts.at - timedelta(microseconds=int(wait * 1_000_000)), _terms(request, facts.instrument.pk)
    return sum(row.created_at > since and _terms(row, row.instrument_id) == terms for row in facts.recent)


def _terms(order: OrderRequest | Order, instrument_id: int) -> tuple[object, ...]:
    """What makes two orders the same. Where a trailing stop stands is no term of it: it moves."""
    is_trailing = order.order_type == OrderType.TRAILING_STOP
    return (
        instrument_id,
        order.side,
        order.order_type,
        order.quantity,
        order.limit_price,
        None if is_trailing else order.stop_price,
        order.trail_amount,
        order.trail_percent,
    )


def _opens_short_shares(request: OrderRequest, facts: Facts) -> bool:
    return any(
        part.side is Side.SELL
        and part.effect is PositionEffect.OPEN
        and part.instrument.asset_class != AssetClass.OPTION
        for part in parts_of(request, facts)
    )
