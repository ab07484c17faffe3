"""Turning contracts into shares or money: what changes hands, whether the account can, and the holder's own wish."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction

from arbion.domain.enums import ActivityKind, OptionRight, PositionEffect, Side
from arbion.domain.numbers import EXACT, MONEY_UNIT, ZERO, gross, is_multiple, round_down
from arbion.domain.orders import ExerciseRequest
from arbion.lib.clock import SYSTEM, Clock
from brokers.errors import VenueRejected
from brokers.models import VenueActivity, VenueOrder
from brokers.simulator import claims, custody, effects
from brokers.simulator.account import VenueAccount
from brokers.simulator.cash import ensure_client_id, ensure_open, ensure_same
from brokers.simulator.claims import Part, Standing, Wish
from brokers.simulator.effects import Effect
from brokers.simulator.refusals import Refusal
from marketdata.models import OptionContract, Quote
from marketdata.options.calendar import expires_at

# What an option must be in the money by, per share, to be exercised when it expires (OCC Rule 805).
IN_THE_MONEY = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """So many contracts of one kind, held (exercised) or owed (assigned), at a price of the underlying."""

    contract: OptionContract
    count: Decimal
    price: Decimal
    is_held: bool

    @property
    def symbol(self) -> str:
        """The option's symbol."""
        return self.contract.instrument.symbol

    @property
    def share(self) -> str:
        """The underlying's symbol."""
        return self.contract.underlying.symbol

    @property
    def kind(self) -> ActivityKind:
        """What it is called for the account."""
        return ActivityKind.EXERCISE if self.is_held else ActivityKind.ASSIGNMENT

    @property
    def units(self) -> Decimal:
        """The shares that the contracts stand for, a fraction of one too."""
        return EXACT.multiply(self.count, self.contract.instrument.multiplier)

    @property
    def contracts_change(self) -> Decimal:
        """What becomes of the contracts: they go, or are owed no more."""
        return -self.count if self.is_held else self.count

    def for_shares(self) -> dict[str, Decimal]:
        """The changes where shares are delivered against the strike; a fraction of a share is settled in cash."""
        whole = round_down(self.units, self.contract.underlying.size_increment)
        takes = (self.contract.right == OptionRight.CALL) == self.is_held
        cash = gross(self.units - whole, self.price) - gross(self.units, self.contract.strike)
        return {
            self.symbol: self.contracts_change,
            self.share: whole if takes else -whole,
            self.contract.instrument.currency: cash if takes else -cash,
        }

    def for_cash(self) -> dict[str, Decimal]:
        """The changes where only the difference between strike and price is paid."""
        worth = gross(self.units, self.contract.terms.intrinsic(self.price))
        return {
            self.symbol: self.contracts_change,
            self.contract.instrument.currency: worth if self.is_held else -worth,
        }

    def worthless(self) -> dict[str, Decimal]:
        """The changes where the contracts expire and nothing is paid."""
        return {self.symbol: self.contracts_change}


def lack(account: VenueAccount, settling: Settling, changes: dict[str, Decimal], others: list[Wish]) -> Refusal | None:
    """Why the account cannot carry these changes beside all that `others` of its orders claim, or None."""
    pays = -changes[account.cash.currency]
    parts = [
        _part(account, settling, asset, amount)
        for asset, amount in changes.items()
        if amount != ZERO and asset != account.cash.currency
    ]
    wish = Wish(parts=tuple(parts), pays=pays)
    standing = account.standing()
    refusal = claims.lack(standing, wish, others)
    if refusal is not None or not (pays > ZERO or any(part.opens_short for part in parts)):
        return refusal
    # What is left must still secure whatever else is owed: also what the contracts that go had been securing.
    return claims.lack(_after(standing, wish), Wish(parts=(), pays=MONEY_UNIT), others)


