"""Random lives of orders: everything that may happen to an account, chosen by a seed, on a line that misbehaves."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch
from uuid import UUID

from arbion.domain.enums import (
    OPEN,
    AssetClass,
    FillModel,
    GroupKind,
    LotMethod,
    OptionRight,
    OrderStatus,
    OrderType,
    Side,
    Source,
    TimeInForce,
)
from arbion.domain.errors import ArbionError
from arbion.domain.options import OptionTerms
from arbion.proofs.lines import CONNECT, Line, Moods
from arbion.proofs.scenes import Stage
from brokers.accounts import configure
from marketdata import corporate, hours
from marketdata.instruments import set_halted
from marketdata.models import Instrument, OptionContract
from trading.execution.cancel import request_cancel
from trading.execution.engine import Memory, engine_step
from trading.execution.groups import place_group
from trading.execution.place import place_order
from trading.execution.reconcile import reconcile_all
from trading.execution.replace import request_replace
from trading.execution.sweep import sweep
from trading.instruction import Bracket, Instruction, InstructionLeg
from trading.models import Order

SHARES, COIN = ("AAPL", "MSFT"), "BTC-USD"
FIRST_PRICES = {"AAPL": Decimal(200), "MSFT": Decimal(400), COIN: Decimal(50_000)}
STRIKES = (Decimal(190), Decimal(200), Decimal(210))
CENT = Decimal("0.01")


def list_options(expires_on: date) -> None:
    """Calls and puts on AAPL around its first price."""
    share = Instrument.objects.get(symbol="AAPL")
    for right in OptionRight:
        for strike in STRIKES:
            terms = OptionTerms(underlying="AAPL", right=right, strike=strike, expires_on=expires_on)
            contract = Instrument.objects.create(
                symbol=terms.symbol, name=terms.symbol, asset_class=AssetClass.OPTION, exchange="PROOF",
                price_increment=CENT, size_increment=Decimal(1), multiplier=Decimal(100), base_price=Decimal(5),
            )  # fmt: skip
            OptionContract.objects.create(
                instrument=contract, underlying=share, right=right, strike=strike, expires_on=expires_on
            )


@dataclass
class Lives:
    """One account's stretch of life. `counts` says what happened, by name.

    The keys of orders are chosen too: how long one is on its way hangs on them, and so does the order of those that
    came at one moment.
    """

    stage: Stage
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    prices: dict[str, Decimal] = field(default_factory=lambda: dict(FIRST_PRICES))
    moods: Moods = field(default_factory=Moods)
    memory: Memory = field(default_factory=Memory)
    placed: int = 0

    def key(self) -> UUID:
        """The next order's key."""
        return UUID(int=self.chance.getrandbits(128), version=4)

    def run(self, lives: int) -> None:
        """Let so many orders be placed, with all that comes between, over the line that misbehaves."""
        self._settle_in()
        line = Line(self.moods, self.chance)
        with patch(CONNECT, line.to):
            while self.placed < lives:
                self._step()
        self.counts.update(line.counts)

    def _settle_in(self) -> None:
        model = self.chance.choice(list(FillModel))
        configure(
            self.stage.account,
            fill_model=model,
            margin=self.chance.random() < 0.4,
            lot_method=self.chance.choice([LotMethod.FIFO, LotMethod.LIFO, LotMethod.HIFO]),
        )
        self.stage.account.refresh_from_db()
        self.counts[f"model {model.value}"] += 1
        self._quote()

    def _step(self) -> None:
        kinds: list[tuple[Callable[[], None], int]] = [
            (self._place, 30), (self._tick, 30), (self._gap, 3), (self._cancel, 8), (self._replace, 8), (self._halt, 2),
            (self._night, 2), (self._corporate, 1), (self._sweep, 3), (self._pair, 4), (self._package, 4),
        ]  # fmt: skip
        chosen = self.chance.choices([kind for kind, _ in kinds], weights=[weight for _, weight in kinds])[0]
        self.stage.clock.advance(seconds=self.chance.choice([0.3, 1, 2]))
        self._quote()
        try:
            chosen()
        except ArbionError as refusal:
            self.counts[f"refused {refusal.code}"] += 1

    def _place(self) -> None:
        order = place_order(self._instruction(), clock=self.stage.clock, ids=self.key).order
        self._count_new(order)

    def _count_new(self, order: Order) -> None:
        self.placed += 1
        self.counts[f"{order.order_type} {order.time_in_force}"] += 1
        if order.status == OrderStatus.DENIED:
            self.counts["denied"] += 1

    def _instruction(self, **said: object) -> Instruction:
        pick = self.chance
        symbol = pick.choice([*SHARES, *SHARES, COIN, *self._contracts()])
        side = pick.choice([Side.BUY, Side.BUY, Side.SELL])
        kind = pick.choice([OrderType.MARKET, OrderType.LIMIT, OrderType.LIMIT, *OrderType])
        given = {"symbol": symbol, "side": side, **self._terms(symbol, side, kind), **self._size(symbol, side)}
        if pick.random() < 0.15:
            given["bracket"] = Bracket(stop_loss_percent=Decimal(pick.randint(1, 8)), take_profit_percent=Decimal(4))
        return self._say(**{**given, **said})

    def _say(self, **given: object) -> Instruction:
        return Instruction(
            user=self.stage.user,
            account=self.stage.account,
            source=Source.API,
            client_key=f"life-{self.placed}-{self.chance.getrandbits(48)}",
            **given,  # type: ignore[arg-type]
        )

    def _terms(self, symbol: str, side: Side, kind: OrderType) -> dict[str, object]:
        pick, price = self.chance, self._price(symbol)
        tif = pick.choice([TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTC, *TimeInForce])
        if kind not in {OrderType.MARKET, OrderType.LIMIT} and tif not in {TimeInForce.DAY, TimeInForce.GTC}:
            tif = TimeInForce.GTC
        terms: dict[str, object] = {"order_type": kind, "time_in_force": tif}
        near = _cents(price * Decimal(str(pick.uniform(0.97, 1.03))))
        if kind in {OrderType.LIMIT, OrderType.STOP_LIMIT}:
            terms["limit_price"] = near
        if kind in {OrderType.STOP, OrderType.STOP_LIMIT}:
            away = pick.uniform(1.002, 1.04)
            terms["stop_price"] = _cents(price * Decimal(str(away if side is Side.BUY else 2 - away)))
        if kind is OrderType.TRAILING_STOP:
            name = pick.choice(["trail_amount", "trail_percent"])
            terms[name] = _cents(price / 100) if name == "trail_amount" else Decimal(pick.randint(1, 4))
        if tif is TimeInForce.GTD:
            terms["expires_at"] = self.stage.clock.now() + timedelta(hours=pick.randint(1, 40))
        return terms

    def _size(self, symbol: str, side: Side) -> dict[str, object]:
        pick = self.chance
        if pick.random() < 0.2 and side is Side.SELL:
            return {"percent_of_position": Decimal(pick.choice([33, 50, 100]))}
        if pick.random() < 0.15 and side is Side.BUY and symbol in FIRST_PRICES:
            return {"notional": Decimal(pick.randint(50, 9000))}
        if symbol == COIN:
            return {"quantity": Decimal(pick.randint(1, 2000)).scaleb(-4)}
        return {"quantity": Decimal(pick.randint(1, 3 if symbol not in FIRST_PRICES else 90))}

    def _contracts(self) -> list[str]:
        today = hours.local_date(self.stage.clock.now())
        rows = OptionContract.objects.filter(expires_on__gte=today, settled_at=None)
        return list(rows.values_list("instrument__symbol", flat=True).order_by("instrument__symbol"))

    def _price(self, symbol: str) -> Decimal:
        if symbol in self.prices:
            return self.prices[symbol]
        contract = OptionContract.objects.select_related("underlying").get(instrument__symbol=symbol)
        return max(contract.terms.intrinsic(self.prices["AAPL"]), Decimal(0)) + Decimal(2)

    def _quote(self) -> None:
        options = {symbol: self._price(symbol) for symbol in self._contracts()}
        self.stage.quote(**{**self.prices, **options})

    def _tick(self) -> None:
        for symbol in self.prices:
            self.prices[symbol] = _cents(self.prices[symbol] * Decimal(str(self.chance.uniform(0.99, 1.01))))
        self.stage.clock.advance(seconds=2)
        self._quote()
        self._look()

    def _gap(self) -> None:
        symbol = self.chance.choice(list(self.prices))
        self.prices[symbol] = _cents(self.prices[symbol] * Decimal(str(self.chance.choice([0.85, 0.93, 1.07, 1.15]))))
        self.counts["gap"] += 1
        self._tick()

    def _open_orders(self) -> list[Order]:
        rows = Order.objects.filter(account=self.stage.account, status__in=OPEN)
        return list(rows.select_related("account", "instrument", "group").order_by("created_at", "intent__client_key"))

    def _cancel(self) -> None:
        if orders := self._open_orders():
            request_cancel(self.chance.choice(orders), actor=self.stage.user, clock=self.stage.clock)
            self.counts["cancel"] += 1

    def _replace(self) -> None:
        if not (orders := self._open_orders()):
            return
        order = self.chance.choice(orders)
        factor = Decimal(str(self.chance.uniform(0.97, 1.03)))
        changes: dict[str, Decimal] = {}
        if order.limit_price is not None and not order.is_package:
            changes["limit_price"] = _cents(order.limit_price * factor)
        if order.order_type in {OrderType.STOP, OrderType.STOP_LIMIT} and order.stop_price is not None:
            changes["stop_price"] = _cents(order.stop_price * factor)
        if not changes or self.chance.random() < 0.5:
            changes["quantity"] = order.quantity + self.chance.choice([-1, 1, 5])
        request_replace(order, actor=self.stage.user, clock=self.stage.clock, **changes)
        self.counts["replace"] += 1

    def _halt(self) -> None:
        symbol = self.chance.choice(SHARES)
        instrument = Instrument.objects.get(symbol=symbol)
        set_halted(instrument, halted=True, actor=None, clock=self.stage.clock)
        self.counts["halt"] += 1
        self._tick()
        set_halted(instrument, halted=False, actor=None, clock=self.stage.clock)

    def _night(self) -> None:
        """The market's day ends: orders for the day expire, contracts are settled, splits take effect."""
        for seconds in (self._to_midnight(), 5, 90):
            self.stage.clock.advance(seconds=seconds)
            self._quote()
            self._look()
        sweep(clock=self.stage.clock)
        self.counts["night"] += 1
        self._follow_splits()

    def _to_midnight(self) -> float:
        now = self.stage.clock.now()
        return (hours.local_midnight(now) + timedelta(hours=25) - now).total_seconds()

    def _follow_splits(self) -> None:
        """The exchange's market has moved with the split; so does this one's tape."""
        for symbol, quote in ((symbol, Instrument.objects.get(symbol=symbol).quote) for symbol in SHARES):
            self.prices[symbol] = quote.last

    def _corporate(self) -> None:
        tomorrow = hours.local_date(self.stage.clock.now()) + timedelta(days=1)
        share = Instrument.objects.get(symbol=self.chance.choice(SHARES))
        kind = self.chance.choice(["split", "dividend"])
        if kind == "split":
            new, old = self.chance.choice([(2, 1), (3, 2), (1, 2)])
            corporate.schedule_split(share, ex_date=tomorrow, new_units=new, old_units=old, clock=self.stage.clock)
        else:
            corporate.schedule_dividend(share, ex_date=tomorrow, amount=Decimal("0.37"), clock=self.stage.clock)
        self.counts[kind] += 1
        self._night()

    def _sweep(self) -> None:
        self.stage.clock.advance(seconds=self.chance.choice([3, 12, 25]))
        self._quote()
        sweep(clock=self.stage.clock)

    def _pair(self) -> None:
        symbol, side = self.chance.choice(SHARES), self.chance.choice(list(Side))
        price, units = self._price(symbol), Decimal(self.chance.randint(1, 20))
        beyond = Decimal("1.02") if side is Side.SELL else Decimal("0.98")
        common = {"symbol": symbol, "side": side, "time_in_force": TimeInForce.GTC, "quantity": units}
        target = self._say(order_type=OrderType.LIMIT, limit_price=_cents(price * beyond), **common)
        stop = self._say(order_type=OrderType.STOP, stop_price=_cents(price * (2 - beyond)), **common)
        kind = self.chance.choice([GroupKind.OCO, GroupKind.OTO])
        for placed in place_group(kind, [target, stop], clock=self.stage.clock, ids=self.key):
            self._count_new(placed.order)
        self.counts[kind.value] += 1

    def _package(self) -> None:
        contracts = self._contracts()
        if len(contracts) < 2:
            return
        first, second = self.chance.sample(contracts, 2)
        sides = self.chance.choice([(Side.BUY, Side.SELL), (Side.SELL, Side.BUY)])
        legs = tuple(
            InstructionLeg(symbol=symbol, side=side) for symbol, side in zip((first, second), sides, strict=True)
        )
        instruction = self._say(
            symbol="AAPL", side=sides[0], legs=legs, order_type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
            quantity=Decimal(self.chance.randint(1, 2)),
        )  # fmt: skip
        self._count_new(place_order(instruction, clock=self.stage.clock, ids=self.key).order)
        self.counts["package"] += 1

    def come_to_rest(self) -> None:
        """Let the line be honest and every deadline pass, so that nothing is under way any more."""
        for seconds in (0, 3, 12, 20, 20, 20):
            self.stage.clock.advance(seconds=seconds)
            self._quote()
            reconcile_all(clock=self.stage.clock)
            self._look()
        called = Order.objects.filter(intent__client_key__startswith="margin-call:").count()
        self.counts.update({"margin call": called} if called else {})

    def _look(self) -> None:
        """What the market's engine does after a tick."""
        engine_step(memory=self.memory, clock=self.stage.clock, ids=self.key)


def _cents(value: Decimal) -> Decimal:
    return max(value.quantize(CENT), CENT)
