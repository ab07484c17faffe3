"""The writes of one purchase as bare statements, read off an order that went the whole road.

Every row that the order made is inserted again under fresh ids, and every update that it made is made again on the same
columns of a row of the same table (with what stands there, so that nothing has to be computed).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import AutoField, ForeignKey, Model
from django.db.models.options import Options

from brokers.models import VenueCash, VenueFill, VenueHolding, VenueOrder
from trading.models import (
    Fill,
    Hold,
    Journal,
    LedgerAccount,
    LedgerHead,
    Lot,
    Order,
    OrderEvent,
    Position,
    Transfer,
    VenueCursor,
)

# Stands in a text for the number of the turn: twelve digits.
NUMBER = ":turn"
_UPDATE = re.compile(r'^UPDATE "(\w+)" SET (.*?) WHERE ', re.DOTALL)
_COLUMN = re.compile(r'"(\w+)" = ')
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class NewRow:
    """A value that is the key of the row inserted last into a table."""

    table: str


@dataclass(frozen=True)
class Write:
    """One bare statement: its parts in SQL, with a value between each two of them."""

    table: str
    parts: tuple[str, ...]
    values: tuple[Any, ...]


def of(order: Order, updates: list[str]) -> list[Write]:
    """The bare statements that write what this filled purchase wrote, given the updates it was seen to make."""
    rows = list(_rows(order))
    fresh = _Fresh(kept={str(order.account.reference), str(order.account.public_id)})
    made = {(type(row), row.pk) for row in rows}
    inserts = [_insert(row, made=made, fresh=fresh) for row in rows]
    keys = {_options(row).db_table: _key(row, made=made, fresh=fresh) for row in reversed(rows)}
    there = _rows_there(order)
    return inserts + [write for statement in updates for write in _update(statement, keys=keys, there=there)]


def _rows(order: Order) -> Iterator[Model]:
    """What the order made, in the order in which foreign keys allow it."""
    yield order.decision
    yield order.intent
    yield order
    yield from OrderEvent.objects.filter(order=order).order_by("pk")
    yield from Hold.objects.filter(order=order)
    venue_order = VenueOrder.objects.get(client_order_id=str(order.pk))
    yield venue_order
    yield from VenueFill.objects.filter(order=venue_order)
    for fill in Fill.objects.filter(order=order):
        yield fill
        yield from Lot.objects.filter(fill=fill)
        journal = Journal.objects.get(reference=f"fill:{order.account_id}:{fill.venue_fill_id}")
        yield journal
        yield from Transfer.objects.filter(journal=journal)


def _rows_there(order: Order) -> dict[str, list[int]]:
    """The rows that the order only changed, by table."""
    account, symbol = order.account, order.instrument.symbol
    columns = LedgerAccount.objects.filter(account=account, asset__in=[account.currency, symbol])
    found = {
        LedgerAccount: columns.order_by("kind", "asset"),
        Position: Position.objects.filter(account=account, instrument=order.instrument),
        LedgerHead: LedgerHead.objects.filter(account=account),
        VenueCursor: VenueCursor.objects.filter(account=account),
        VenueCash: VenueCash.objects.filter(reference=account.reference),
        VenueHolding: VenueHolding.objects.filter(reference=account.reference, symbol=symbol),
    }
    return {_options(model).db_table: list(rows.values_list("pk", flat=True)) for model, rows in found.items()}


def _options(model: Model | type[Model]) -> Options[Any]:
    """What Django knows of a table."""
    return model._meta  # noqa: SLF001  its public name


class _Fresh:
    """Replaces each identifier by one that is new in every turn."""

    def __init__(self, *, kept: set[str]) -> None:
        self.kept = {text.replace("-", "") for text in kept}
        self.numbers: dict[str, int] = {}

    def value(self, value: Any) -> Any:
        """The value with its identifiers replaced; what is no text is left alone."""
        if isinstance(value, uuid.UUID):
            value = str(value)
        return _UUID.sub(self._replaced, value) if isinstance(value, str) else value

    def _replaced(self, found: re.Match[str]) -> str:
        plain = found[0].replace("-", "")
        if plain in self.kept:
            return found[0]
        number = self.numbers.setdefault(plain, len(self.numbers))
        dashed = f"{number:08d}-0000-4000-8000-{NUMBER}"
        return dashed if "-" in found[0] else dashed.replace("-", "")


def _insert(row: Model, *, made: set[tuple[type[Model], Any]], fresh: _Fresh) -> Write:
    names: list[str] = []
    values: list[Any] = []
    for field in _options(row).local_concrete_fields:
        if isinstance(field, AutoField):
            continue
        value = getattr(row, field.attname)
        names.append(f'"{field.column}"')
        target = field.related_model if isinstance(field, ForeignKey) else None
        if isinstance(target, type) and (target, value) in made and isinstance(value, int):
            values.append(NewRow(_options(target).db_table))
        elif isinstance(row, Journal) and field.attname == "sequence":
            values.append(NUMBER)  # its place in the chain, of which every turn has another
        else:
            values.append(fresh.value(field.get_db_prep_save(value, connection)))
    table = _options(row).db_table
    start = f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ('  # noqa: S608
    return Write(table, (start, *[", "] * (len(values) - 1), ")"), tuple(values))


def _key(row: Model, *, made: set[tuple[type[Model], Any]], fresh: _Fresh) -> Any:
    if isinstance(_options(row).pk, AutoField):
        return NewRow(_options(row).db_table)
    assert _options(row).pk is not None, "every table here has a key"  # noqa: S101  an impossibility
    return fresh.value(_options(row).pk.get_db_prep_save(row.pk, connection))


def _update(statement: str, *, keys: dict[str, Any], there: dict[str, list[int]]) -> Iterator[Write]:
    found = _UPDATE.match(statement)
    if found is None:
        return
    table, settings = found[1], found[2]
    columns = list(dict.fromkeys(_COLUMN.findall(re.sub(r"CASE .*? END", "CASE", settings, flags=re.DOTALL))))
    rows = max(1, settings.count(" WHEN ") // max(1, len(columns)))
    same = ", ".join(f'"{column}" = "{column}"' for column in columns)
    start = f'UPDATE "{table}" SET {same} WHERE "id" = '  # noqa: S608  names of our own tables
    if table in keys:
        yield Write(table, (start, ""), (keys[table],))
        return
    for key in there.get(table, [])[:rows]:
        yield Write(table, (start, ""), (key,))