def exercise(*, reference: str, request: ExerciseRequest, clock: Clock = SYSTEM) -> None:
    """Exercise contracts before they expire, as their holder wishes: shares against the strike, once a client id.

    Raises VenueRejected: `invalid_client_id`, `duplicate_client_id`, `unknown_account`, `account_closed`,
    `unknown_symbol`, `invalid_size`, `option_expired`, `instrument_halted`, `no_quote`, `out_of_the_money`,
    `insufficient_holdings`, `insufficient_cash`, `short_not_allowed`, `crosses_zero`, `uncovered`. Nothing has moved
    then.
    """
    ensure_client_id(request.client_id)
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        activity_id = f"exercise:{request.client_id}"
        known = VenueActivity.objects.filter(reference=reference, activity_id=activity_id).first()
        if known is not None:
            ensure_same(known, {request.symbol: -request.quantity})
            return
        ensure_open(cash)
        account = VenueAccount(cash, now=clock.now())
        settling = _wanted(account, request)
        changes = settling.for_shares()
        if refusal := lack(account, settling, changes, account.wishes(account.resting)):
            raise VenueRejected(refusal.reason, reject_code=refusal.code)
        effect = Effect(
            activity_id=activity_id,
            kind=ActivityKind.EXERCISE,
            changes=changes,
            symbol=settling.symbol,
            price=settling.contract.strike,
            client_id=request.client_id,
        )
        effects.carry_out(cash, effect, now=account.now)


def orders_in(account: VenueAccount, symbols: set[str]) -> list[VenueOrder]:
    """The account's resting orders that trade one of these, alone or as a leg."""
    return [order for order in account.resting if custody.symbols_of([order]) & symbols]


def _wanted(account: VenueAccount, request: ExerciseRequest) -> Settling:
    """What is asked for, where it can be exercised at all."""
    rows = OptionContract.objects.select_related("instrument", "underlying")
    contract = rows.filter(instrument__symbol=request.symbol).first()
    if contract is None:
        raise VenueRejected("There is no such option here.", reject_code="unknown_symbol")
    count = request.quantity
    if not count.is_finite() or count <= ZERO or not is_multiple(count, contract.instrument.size_increment):
        raise VenueRejected("Exercise a whole number of contracts.", reject_code="invalid_size")
    if contract.settled_at is not None or expires_at(contract.expires_on) <= account.now:
        raise VenueRejected(f"{request.symbol} has expired.", reject_code="option_expired")
    if contract.underlying.is_halted or contract.instrument.is_halted:
        raise VenueRejected(f"Trading in {contract.underlying.symbol} is halted.", reject_code="instrument_halted")
    last = Quote.objects.filter(pk=contract.underlying_id).values_list("last", flat=True).first()
    if last is None:
        raise VenueRejected(f"There is no price for {contract.underlying.symbol}.", reject_code="no_quote")
    if contract.terms.intrinsic(last) < IN_THE_MONEY:
        raise VenueRejected("It is worth nothing to exercise this option now.", reject_code="out_of_the_money")
    return Settling(contract=contract, count=count, price=last, is_held=True)


def _after(standing: Standing, wish: Wish) -> Standing:
    """The account once it is done, and the smallest coin more, so that asking for that one asks for nothing."""
    holdings = dict(standing.holdings)
    for part in wish.parts:
        known = holdings.get(part.symbol, replace(part.holding, quantity=ZERO))
        price = known.price if part.option is not None else part.price
        holdings[part.symbol] = replace(known, quantity=known.quantity + part.signed, price=price)
    return replace(standing, cash=standing.cash - wish.pays + MONEY_UNIT, holdings=holdings)


def _part(account: VenueAccount, settling: Settling, symbol: str, amount: Decimal) -> Part:
    """A change of units as a part of a wish: contracts close, shares too where they go against what is there."""
    view = account.view(symbol)
    held = account.holdings[symbol].quantity if symbol in account.holdings else ZERO
    is_option = symbol == settling.symbol
    return Part(
        symbol=symbol,
        side=Side.BUY if amount > ZERO else Side.SELL,
        effect=PositionEffect.CLOSE if is_option or held * amount < ZERO else PositionEffect.OPEN,
        quantity=abs(amount),
        price=settling.price,
        multiplier=account.multiplier(symbol),
        option=settling.contract.terms if is_option else None,
        asset_class=view.asset_class,
    )
