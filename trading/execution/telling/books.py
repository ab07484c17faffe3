"""What people are told of their books: a difference with the venue, an assignment, a margin call."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from accounts.models import Urgency
from accounts.notifications import notify, notify_people, operators
from arbion.domain.enums import ActivityKind
from arbion.domain.numbers import plain
from arbion.domain.reports import ActivityReport
from brokers.models import BrokerAccount
from trading.execution.telling.people import who_were_told
from trading.models import Discrepancy, Order


def differ(row: Discrepancy, *, at: datetime) -> None:
    """The venue's book and ours say different amounts."""
    body = (
        f"“{row.account.name}”: our books say {plain(row.ours)} {row.asset}, the venue says {plain(row.theirs)}. "
        "Nothing can be opened in this account until they agree; they are compared every minute."
    )
    notify_people(
        [row.account.user, *operators()], kind="reconciliation", title=f"{row.asset}: the books differ", body=body,
        urgency=Urgency.CRITICAL, link=reverse("trading:portfolio"), key=f"difference:{row.pk}:seen", at=at,
    )  # fmt: skip


def agree(row: Discrepancy, *, at: datetime) -> None:
    """They agree again; told to everybody who was told that they did not."""
    key = f"difference:{row.pk}:"
    notify_people(
        who_were_told(f"{key}seen"), kind="reconciliation", title=f"{row.asset}: the books agree again",
        body=f"“{row.account.name}”: our books and the venue's say the same of {row.asset}.", urgency=Urgency.WARNING,
        link=reverse("trading:portfolio"), key=f"{key}healed", at=at,
    )  # fmt: skip


def happened(account: BrokerAccount, report: ActivityReport, *, reference: str, at: datetime) -> None:
    """What came to the account without an order: only an assignment is told, for it changes what is held."""
    if report.kind != ActivityKind.ASSIGNMENT:
        return
    body = f"“{account.name}”: {report.symbol} was assigned, and what it stands for has changed hands at its strike."
    notify(
        account.user, kind="account", title=f"{report.symbol}: assigned", body=body, urgency=Urgency.WARNING,
        link=reverse("trading:portfolio"), key=f"activity:{reference}", at=at,
    )  # fmt: skip


def margin_called(order: Order, *, at: datetime) -> None:
    """Shares that are owed are bought back, because the cash no longer secures them."""
    symbol = order.instrument.symbol
    body = f"“{order.account.name}”: the cash no longer secures the {symbol} that is owed, and some is bought back."
    notify(
        order.account.user, kind="account", title=f"{symbol}: margin call", body=body, urgency=Urgency.CRITICAL,
        link=reverse("trading:order", args=[order.pk]), key=f"margin-call:{order.pk}", at=at,
    )  # fmt: skip
