"""The moving market: every simulated instrument as one place in a few arrays, moved together at each tick.

`SimulatedMarket` is arithmetic alone; `open_market()` is this installation's market, kept true to its tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db.models import Count, Max
from numpy.typing import NDArray

from arbion.domain.enums import AssetClass, Interval, SessionPhase
from arbion.domain.numbers import PRICE_SCALE, QUANTITY_SCALE
from arbion.domain.reports import QuoteReport
from marketdata import hours, override
from marketdata.batch import PRICE_ONE, Floats, Ints, QuoteBatch, price, quantity
from marketdata.models import Candle, Instrument, Tape
from marketdata.quotes import latest
from marketdata.simulator import factors, gbm, history, replay
from marketdata.times import floor_time

SOURCE = "simulated"
# After a pause the market goes on from where it stood; it does not catch up on hours in one leap.
STEP_SECONDS_MAX = 300.0

PACES = {
    SessionPhase.REGULAR: 1.0,
    SessionPhase.PRE: hours.EXTENDED_PACE,
    SessionPhase.POST: hours.EXTENDED_PACE,
    SessionPhase.CLOSED: 0.0,
}

Mask = NDArray[np.bool_]
Stamp = tuple[int, datetime | None]


class SimulatedMarket:
    """Prices of many instruments that move by geometric Brownian motion.

    The chance in a tick depends on the seed and on the moment of the tick alone: the same seed and the same moments
    give the same tape, and a market started again goes on with new chance instead of repeating the old.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        seed: int,
        *,
        known: Mapping[str, QuoteReport] | None = None,
        largest_move: float | None = None,
    ) -> None:
        known = known or {}
        self.seed = seed
        self.largest_move = settings.MAX_TICK_PCT if largest_move is None else largest_move
        self.instruments = sorted(instruments, key=lambda instrument: instrument.pk)
        self.symbols = [instrument.symbol for instrument in self.instruments]
        self.place = {symbol: number for number, symbol in enumerate(self.symbols)}
        self.ids = np.array([instrument.pk for instrument in self.instruments], np.int64)
        self.halted = np.array([instrument.is_halted for instrument in self.instruments], bool)
        self.players: dict[int, replay.Player] = {}
        # Without a quote yet: these get their first one even while their market is closed.
        self.unseen = np.zeros(len(self.instruments), bool)
        self._set_terms()
        self._set_state(known)
        self.moved_at: datetime | None = None

    def _set_terms(self) -> None:
        """What does not change while the market moves."""
        instruments = self.instruments
        classes = [AssetClass(instrument.asset_class) for instrument in instruments]
        per_class = {kind: hours.paced_seconds_per_year(kind) for kind in set(classes)}
        day = {kind: history.day_seconds(kind) for kind in set(classes)}
        self.is_coin = np.array([kind is AssetClass.CRYPTO for kind in classes], bool)
        self.increments = np.array([history.scaled_price(item, "price_increment") for item in instruments], np.int64)
        self.drift = np.array([instrument.drift for instrument in instruments], np.float64)
        self.volatility = np.array([instrument.volatility for instrument in instruments], np.float64)
        beta = np.array([instrument.beta for instrument in instruments], np.float64)
        sectors = [instrument.sector for instrument in instruments]
        self.loadings = factors.loadings(beta, self.volatility, self.is_coin, sectors)
        self.year_seconds = np.array([per_class[kind] for kind in classes], np.float64)
        self.day_seconds = np.array([day[kind] for kind in classes], np.float64)
        self.lots = np.array([history.lot_of(kind) for kind in classes], np.int64)
        self.halves = gbm.half_spreads(self.volatility)
        base = np.array([history.scaled_price(item, "base_price") for item in instruments], np.int64)
        ranks = np.array([instrument.rank for instrument in instruments], np.float64)
        self.base = base
        self.daily = gbm.daily_volumes(ranks, base / PRICE_ONE)

    def _set_state(self, known: Mapping[str, QuoteReport]) -> None:
        """Where each instrument stands: at its last quote, else at its base price."""
        count = len(self.symbols)
        self.last = self.base.copy()
        self.previous_close = self.base.copy()
        self.volume = np.zeros(count, np.int64)
        self.day = np.zeros(count, np.int64)
        for symbol, quote in known.items():
            number = self.place.get(symbol)
            if number is not None:
                self.last[number] = int(quote.last.scaleb(PRICE_SCALE))
                self.previous_close[number] = int(quote.previous_close.scaleb(PRICE_SCALE))
                self.volume[number] = int(quote.volume.scaleb(QUANTITY_SCALE))
                self.day[number] = hours.local_day(quote.at)
        self.prices: Floats = self.last / PRICE_ONE
        self.last = gbm.to_increments(self.prices, self.increments)
        # The newest price of regular trading: what becomes the previous close at the next day.
        self.closing = self.last.copy()

    def tick(self, now: datetime) -> QuoteBatch:
        """Move every instrument whose market is in session and return its new quote."""
        seconds = settings.TICK_INTERVAL_SECS if self.moved_at is None else (now - self.moved_at).total_seconds()
        self.moved_at = now
        self._roll_day(now)
        pace = self._pace(now)
        in_session: Mask = pace > 0
        self._move(max(0.0, min(seconds, STEP_SECONDS_MAX)) * pace, now, in_session)
        sources = self._replay(in_session)
        self.closing = np.where(pace == 1, self.last, self.closing)
        shown = in_session | self.unseen
        self.unseen[:] = False
        return self._quotes(now, shown, sources, in_session=in_session)

    def _pace(self, now: datetime) -> Floats:
        """How fast each instrument lives: 1 in regular trading, less before and after it, 0 while it stands still."""
        pace = PACES[hours.class_phase(AssetClass.EQUITY, now)]
        return np.where(self.halted, 0.0, np.where(self.is_coin, 1.0, pace))

    def _replay(self, in_session: Mask) -> list[str]:
        """Let tapes overrule the simulation; returns what each quote names as its origin."""
        sources = [SOURCE] * len(self.symbols)
        for place, player in self.players.items():
            if not in_session[place]:
                continue
            seen = player.advance()
            increment = int(self.increments[place])
            self.last[place] = max(round(seen.last / increment), 1) * increment
            self.prices[place] = self.last[place] / PRICE_ONE
            self.previous_close[place], self.volume[place] = seen.previous_close, seen.volume
            sources[place] = player.source
        return sources

    def _move(self, seconds: Floats, now: datetime, moving: Mask) -> None:
        """Move the prices by what these seconds of regular trading are worth to each."""
        count, number = len(self.symbols), int(now.timestamp() * 1000)
        common = gbm.generator(self.seed, "market factors", number).standard_normal(factors.COMMON)
        own = gbm.generator(self.seed, "market moves", number).standard_normal(count)
        noise = factors.correlated(self.loadings, common, own)
        moves = gbm.log_moves(self.drift, self.volatility, seconds / self.year_seconds, noise)
        self.prices = np.where(moving, gbm.step(self.prices, moves, self.largest_move), self.prices)
        self.last = np.where(moving, gbm.to_increments(self.prices, self.increments), self.last)
        noise = gbm.generator(self.seed, "market volumes", number).standard_normal(count)
        traded = gbm.volumes(self.daily, seconds / self.day_seconds, noise, self.lots)
        self.volume = np.where(moving, np.minimum(self.volume + traded, gbm.DAY_VOLUME_SCALED), self.volume)

    def _roll_day(self, now: datetime) -> None:
        """At a new day of the market's time zone the last price becomes the previous close."""
        today = hours.local_day(now)
        rolls = (self.day != today) & (self.day != 0)
        self.day[:] = today
        if rolls.any():
            self.previous_close = np.where(rolls, self.closing, self.previous_close)
            self.volume = np.where(rolls, 0, self.volume)

    def _quotes(self, now: datetime, which: Mask, sources: list[str], *, in_session: Mask) -> QuoteBatch:
        bid, ask = gbm.spread(self.last, self.halves, self.increments)
        places = np.flatnonzero(which)
        everybody = len(places) == len(self.symbols)

        def column(values: Ints) -> Ints:
            return values if everybody else values[places]

        return QuoteBatch(
            ids=column(self.ids),
            symbols=self.symbols if everybody else [self.symbols[place] for place in places.tolist()],
            bid=column(bid),
            ask=column(ask),
            last=column(self.last),
            previous_close=column(self.previous_close),
            volume=column(self.volume),
            sources=sources if everybody else [sources[place] for place in places.tolist()],
            at=[now] * len(places),
            untraded=self.ids[which & ~in_session].tolist(),
        )


