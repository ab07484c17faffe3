"""What is new for a person since the last look, read from the tables: hints may be lost, rows are not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from arbion.lib.clock import SYSTEM, Clock
from brokers.accounts import accounts_of
from brokers.models import BrokerAccount
from marketdata import quotes
from trading import desk, selectors
from trading.books.opening import ensure_simulated_account
from trading.models import Fill, Journal, Message, OrderEvent, Position
from trading.selectors import PortfolioView, PositionView
from trading.wire.conditions import AlertSerializer
from trading.wire.orders import FillSerializer, OrderSerializer, shown
from trading.wire.shapes import MessageSerializer, PortfolioSerializer, PositionSerializer

Json = dict[str, Any]
Said = tuple[str, Json]

OPEN_ORDERS_SHOWN = 200
ALERTS_SHOWN = 200
ROWS_A_LOOK = 500
# What only the calendar changes (where the day began) is read again this often; the books tell of all else themselves.
REREAD_EVERY = timedelta(seconds=60)


class News:
    """A reader for one socket of one person; used by one thread at a time.

    Keys of one account's events and fills rise in the order of their commits, because they are written under the
    account's lock: whatever is above the key that was seen last is new, and nothing below it can still appear.
    """

    def __init__(self, user: User, *, clock: Clock = SYSTEM) -> None:
        self.user, self.clock = user, clock
        ensure_simulated_account(user)
        self.accounts = {account.pk: account for account in accounts_of(user)}
        self.events_seen: dict[int, int] = {}
        self.fills_seen: dict[int, int] = {}
        self.journals_seen: dict[int, int] = {}
        self.views: dict[int, PortfolioView] = {}
        self.read_at: datetime | None = None
        self.positions_told: dict[tuple[int, str], Json] = {}
        self.portfolios_told: dict[int, Json] = {}
        self.line_seen = 0
        self.alerts_seen: dict[UUID, int] = {}
        for account in self.accounts.values():
            self._skip_to_now(account)

    def snapshot(self, channel: str) -> list[Said]:
        """What a subscription begins with, under the name of its kind of message."""
        if channel == "portfolio":
            self._read_views()
            return [("portfolio", self._portfolio(pk) | {"snapshot": True}) for pk in self.views]
        # First the place to go on from, then the list: what comes between is told twice rather than never.
        if channel == "orders":
            for account in self.accounts.values():
                self._skip_to_now(account)
        if channel == "desk":
            self.line_seen = _newest(Message.objects.filter(user=self.user))
        return [(KINDS[channel], {"snapshot": True, "results": getattr(self, f"_all_{channel}")()})]

    def latest(self, channels: Collection[str], *, books_changed: bool) -> list[tuple[str, str, Json]]:
        """What is new on these channels, as channel, kind and body; with `books_changed` the tables are looked at."""
        said: list[tuple[str, str, Json]] = []
        moved = False
        if books_changed:
            self._find_accounts()
            for pk in self.accounts:
                orders, fills = self._changed_orders(pk), self._new_fills(pk)
                moved = self._has_new_journals(pk) or moved or bool(orders or fills)
                if "orders" in channels:
                    said += [("orders", "fill", fill) for fill in fills]
                    said += [("orders", "order", order) for order in orders]
            self._forget_archived()
            if "alerts" in channels:
                said += [("alerts", "alert", alert) for alert in self._new_alerts()]
            if "desk" in channels:
                said += [("desk", "message", line) for line in self._new_lines()]
        if {"positions", "portfolio"} & set(channels):
            self._revalue(moved=moved)
            said += list(self._new_values(channels))
        return said

    # Orders and fills ------------------------------------------------------------------------------------------------
    def _find_accounts(self) -> None:
        for account in accounts_of(self.user):
            if account.pk not in self.accounts:
                self.accounts[account.pk] = account
                self._skip_to_now(account)

    def _forget_archived(self) -> None:
        """Let go of accounts that are history, after their last news; what they held is no longer shown."""
        in_use = set(accounts_of(self.user).values_list("pk", flat=True))
        for pk in self.accounts.keys() - in_use:
            del self.accounts[pk]

    def _skip_to_now(self, account: BrokerAccount) -> None:
        """Count everything up to now as seen; what it did to positions and worth is read again."""
        self.events_seen[account.pk] = _newest(OrderEvent.objects.filter(account=account))
        self.fills_seen[account.pk] = _newest(Fill.objects.filter(account=account))
        self.journals_seen[account.pk] = _newest(Journal.objects.filter(account=account))
        self.read_at = None

    def _all_orders(self) -> list[Json]:
        rows = shown(selectors.open_orders(self.user))[:OPEN_ORDERS_SHOWN]
        return [dict(OrderSerializer(order).data) for order in rows]

    def _changed_orders(self, pk: int) -> list[Json]:
        """The orders with new events, as they stand now, in the order of their last event."""
        rows = OrderEvent.objects.filter(account_id=pk, id__gt=self.events_seen[pk]).order_by("id")
        last: dict[Any, int] = {}
        for event_id, order_id in rows.values_list("id", "order_id")[:ROWS_A_LOOK]:
            last.pop(order_id, None)
            last[order_id] = self.events_seen[pk] = event_id
        if not last:
            return []
        orders = {order.pk: order for order in shown(selectors.orders(self.user)).filter(pk__in=last)}
        return [dict(OrderSerializer(orders[order_id]).data) for order_id in last if order_id in orders]

    def _new_fills(self, pk: int) -> list[Json]:
        rows = selectors.fills(self.user).filter(account_id=pk, pk__gt=self.fills_seen[pk]).order_by("pk")
        fills = list(rows[:ROWS_A_LOOK])
        if fills:
            self.fills_seen[pk] = fills[-1].pk
        return [dict(FillSerializer(fill).data) for fill in fills]

    def _has_new_journals(self, pk: int) -> bool:
        """Whether something was booked, with an order or without: cash, dividends, splits, exercises."""
        newest = _newest(Journal.objects.filter(account_id=pk))
        is_new = newest > self.journals_seen[pk]
        self.journals_seen[pk] = newest
        return is_new

    # Positions and worth ---------------------------------------------------------------------------------------------
    def _all_positions(self) -> list[Json]:
        self._read_views()
        self.positions_told = {}
        return [body for _, body in self._positions()]

    def _revalue(self, *, moved: bool) -> None:
        """The views at the newest prices: read whole after the books moved, else only repriced."""
        now = self.clock.now()
        is_old = self.read_at is None or now - self.read_at >= REREAD_EVERY
        if moved or is_old or self.views.keys() != self.accounts.keys():
            self._read_views()
            return
        symbols = {row.instrument.symbol for view in self.views.values() for row in view.positions}
        prices = quotes.latest(symbols) if symbols else {}
        for pk, view in self.views.items():
            rows = tuple(replace(row, quote=prices.get(row.instrument.symbol)) for row in view.positions)
            self.views[pk] = replace(view, at=now, positions=rows)

    def _read_views(self) -> None:
        self.read_at = self.clock.now()
        self.views = {pk: selectors.portfolio(account, at=self.read_at) for pk, account in self.accounts.items()}

    def _new_values(self, channels: Collection[str]) -> Iterator[tuple[str, str, Json]]:
        if "positions" in channels:
            for is_new, body in self._positions():
                if is_new:
                    yield "positions", "position", body
        if "portfolio" in channels:
            for pk in self.views:
                before = self.portfolios_told.get(pk, {})
                body = self._portfolio(pk)
                if {**before, "time": ""} != {**body, "time": ""}:
                    yield "portfolio", "portfolio", body

    def _positions(self) -> Iterator[tuple[bool, Json]]:
        """Each position and whether it differs from what was told; one that was closed comes once more, empty."""
        gone = dict(self.positions_told)
        for pk, view in self.views.items():
            for row in view.positions:
                key = (pk, row.instrument.symbol)
                body = dict(PositionSerializer(row).data)
                yield gone.pop(key, None) != body, body
                self.positions_told[key] = body
        for (pk, symbol), told in gone.items():
            del self.positions_told[pk, symbol]
            account = self.accounts.get(pk)
            if account is None:
                yield True, told | NOTHING_HELD
            elif (closed := _closed_position(account, symbol)) is not None:
                yield True, dict(PositionSerializer(closed).data)

    def _portfolio(self, pk: int) -> Json:
        self.portfolios_told[pk] = dict(PortfolioSerializer(self.views[pk]).data)
        return self.portfolios_told[pk]

    # The desk and alerts ---------------------------------------------------------------------------------------------
    def _all_desk(self) -> list[Json]:
        return [dict(MessageSerializer(line).data) for line in desk.history(self.user)]

    def _new_lines(self) -> list[Json]:
        rows = Message.objects.filter(user=self.user, id__gt=self.line_seen).order_by("id")
        lines = list(rows[:ROWS_A_LOOK])
        if lines:
            self.line_seen = lines[-1].pk
        return [dict(MessageSerializer(line).data) for line in lines]

    def _all_alerts(self) -> list[Json]:
        rows = list(selectors.alerts(self.user)[:ALERTS_SHOWN])
        self.alerts_seen = {row.pk: row.version for row in rows}
        return [dict(AlertSerializer(row).data) for row in rows]

    def _new_alerts(self) -> list[Json]:
        """The alerts that are new or have changed, and that is all of a deleted one that is left: its id."""
        rows = list(selectors.alerts(self.user)[:ALERTS_SHOWN])
        changed = [row for row in rows if self.alerts_seen.get(row.pk) != row.version]
        gone = self.alerts_seen.keys() - {row.pk for row in rows}
        self.alerts_seen = {row.pk: row.version for row in rows}
        told = [dict(AlertSerializer(row).data) for row in reversed(changed)]
        return told + [{"id": str(key), "status": "deleted"} for key in gone]


# How a position of an account that is history is told a last time.
NOTHING_HELD = dict.fromkeys(("quantity", "cost", "average_cost", "market_value", "unrealized"), "0")
KINDS = {"orders": "order", "positions": "position", "alerts": "alert", "desk": "message"}


def _newest(rows: QuerySet[Any]) -> int:
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def _closed_position(account: BrokerAccount, symbol: str) -> PositionView | None:
    row = Position.objects.filter(account=account, instrument__symbol=symbol).select_related("instrument").first()
    if row is None:
        return None
    return PositionView(
        account=account,
        instrument=row.instrument,
        quantity=row.quantity,
        cost=row.cost,
        realized=row.realized,
        quote=quotes.latest_of(row.instrument),
        day_start_value=None,
    )
