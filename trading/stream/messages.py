"""What arrives on a socket: strict JSON within bounds, a known op, channels by name."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from arbion.domain.errors import ArbionError, InvalidInput
from arbion.lib.api import read_json
from marketdata import fanout
from marketdata.models import Instrument
from trading.stream.refusals import TooLargeFrame, TooManyMessages, UnknownChannel

FRAME_BYTES_MAX = 65_536
MESSAGES_A_MINUTE_MAX = 100
SUBSCRIPTIONS_MAX = 100
PERSONAL = ("orders", "positions", "portfolio", "alerts", "desk")


class Pace:
    """How many messages came in the last minute."""

    def __init__(self) -> None:
        self.times: deque[int] = deque()

    def count(self, now: int) -> None:
        """Count one message, at this second of any steady clock. Raises TooManyMessages."""
        while self.times and now - self.times[0] >= 60:
            self.times.popleft()
        if len(self.times) >= MESSAGES_A_MINUTE_MAX:
            raise TooManyMessages
        self.times.append(now)


def read_message(text: str | None, content: bytes | None) -> dict[str, Any]:
    """The message in a frame. Raises TooLargeFrame, InvalidJSON or InvalidInput."""
    raw = content if text is None else text.encode("utf-8", "surrogatepass")
    raw = raw or b""
    if len(raw) > FRAME_BYTES_MAX:
        raise TooLargeFrame(f"A message has at most {FRAME_BYTES_MAX} bytes.")
    message = read_json(raw)
    if not isinstance(message, dict):
        raise InvalidInput("A message is a JSON object with an op.")
    return message


def read_names(message: dict[str, Any]) -> list[str]:
    """The channels that a message names, each once; `quotes:AAPL,MSFT` is one channel for each symbol.

    Symbols may be written in either case, as everywhere; the channel bears the platform's.
    """
    given = message.get("channels")
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise InvalidInput.of("channels", "invalid", "Say the channels as a list of names.")
    names: dict[str, None] = {}
    for name in given:
        kind, colon, symbols = name.partition(":")
        if kind == "quotes" and colon:
            names.update(dict.fromkeys(f"quotes:{_written(symbol)}" for symbol in symbols.split(",")))
        elif kind == "candles" and colon:
            symbol, colon, width = symbols.partition(":")
            names[f"candles:{_written(symbol)}{colon}{width}"] = None
        else:
            names[name] = None
    return list(names)


def _written(symbol: str) -> str:
    """The symbol in the platform's letters; other letters than ASCII make no symbol and stay as they are."""
    return symbol.upper() if symbol.isascii() else symbol


def sort_names(names: Iterable[str]) -> tuple[list[str], list[str], dict[str, ArbionError]]:
    """The personal channels, those of prices, and a refusal for each name that is neither."""
    personal: list[str] = []
    prices: dict[str, str] = {}
    refused: dict[str, ArbionError] = {}
    for name in names:
        if name in PERSONAL:
            personal.append(name)
            continue
        try:
            prices[name] = fanout.read_channels([name])[name].symbol
        except InvalidInput:
            refused[name] = UnknownChannel(f"There is no channel “{name[:60]}”.")
    return personal, list(prices), refused


def unknown_symbols(names: Iterable[str]) -> dict[str, ArbionError]:
    """A refusal for each channel of prices whose symbol there is not."""
    symbols = {name: name.split(":")[1] for name in names}
    known = set(Instrument.objects.filter(symbol__in=set(symbols.values())).values_list("symbol", flat=True))
    return {
        name: InvalidInput.of("channels", "unknown_symbol", f"There is no instrument with the symbol “{symbol[:24]}”.")
        for name, symbol in symbols.items()
        if symbol not in known
    }
