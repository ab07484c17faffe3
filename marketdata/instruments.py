"""Finding instruments by symbol or by what people call them, and keeping the shipped catalogue loaded."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, QuerySet

from accounts import audit
from accounts.models import User
from arbion.domain.enums import AssetClass
from arbion.domain.options import read_symbol
from arbion.lib.clock import SYSTEM, Clock
from marketdata.catalogue import CatalogueRow, rows
from marketdata.errors import UnknownSymbol
from marketdata.models import Instrument
from marketdata.names import NameIndex, NameRow

SYMBOL_LENGTH_MAX = 24

# What a newer catalogue may change; prices, halts and whether it is traded belong to this installation once loaded.
_DESCRIPTIVE = (
    "name", "asset_class", "exchange", "currency", "sector", "aliases", "price_increment", "size_increment", "rank",
)  # fmt: skip
_FIRST_TIME = ("tradable", "drift", "volatility", "base_price")

Stamp = tuple[str, int, datetime | None]

_lock = threading.Lock()
_cached: dict[Stamp, NameIndex] = {}


def get_instrument(symbol: str) -> Instrument:
    """The instrument with this symbol, exactly as the platform writes it, in either case of letters."""
    wanted = symbol.strip().upper() if len(symbol) <= SYMBOL_LENGTH_MAX else ""
    found = Instrument.objects.filter(symbol=wanted).first() if wanted.isascii() and wanted.isprintable() else None
    if found is None:
        raise UnknownSymbol(symbol)
    return found


def search(text: str, limit: int = 20) -> list[Instrument]:
    """Instruments a person may mean by this text (ticker, name, nickname, near miss), best first.

    An option contract is found by its whole symbol only.
    """
    if read_symbol(text.strip().upper()):
        return list(Instrument.objects.filter(symbol=text.strip().upper()))
    symbols = [candidate.symbol for candidate in name_index().search(text[:80], limit)]
    found = Instrument.objects.in_bulk(symbols, field_name="symbol")
    return [found[symbol] for symbol in symbols if symbol in found]


def name_index() -> NameIndex:
    """The index over all instruments' names, built once a process and again when the catalogue has changed."""
    stamp = _stamp()
    with _lock:
        if stamp not in _cached:
            index = NameIndex.build(_name_rows())
            _cached.clear()
            _cached[stamp] = index
        return _cached[stamp]


def set_halted(
    instrument: Instrument, *, halted: bool, actor: User | None, reason: str = "", clock: Clock = SYSTEM
) -> bool:
    """Halt an instrument for a reason or let it trade again, and write it into the audit log; False when it was so."""
    reason = reason[:200] if halted else ""
    with transaction.atomic():
        changed = Instrument.objects.filter(pk=instrument.pk, is_halted=not halted).update(
            is_halted=halted, halt_reason=reason, updated_at=clock.now()
        )
        if not changed:
            return False
        action = "instrument.halted" if halted else "instrument.resumed"
        data = {"reason": reason} if reason else None
        audit.record(actor=actor, action=action, subject=instrument.symbol, data=data, clock=clock)
    instrument.is_halted, instrument.halt_reason = halted, reason
    return True


def load_catalogue(*, clock: Clock = SYSTEM) -> int:
    """Write what is new or changed in the shipped catalogue; returns how many instruments that were."""
    known = {instrument.symbol: instrument for instrument in Instrument.objects.all()}
    now = clock.now()
    fresh: list[Instrument] = []
    changed: list[Instrument] = []
    for row in rows():
        instrument = known.get(row.symbol)
        values = _values(row)
        if instrument is None:
            first = {name: getattr(row, name) for name in _FIRST_TIME}
            fresh.append(Instrument(symbol=row.symbol, updated_at=now, **values, **first))
        elif any(getattr(instrument, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(instrument, name, value)
            instrument.updated_at = now
            changed.append(instrument)
    Instrument.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    Instrument.objects.bulk_update(changed, [*_DESCRIPTIVE, "updated_at"], batch_size=200)
    return len(fresh) + len(changed)


def _values(row: CatalogueRow) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in _DESCRIPTIVE}
    values["aliases"] = list(row.aliases)
    return values


def _named() -> QuerySet[Instrument]:
    """What people call by a name: everything but option contracts, which are found by their symbols alone."""
    return Instrument.objects.exclude(asset_class=AssetClass.OPTION)


def _name_rows() -> list[NameRow]:
    fields = ("symbol", "name", "asset_class", "aliases", "tradable", "rank", "base_price")
    return [
        NameRow(symbol, name, asset_class, tuple(aliases), tradable, rank, price)
        for symbol, name, asset_class, aliases, tradable, rank, price in _named().values_list(*fields)
    ]


def _stamp() -> Stamp:
    seen = _named().aggregate(rows=Count("pk"), newest=Max("updated_at"))
    return str(connection.settings_dict["NAME"]), seen["rows"], seen["newest"]
