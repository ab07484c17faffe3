"""What travels to connected people and between processes: quotes and forming candles as JSON, each encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from arbion.domain.enums import Interval
from arbion.domain.numbers import PRICE_SCALE, QUANTITY_SCALE, plain
from arbion.domain.reports import QuoteReport
from marketdata.batch import QuoteBatch, price, quantity
from marketdata.quotes import change_percent
from marketdata.times import EPOCH, floor_time


@dataclass(frozen=True, slots=True)
class Frames:
    """The newest message of each channel, encoded; shared by all clients with the same subscriptions."""

    parts: dict[str, bytes]
    batched: list[str] = field(default_factory=list)

    def texts(self, *, batch: bool) -> list[str]:
        """What is sent: a text for each message, or quotes together in one text."""
        if not batch:
            return [part.decode() for part in self.parts.values()]
        if not self.batched:
            self.batched.extend(_batched(self.parts))
        return self.batched

    def then(self, later: Frames) -> Frames:
        """These messages overtaken by later ones of the same channels."""
        return Frames({**self.parts, **later.parts})


def _batched(parts: dict[str, bytes]) -> list[str]:
    quotes = [part for channel, part in parts.items() if channel.startswith("quotes:")]
    texts = [part.decode() for channel, part in parts.items() if not channel.startswith("quotes:")]
    if quotes:
        texts.insert(0, '{"type":"quotes","quotes":[' + b",".join(quotes).decode() + "]}")
    return texts


@dataclass(slots=True)
class Forming:
    """The candle of one channel that is still forming; figures scaled."""

    interval: Interval
    time: datetime
    open: int
    high: int
    low: int
    close: int
    volume: int
    day_volume: int

    def follow(self, last: int, day_volume: int, at: datetime) -> None:
        """Take in one quote."""
        begins = floor_time(at, self.interval)
        traded = day_volume - self.day_volume if day_volume >= self.day_volume else day_volume
        self.day_volume = day_volume
        if begins > self.time:
            self.time, self.open, self.high, self.low, self.volume = begins, last, last, last, 0
        self.high, self.low, self.close = max(self.high, last), min(self.low, last), last
        self.volume += traded


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def quote_fields(report: QuoteReport, *, stale: bool) -> dict[str, Any]:
    """A quote as REST and the stream show it."""
    return {
        "symbol": report.symbol,
        "bid": plain(report.bid),
        "ask": plain(report.ask),
        "last": plain(report.last),
        "previous_close": plain(report.previous_close),
        "change_percent": str(change_percent(report)),
        "volume": plain(report.volume),
        "time": timestamp(report.at),
        "source": report.source,
        "stale": stale,
    }


def quote_message(report: QuoteReport, *, seq: int, stale: bool, snapshot: bool = False) -> bytes:
    """A quote as a message of its channel; the first one of a subscription is marked as its snapshot."""
    head = {"type": "quote", "channel": f"quotes:{report.symbol}", "seq": seq}
    mark = {"snapshot": True} if snapshot else {}
    return orjson.dumps(head | mark | quote_fields(report, stale=stale))


def candle_message(channel: str, candle: Forming, *, seq: int, snapshot: bool = False) -> bytes:
    """A forming candle as a message of its channel."""
    _, symbol, interval = channel.split(":")
    return orjson.dumps(
        {
            "type": "candle",
            "channel": channel,
            "seq": seq,
            **({"snapshot": True} if snapshot else {}),
            "symbol": symbol,
            "interval": interval,
            "time": timestamp(candle.time),
            "open": plain(price(candle.open)),
            "high": plain(price(candle.high)),
            "low": plain(price(candle.low)),
            "close": plain(price(candle.close)),
            "volume": plain(quantity(candle.volume)),
            "closed": False,
        }
    )


def as_batch(reports: Sequence[QuoteReport]) -> QuoteBatch:
    """Quotes as columns; ids are left at 0, which is enough for showing them."""
    if isinstance(reports, QuoteBatch):
        return reports

    def column(name: str, scale: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([int(getattr(report, name).scaleb(scale)) for report in reports], np.int64)

    return QuoteBatch(
        ids=np.zeros(len(reports), np.int64),
        symbols=[report.symbol for report in reports],
        bid=column("bid", PRICE_SCALE),
        ask=column("ask", PRICE_SCALE),
        last=column("last", PRICE_SCALE),
        previous_close=column("previous_close", PRICE_SCALE),
        volume=column("volume", QUANTITY_SCALE),
        sources=[report.source for report in reports],
        at=[report.at for report in reports],
    )


_COLUMNS = ("bid", "ask", "last", "previous_close", "volume")


def to_wire(batch: QuoteBatch) -> bytes:
    """A batch as it crosses from the engine to the web processes."""
    moments = sorted(set(batch.at))
    place = {at: number for number, at in enumerate(moments)}
    names = sorted(set(batch.sources))
    return orjson.dumps(
        {
            "symbols": list(batch.symbols),
            **{name: getattr(batch, name).tolist() for name in _COLUMNS},
            "moments": [(at - EPOCH) // timedelta(microseconds=1) for at in moments],
            "at": [place[at] for at in batch.at],
            "names": names,
            "sources": [names.index(source) for source in batch.sources],
        }
    )


def from_wire(content: bytes) -> QuoteBatch:
    """The batch behind what crossed; anything else raises ValueError or KeyError."""
    data = orjson.loads(content)
    moments = [EPOCH + timedelta(microseconds=micros) for micros in data["moments"]]
    columns: dict[str, Any] = {name: np.array(data[name], np.int64) for name in _COLUMNS}
    return QuoteBatch(
        ids=np.zeros(len(data["symbols"]), np.int64),
        symbols=data["symbols"],
        sources=[data["names"][number] for number in data["sources"]],
        at=[moments[number] for number in data["at"]],
        **columns,
    )
