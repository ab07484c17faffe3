"""What was said to a venue and what it answered, in the words that are kept with an order's events.

They ride in the rows that are written anyway, which nobody can change afterwards; secrets are masked in what a venue
wrote itself.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from arbion.domain.numbers import plain
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import OrderReport
from arbion.lib.redact import redact
from trading.execution.facts import Facts

Json = dict[str, Any]


def request_body(request: OrderRequest) -> Json:
    """The order as its venue hears it; what it does not say is left out."""
    return _said(asdict(request))


def report_body(report: OrderReport) -> Json:
    """The venue's report; what it does not say is left out."""
    return _said(asdict(report))


def quotes_body(facts: Facts) -> list[Json]:
    """The prices that an order was judged by, each with its time and where it came from."""
    return [
        {
            "symbol": symbol,
            "bid": plain(quote.bid),
            "ask": plain(quote.ask),
            "last": plain(quote.last),
            "at": quote.at.isoformat(),
            "source": quote.source,
        }
        for symbol, quote in sorted(facts.quotes.items())
        if symbol in {instrument.symbol for instrument in (facts.instrument, *facts.instruments)}
    ]


def _said(values: Json) -> Json:
    written = {name: _text(value) for name, value in values.items()}
    return {name: value for name, value in written.items() if value not in (None, "", [], False)}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return _said(value)
    if isinstance(value, tuple | list):
        return [_text(one) for one in value]
    return redact(str(value)) if isinstance(value, str) else value
