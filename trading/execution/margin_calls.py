"""Margin calls: an account whose cash no longer secures the shares it owes has some of them bought back.

The order is an ordinary exit of the risk desk and goes the one road; what is bought back brings the security to what
was asked at first (150 % of what is still owed).
"""

from __future__ import annotations

import logging
from decimal import ROUND_UP, Decimal

from arbion.domain.enums import AssetClass, OrderType, Side, Source, TimeInForce
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import EXACT, ZERO, gross
from arbion.lib.clock import SYSTEM, Clock
from brokers.margin import SHORT_INITIAL, Holding, maintenance
from brokers.models import BrokerAccount
from marketdata import hours
from marketdata.models import Instrument
from trading.execution.place import place_order
from trading.holdings import cash_of, holdings_of
from trading.instruction import Instruction
from trading.models import Position

logger = logging.getLogger(__name__)


def call_margins(*, clock: Clock = SYSTEM) -> int:
    """Look at every account that owes shares and buy back where its security is short; returns how many orders."""
    owing = Position.objects.filter(quantity__lt=0).exclude(instrument__asset_class=AssetClass.OPTION)
    accounts = BrokerAccount.objects.filter(pk__in=owing.values("account"), archived_at=None).select_related("user")
    return sum(_call(account, clock=clock) for account in accounts.order_by("pk"))


def _call(account: BrokerAccount, *, clock: Clock) -> int:
    holdings = holdings_of(account)
    cash = cash_of(account)
    if cash >= maintenance(holdings):
        return 0
    owed = [held for held in holdings if held.quantity < 0 and held.option is None]
    owed.sort(key=lambda held: (gross(held.quantity, held.price), held.symbol))
    total = -sum((gross(held.quantity, held.price) for held in owed), ZERO)
    # Buying back a value v takes v from the cash: cash - v = 150 % of (total - v).
    wanted = EXACT.divide(EXACT.multiply(SHORT_INITIAL, total) - cash, SHORT_INITIAL - 1)
    placed = 0
    for held in owed:
        if wanted <= ZERO:
            break
        bought = _buy_back(account, held, value=wanted, clock=clock)
        if bought:
            placed += 1
            wanted -= gross(bought, held.price)
    return placed


def _buy_back(account: BrokerAccount, held: Holding, *, value: Decimal, clock: Clock) -> Decimal:
    """Place one order that buys back up to this value; the units, or zero where nothing could be placed."""
    instrument = Instrument.objects.get(symbol=held.symbol)
    now = clock.now()
    if not hours.is_open(instrument, now):
        return ZERO
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
        placed = place_order(instruction, clock=clock)
    except ArbionError as error:
        logger.warning("account %s: margin call of %s was not placed: %s", account.pk, held.symbol, error)
        return ZERO
    logger.warning("account %s: margin call, %s %s are bought back", account.pk, quantity, held.symbol)
    return quantity if not placed.is_repeat else ZERO