class LiveMarket:
    """Ticks a SimulatedMarket over all instruments; sees halts at the next tick and edits of instruments too.

    An edit (a new `updated_at`) has every price read from its quote again: a split that changed quote and instrument in
    one transaction is taken over. Such a change belongs between two ticks, into the process that ticks: a tick that is
    under way elsewhere would write its own price over it.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.stamp: Stamp | None = None
        self.phase: tuple[SessionPhase, hours.Override | None] | None = None
        self.market = SimulatedMarket([], seed)

    def tick(self, now: datetime) -> Sequence[QuoteReport]:
        """Move the market to this moment; the quotes come as one batch."""
        self._see_changes(now)
        batch = self.market.tick(now)
        self._keep_positions()
        self._tell_phase(now)
        return batch

    def _tell_phase(self, now: datetime) -> None:
        """Hint to everybody when the market opens or closes, and when an override runs out."""
        state = hours.session(now)
        seen = state.phase, state.override
        if self.phase not in (None, seen):
            override.tell()
        self.phase = seen

    def _see_changes(self, now: datetime) -> None:
        stamp = _stamp()
        if stamp != self.stamp:
            moved_at = self.market.moved_at
            self.market = load_market(self.seed, now)
            self.market.moved_at = moved_at
            self.stamp = _stamp()
        halted = set(Instrument.objects.filter(is_halted=True).values_list("pk", flat=True))
        self._see_tapes()
        self.market.halted = np.isin(self.market.ids, list(halted)) if halted else np.zeros(len(self.market.ids), bool)

    def _see_tapes(self) -> None:
        """Follow the tapes that play; a tape that was loaded again starts where the table says."""
        followed = {player.tape_id: player for player in self.market.players.values()}
        players: dict[int, replay.Player] = {}
        for tape in Tape.objects.filter(is_playing=True).select_related("instrument"):
            player = followed.get(tape.pk)
            if player is None or player.loaded_at != tape.loaded_at:
                player = replay.Player(tape)
            player.obey(tape)
            place = self.market.place.get(tape.instrument.symbol)
            if place is not None:
                players[place] = player
        self.market.players = players

    def _keep_positions(self) -> None:
        for player in self.market.players.values():
            player.keep()


def load_market(seed: int, now: datetime) -> SimulatedMarket:
    """The market as the tables have it; an instrument that never moved starts now, at its base price."""
    instruments = list(Instrument.objects.exclude(asset_class=AssetClass.OPTION).order_by("pk"))
    known = latest(instrument.symbol for instrument in instruments)
    fresh = [instrument for instrument in instruments if instrument.anchored_at is None]
    anchor = floor_time(now, Interval.M1)
    Instrument.objects.filter(pk__in=[instrument.pk for instrument in fresh], anchored_at=None).update(
        anchored_at=anchor
    )
    first = {
        instrument.symbol: _first_quote(instrument, anchor) for instrument in fresh if instrument.symbol not in known
    }
    market = SimulatedMarket(instruments, seed, known=known | first)
    market.closing = _closing(market, now)
    market.unseen = np.array([symbol not in known for symbol in market.symbols], bool)
    return market


def _first_quote(instrument: Instrument, anchor: datetime) -> QuoteReport:
    """Where an instrument stands before its first tick: its base price, with the day that history gives it."""
    past = history.past_of(instrument, anchor)
    previous_close, volume = history.day_so_far(past, hours.local_midnight(anchor))
    base = instrument.base_price
    return QuoteReport(
        symbol=instrument.symbol,
        bid=base,
        ask=base,
        last=base,
        previous_close=price(previous_close),
        volume=quantity(volume),
        at=anchor,
        source=SOURCE,
    )


def _closing(market: SimulatedMarket, now: datetime) -> Ints:
    """The last price of regular trading of each instrument, as far as it is still known.

    Coins, and all while regular trading is on, are at it. Before that day has rolled over the last minute's candle
    tells it, afterwards it is the previous close.
    """
    if hours.class_phase(AssetClass.EQUITY, now) is SessionPhase.REGULAR:
        return market.last.copy()
    closed_at = hours.last_close(AssetClass.EQUITY, now)
    if hours.local_day(now) != hours.local_day(closed_at):
        return np.where(market.is_coin, market.last, market.previous_close)
    minutes = Candle.objects.filter(interval=Interval.M1, opens_at=closed_at - timedelta(minutes=1))
    closes = {pk: int(close.scaleb(PRICE_SCALE)) for pk, close in minutes.values_list("instrument_id", "close")}
    known = [closes.get(pk, last) for pk, last in zip(market.ids.tolist(), market.last.tolist(), strict=True)]
    return np.where(market.is_coin, market.last, np.array(known, np.int64))


def _stamp() -> Stamp:
    """Changes with every edit of an instrument that moves here; options come and go beside it."""
    listings = Instrument.objects.exclude(asset_class=AssetClass.OPTION)
    seen = listings.aggregate(rows=Count("pk"), newest=Max("updated_at"))
    return seen["rows"], seen["newest"]


def open_market() -> LiveMarket:
    """The market with this installation's seed."""
    return LiveMarket(settings.MARKET_SEED)
