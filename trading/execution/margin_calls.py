"""Margin calls: an account whose cash no longer secures the shares it owes has some of them bought back.

The order is an ordinary exit of the risk desk and goes the one road; what is bought back brings the security to what
was asked at first (150 % of what is still owed). Prices are believed as the stop monitor believes them: one wild tick
calls nothing, and a share is bought back only while its price is known now.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal

from django.conf import settings
from django.db import transaction

from arbion.domain.enums import AssetClass, OrderType, Side, Source, TimeInForce
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import EXACT, ZERO, gross
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.margin import SHORT_INITIAL, Holding, maintenance
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from riskdesk import ticks
from riskdesk.ticks import Tape, Tick
from trading.execution.place import place_order, was_denied
from trading.execution.protection.market import read_quotes, splits, still_ones, things
from trading.execution.telling import books as telling
from trading.holdings import cash_of, holdings_of
from trading.instruction import Instruction
from trading.models import Position

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Memory:
    """What one engine remembers between two ticks: the prices of the shares that somebody owes.

    After a start it is empty, and two quotes that agree make a price. `known` are the shares whose price is known now,
    by symbol; `last` is what was believed last of those and of others, to reckon with.
    """

    tapes: dict[int, Tape] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    last: dict[str, Decimal] = field(default_factory=dict)

    def look(self, instrument_ids: set[int], *, at: datetime) -> None:
        """Take in the newest quotes of these shares, and forget the others."""
        found = things(instrument_ids)
        quotes = read_quotes(instrument_ids, at)
        still = still_ones(found, at)
        changed = {split.instrument_id: split.applied_at or at for split in splits(at)}
        tapes, known, last = {}, set(), {}
        for pk, thing in found.items():
            tape, tick = self.tapes.get(pk, Tape()), quotes.get(pk)
            believed = self.last.get(thing.symbol)
            split_at = changed.get(pk)
            if split_at and tape.at and tape.at <= split_at:
                tape, believed = Tape(), None  # its prices are of other shares
            if pk in still:
                tape = ticks.paused(tape)
            elif tick is not None and not (split_at and tick.at <= split_at):
                tape = _taken(tape, tick, at=at, step=thing.step)
            tapes[pk] = tape
            believed = tape.prices[-1] if tape.prices else believed
            if believed is not None:
                last[thing.symbol] = believed
            # In a price that runs away every quote doubts the next, and yet each tells something that is certain.
            newest = tape.believed_at if tape.believed_at == tape.at else None
            if tape.prices and newest is not None and at - newest <= _age_max():
                known.add(thing.symbol)
        self.tapes, self.known, self.last = tapes, frozenset(known), last


def call_margins(*, memory: Memory, clock: Clock = SYSTEM, ids: IdSource = new_id) -> int:
    """Look at every account that owes shares and buy back where its security is short; returns how many orders.

    What is owed of a share without a believed price counts as nothing: then the account is called for the others alone.
    """
    owing = Position.objects.filter(quantity__lt=0).exclude(instrument__asset_class=AssetClass.OPTION)
    memory.look(set(owing.values_list("instrument_id", flat=True)), at=clock.now())
    if not memory.known:
        return 0
    accounts = BrokerAccount.objects.filter(pk__in=owing.values("account"), archived_at=None).select_related("user")
    return sum(_call(account, memory, clock=clock, ids=ids) for account in accounts.order_by("pk"))


def _taken(tape: Tape, tick: Tick, *, at: datetime, step: Decimal) -> Tape:
    if not ticks.is_usable(tick, now=at, age_max=_age_max(), step=step):
        return tape
    return ticks.take(tape, tick, step=step)[0]


def _age_max() -> timedelta:
    return timedelta(seconds=settings.QUOTE_AGE_SECONDS_MAX)


def _call(account: BrokerAccount, memory: Memory, *, clock: Clock, ids: IdSource) -> int:
    owed = [
        replace(held, price=memory.last.get(held.symbol, ZERO))
        for held in holdings_of(account)
        if held.quantity < 0 and held.option is None
    ]
    cash = cash_of(account)
    if cash >= maintenance(owed):
        return 0
    owed.sort(key=lambda held: (gross(held.quantity, held.price), held.symbol))
    total = -sum((gross(held.quantity, held.price) for held in owed), ZERO)
    # Buying back a value v takes v from the cash: cash - v = 150 % of (total - v).
    wanted = EXACT.divide(EXACT.multiply(SHORT_INITIAL, total) - cash, SHORT_INITIAL - 1)
    placed = 0
    for held in [one for one in owed if one.symbol in memory.known]:
        if wanted <= ZERO:
            break
        bought = _buy_back(account, held, value=wanted, clock=clock, ids=ids)
        if bought:
            placed += 1
            wanted -= gross(bought, held.price)
    return placed


def _buy_back(account: BrokerAccount, held: Holding, *, value: Decimal, clock: Clock, ids: IdSource) -> Decimal:
    """Place one order that buys back up to this value; the units, or zero where nothing could be placed."""
    instrument = Instrument.objects.get(symbol=held.symbol)
    now = clock.now()
    units = EXACT.divide(EXACT.divide(value, held.price), instrument.size_increment)
    quantity = EXACT.multiply(units.to_integral_value(ROUND_UP), instrument.size_increment)
    quantity = min(quantity, -held.quantity)
    instruction = Instruction(
        user=account.user,
        account=account,
        source=Source.RISK,
        # One call a minute and share: a lost answer is not asked twice.
        client_key=f"margin-call:{account.public_id}:{instrument.pk}:{int(now.timestamp()) // 60}",
        symbol=held.symbol,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
        quantity=quantity,
        words="Margin call: the cash no longer secures the shares that are owed.",
    )
    try:
        with transaction.atomic():
            placed = place_order(instruction, clock=clock, ids=ids)
            if not placed.is_repeat and not was_denied(placed.order):
                telling.margin_called(placed.order, at=now)
    except ArbionError as error:
        logger.warning("account %s: margin call of %s was not placed: %s", account.pk, held.symbol, error)
        return ZERO
    logger.warning("account %s: margin call, %s %s are bought back", account.pk, quantity, held.symbol)
    return quantity if not placed.is_repeat else ZERO
