"""One account under its lock: what it has, what its orders claim, and what the market shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from arbion.domain.enums import FillModel, OrderType, Side, TimeInForce
from arbion.domain.numbers import EXACT, ONE, ZERO, gross
from arbion.domain.options import SHARES_A_CONTRACT, read_symbol
from brokers.margin import Holding
from brokers.models import VenueCash, VenueHolding, VenueOrder
from brokers.simulator import custody, market
from brokers.simulator.claims import Part, Standing, Wish
from brokers.simulator.custody import RESTING, Booking, Leg
from brokers.simulator.judging import Moment, Verdict, judge
from brokers.simulator.liquidity import Depths
from brokers.simulator.market import MarketView
from brokers.simulator.matching import Execution
from brokers.simulator.packages import LegMarket, judge_package
from brokers.simulator.settlement import Progress, payment, settle
from brokers.simulator.terms import Terms, terms_for
from brokers.simulator.triggers import STOPS


class VenueAccount:
    """What is read of one account to decide about its orders; made under its lock, and gone with it.

    `terms` stand in for those of the account's own fill model. `views` is what has been seen of the market already.
    """

    def __init__(
        self,
        cash: VenueCash,
        *,
        now: datetime,
        terms: Terms | None = None,
        views: Mapping[str, MarketView] | None = None,
        depths: Depths | None = None,
        resting: list[VenueOrder] | None = None,
    ) -> None:
        self.cash = cash
        self.now = now
        self.depths = depths or Depths()
        self._terms = terms
        self._views = dict(views or {})
        if resting is not None:
            self.resting = resting

    # The market ------------------------------------------------------------------------------------------------------
    def views(self, symbols: Iterable[str]) -> dict[str, MarketView]:
        """What the market shows of each of these, read once."""
        wanted = set(symbols)
        if missing := wanted - self._views.keys():
            self._views.update(market.look(missing, self.now))
        return {symbol: self._views[symbol] for symbol in wanted}

    def view(self, symbol: str) -> MarketView:
        """What the market shows of this."""
        return self.views([symbol])[symbol]

    def terms(self, symbol: str) -> Terms:
        """The terms that this account trades this on."""
        return self._terms or terms_for(FillModel(self.cash.fill_model), self.view(symbol).asset_class)

    def moment(self, symbol: str, *, closing_price: Decimal | None = None) -> Moment:
        """The market as this account's terms show it, less what is taken already where depth is shared."""
        terms = self.terms(symbol)
        moment = self.view(symbol).moment(terms, closing_price=closing_price)
        return self.depths.rest(moment, symbol) if terms.is_shared else moment

    def multiplier(self, symbol: str) -> Decimal:
        """The units that one unit of this stands for."""
        instrument = self.view(symbol).instrument
        return ONE if instrument is None else instrument.multiplier

    def shared(self, order: VenueOrder) -> list[str]:
        """The order's symbols whose depth is shared and that can trade now; a closing auction takes everybody."""
        if order.time_in_force == TimeInForce.CLS:
            return []
        return [
            leg.symbol
            for leg in custody.legs_of(order)
            if self.terms(leg.symbol).is_shared and self.view(leg.symbol).tradable_quote is not None
        ]

    def lock_depth(self, order: VenueOrder) -> None:
        """Lock what the order shares with orders of other accounts, after this account's own lock."""
        symbols = self.shared(order)
        quoted = {symbol: quote.at for symbol in symbols if (quote := self.view(symbol).tradable_quote) is not None}
        self.depths.lock(quoted, quoted_at=quoted)

    # Orders ----------------------------------------------------------------------------------------------------------
    def judge(self, order: VenueOrder) -> Verdict:
        """What becomes of the order now, as far as the market goes."""
        legs = custody.legs_of(order)
        self.views([order.symbol, *(leg.symbol for leg in legs)])
        if order.is_package:
            if not self.view(order.symbol).may_trade and not _is_over(order, self.now):
                return Verdict()
            return judge_package(
                custody.working(order),
                [
                    LegMarket(
                        side=leg.side,
                        ratio=leg.ratio,
                        moment=self.moment(leg.symbol),
                        multiplier=self.multiplier(leg.symbol),
                    )
                    for leg in legs
                ],
            )
        price = None
        if order.time_in_force == TimeInForce.CLS and order.expires_at is not None and _is_over(order, self.now):
            price = self.view(order.symbol).closing_price(order.expires_at)
        return judge(custody.working(order), self.moment(order.symbol, closing_price=price))

    def booking(self, order: VenueOrder, verdict: Verdict) -> Booking:
        """What the verdict's executions would change."""
        executions: Sequence[tuple[Execution, ...]] = verdict.legs or (verdict.executions,)
        if not any(executions):
            return Booking(legs=(), quantity=ZERO, cash_change=ZERO)
        legs = custody.legs_of(order)
        settled = [
            settle(
                leg.side,
                done,
                progress=progress,
                schedule=self.terms(leg.symbol).fees,
                multiplier=self.multiplier(leg.symbol),
            )
            for leg, done, progress in zip(legs, executions, custody.progress_of(order, self.multiplier), strict=True)
        ]
        return Booking(
            legs=tuple(zip(legs, settled, strict=True)),
            quantity=sum((fill.quantity for fill in settled[0].fills), ZERO) / legs[0].ratio,
            cash_change=sum((settlement.cash_change for settlement in settled), ZERO),
        )

    def others(self, order: VenueOrder) -> list[VenueOrder]:
        """The account's other resting orders."""
        return [other for other in self.resting if other.client_order_id != order.client_order_id]

    @cached_property
    def resting(self) -> list[VenueOrder]:
        """All resting orders of the account."""
        return list(VenueOrder.objects.filter(reference=self.cash.reference, status__in=RESTING))

    # What it has -----------------------------------------------------------------------------------------------------
    @cached_property
    def holdings(self) -> dict[str, VenueHolding]:
        """Everything that the account holds or owes, by symbol."""
        return {row.symbol: row for row in VenueHolding.objects.filter(reference=self.cash.reference)}

    def holdings_of(self, order: VenueOrder) -> dict[str, VenueHolding]:
        """The holdings that the order touches, empty and unsaved where the account never held any."""
        for leg in custody.legs_of(order):
            if leg.symbol not in self.holdings:
                self.holdings[leg.symbol] = VenueHolding(
                    reference=self.cash.reference, symbol=leg.symbol, quantity=ZERO
                )
        return {leg.symbol: self.holdings[leg.symbol] for leg in custody.legs_of(order)}

    @property
    def owes(self) -> bool:
        """Whether the account owes anything."""
        return any(row.quantity < ZERO for row in self.holdings.values())

    def standing(self) -> Standing:
        """Cash and holdings with their marks; marks count only where something is owed."""
        held = {symbol: row for symbol, row in self.holdings.items() if row.quantity}
        views = self.views(held) if self.owes else {}
        return Standing(
            cash=self.cash.amount,
            currency=self.cash.currency,
            allows_short=self.cash.allows_short,
            holdings={symbol: _position(row, views.get(symbol)) for symbol, row in held.items()},
        )

    def wish(self, order: VenueOrder, booking: Booking | None = None, *, rests: bool = True) -> Wish:
        """The order as a claim: what the booking takes now, and, where it rests, what its open rest may yet take."""
        legs = custody.legs_of(order)
        done = dict.fromkeys(range(len(legs)), ZERO)
        steps = custody.progress_of(order, self.multiplier)
        filled, pays = order.filled_quantity, ZERO
        if booking:
            filled, pays = filled + booking.quantity, -booking.cash_change
            done = {leg.number: abs(settlement.units_change) for leg, settlement in booking.legs}
            steps = [settlement.progress for _, settlement in booking.legs]
        leaves = order.quantity - filled if rests else ZERO
        prices = [self._reckoned(order, leg) for leg in legs]
        if leaves > ZERO:
            pays += self._payment(order, leaves, prices, steps)
        return Wish(
            parts=tuple(
                self._part(leg, done[leg.number] + leaves * leg.ratio, price)
                for leg, price in zip(legs, prices, strict=True)
            ),
            pays=pays,
            group=order.oco_group,
        )

    def wishes(self, orders: Iterable[VenueOrder]) -> list[Wish]:
        """These orders as claims, the market read once for all of them."""
        orders = list(orders)
        self.views(custody.symbols_of(orders))
        return [self.wish(order) for order in orders]

    def _payment(
        self, order: VenueOrder, leaves: Decimal, prices: Sequence[Decimal], steps: Sequence[Progress]
    ) -> Decimal:
        legs = custody.legs_of(order)
        payments = [
            payment(
                leg.side,
                leaves * leg.ratio,
                price,
                progress=progress,
                schedule=self.terms(leg.symbol).fees,
                multiplier=self.multiplier(leg.symbol),
            )
            for leg, price, progress in zip(legs, prices, steps, strict=True)
        ]
        if not order.is_package or order.limit_price is None:
            return sum(payments, ZERO)
        # The net limit is what is paid; of what the legs would pay by themselves only the fees count.
        values = sum(
            (
                gross(leaves * leg.ratio, price, self.multiplier(leg.symbol)) * (1 if leg.side is Side.BUY else -1)
                for leg, price in zip(legs, prices, strict=True)
            ),
            ZERO,
        )
        return gross(leaves, order.limit_price, SHARES_A_CONTRACT) + sum(payments, ZERO) - values

    def _part(self, leg: Leg, quantity: Decimal, price: Decimal) -> Part:
        view = self.view(leg.symbol)
        return Part(
            symbol=leg.symbol,
            side=leg.side,
            effect=leg.effect,
            quantity=quantity,
            price=price,
            multiplier=self.multiplier(leg.symbol),
            option=view.option,
            asset_class=view.asset_class,
        )

    def _reckoned(self, order: VenueOrder, leg: Leg) -> Decimal:
        """What the order is reckoned at per unit: its limit; else what it would meet now, and a cushion dearer."""
        limit: Decimal | None = order.limit_price
        if limit is not None and not order.is_package:
            return limit
        quote = self.view(leg.symbol).quote
        price: Decimal = ZERO if quote is None else quote.ask if leg.side is Side.BUY else quote.bid
        if order.order_type in STOPS and order.stop_price is not None and order.triggered_at is None:
            price = max(price, order.stop_price) if leg.side is Side.BUY else order.stop_price
        cushion = self.terms(leg.symbol).cushion
        if order.order_type == OrderType.LIMIT:
            return price
        return EXACT.multiply(price, ONE + cushion if leg.side is Side.BUY else ONE - cushion)


def _position(row: VenueHolding, view: MarketView | None) -> Holding:
    instrument = None if view is None else view.instrument
    quote = None if view is None else view.quote
    return Holding(
        symbol=row.symbol,
        quantity=row.quantity,
        price=ZERO if quote is None else quote.last,
        multiplier=ONE if instrument is None else instrument.multiplier,
        option=read_symbol(row.symbol) if view is None else view.option,
    )


def _is_over(order: VenueOrder, now: datetime) -> bool:
    return order.expires_at is not None and order.expires_at <= now
