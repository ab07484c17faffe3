"""The small world that is measured in: people with practice accounts, and instruments with a price of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import User
from arbion.domain.enums import OrderStatus, OrderType, Side, Source, TimeInForce
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import SYSTEM
from arbion.lib.ids import new_id
from brokers.models import BrokerAccount
from marketdata import quotes
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from trading.books.opening import ensure_simulated_account
from trading.execution.place import place_order
from trading.instruction import Instruction
from trading.models import Order, WatchMark

PRICE = Decimal(100)
SEED = 20261120


@dataclass(frozen=True)
class Player:
    """A person with an account who trades one instrument."""

    user: User
    account: BrokerAccount
    symbol: str

    def place(self, side: Side) -> Order:
        """Place one market order of one share."""
        instruction = Instruction(
            user=self.user,
            account=self.account,
            source=Source.API,
            client_key=str(new_id()),
            symbol=self.symbol,
            side=side,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.DAY,
            quantity=Decimal(1),
        )
        return place_order(instruction).order


def make_instruments(count: int) -> list[Instrument]:
    """This many instruments, of which those that are missing are made."""
    have = Instrument.objects.count()
    Instrument.objects.bulk_create(
        [
            Instrument(
                symbol=f"B{number:05d}",
                name=f"Bench {number}",
                asset_class="equity",
                exchange="BENCH",
                base_price=PRICE,
                price_increment=Decimal("0.01"),
                size_increment=Decimal("0.0001"),
                rank=number + 1,
                volatility=0.1 + number % 50 / 100,
            )
            for number in range(have, count)
        ],
        batch_size=500,
    )
    return list(Instrument.objects.order_by("pk")[:count])


def make_people(count: int, *, name: str) -> list[User]:
    """This many people, without passwords."""
    return [User.objects.create_user(f"{name}{number}@arbion.localhost") for number in range(count)]


def make_players(count: int) -> list[Player]:
    """This many players, each holding one share already, so that every later order finds its rows there."""
    instruments = make_instruments(count)
    quote_all(instruments)
    RiskLimit.objects.create(name="orders_per_minute", value=Decimal(1_000_000))
    players = [
        Player(user, ensure_simulated_account(user), instrument.symbol)
        for user, instrument in zip(make_people(count, name="player"), instruments, strict=True)
    ]
    for player in players:
        player.place(Side.BUY)
    return players


def quote_all(instruments: Sequence[Instrument], *, price: Decimal = PRICE) -> None:
    """Give every instrument this price, at this moment."""
    at = SYSTEM.now()
    # Somebody watches the stops, as the monitor does elsewhere: without it nothing is opened.
    WatchMark.objects.update_or_create(pk=1, defaults={"at": at})
    quotes.record(
        [
            QuoteReport(
                symbol=instrument.symbol,
                bid=price - Decimal("0.01"),
                ask=price,
                last=price,
                previous_close=PRICE,
                volume=Decimal(1_000_000),
                at=at,
                source="bench",
            )
            for instrument in instruments
        ]
    )


def unfilled() -> list[str]:
    """What became of orders that did not fill, in words; a measurement of anything else would be of no use."""
    rows = Order.objects.exclude(status=OrderStatus.FILLED).values_list("status", "reject_code")[:5]
    return [f"{status} {code}".strip() for status, code in rows]
