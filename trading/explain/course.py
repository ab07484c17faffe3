"""What became of an order: prices seen, verdicts, messages to and from its venue, fills, ledger lines, notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from accounts.models import ChannelName, DeliveryStatus, Notification
from arbion.domain.enums import OrderStatus, Trigger
from arbion.lib.templatetags.arbion import money, price, quantity, words
from riskdesk.models import RiskDecision
from trading import selectors
from trading.explain.entry import Entry, Facts
from trading.explain.origin import run_of, stop_of
from trading.models import LedgerKind, Order, OrderEvent, Transfer
from trading.templatetags.orders import event_figures, event_reason, event_title

FILLS = frozenset({Trigger.FILL_ALL, Trigger.FILL_PART})
# Of what a verdict saw, the figures that a person asks for; the rest stands in the checks.
SEEN = (
    ("price", "Price it was judged at", price),
    ("quantity", "Size", quantity),
    ("cost_estimate", "Cash it claims", money),
    ("cash", "Cash", money),
    ("cash_held", "Claimed by other orders", money),
    ("units", "Units held", quantity),
    ("equity", "Worth of the account", money),
    ("orders_last_minute", "Orders of the last minute", quantity),
)


def course(order: Order) -> Iterator[Entry]:
    """Everything since it was asked for, in the order in which it came about."""
    events = list(selectors.events(order))
    verdicts = _verdicts(order, events)
    lines = _lines(order)
    first = _first_verdict(order, events)
    for event in events:
        data = event.data if isinstance(event.data, dict) else {}
        if event.version == 0:
            continue  # the making itself; the next event says what it came to
        yield from _prices(event, data)
        judged = verdicts.get(str(data.get("verdict") or "")) or (verdicts.get(first) if event.version == 1 else None)
        if judged is not None:
            yield _judged(judged)
        if event.trigger in FILLS and data.get("said"):
            yield _answered(event, data["said"])
        yield _happened(event, data)
        if "request" in data and order.sent_at is not None:
            yield _sent(order, data["request"], at=max(order.sent_at, event.at))
        if event.trigger in FILLS:
            yield from _booked(lines.pop(str(data.get("venue_fill_id")), []))
    yield from _told(order)


def _first_verdict(order: Order, events: list[OrderEvent]) -> str:
    """The verdict that let the order be recorded; later ones name the one before them."""
    before = (event.data.get("verdict_before") for event in events if isinstance(event.data, dict))
    return next((str(key) for key in before if key), str(order.decision_id))


def _verdicts(order: Order, events: list[OrderEvent]) -> dict[str, RiskDecision]:
    keys = {str(order.decision_id)}
    for event in events:
        if isinstance(event.data, dict):
            keys |= {str(event.data[name]) for name in ("verdict", "verdict_before") if event.data.get(name)}
    rows = RiskDecision.objects.filter(pk__in=[UUID(key) for key in keys], account_id=order.account_id)
    return {str(row.pk): row for row in rows}


def _prices(event: OrderEvent, data: Mapping[str, Any]) -> Iterator[Entry]:
    for quote in data.get("quotes") or ():
        seen = datetime.fromisoformat(quote["at"])
        age = (event.at - seen).total_seconds()
        yield Entry(
            at=event.at,
            kind="seen",
            title=f"The price of {quote['symbol']}",
            text=f"{price(quote['last'])}, {max(age, 0):.1f} s old, from {quote['source']}.",
            facts=(
                ("Bid", price(quote["bid"])),
                ("Ask", price(quote["ask"])),
                ("Last", price(quote["last"])),
                ("Time", f"{seen:%Y-%m-%d %H:%M:%S} UTC"),
                ("Source", quote["source"]),
            ),
        )


def _judged(verdict: RiskDecision) -> Entry:
    seen, checks = verdict.snapshot, verdict.checks if isinstance(verdict.checks, list) else []
    facts = [(label, write(seen[name])) for name, label, write in SEEN if seen.get(name) not in (None, "")]
    if seen.get("bid") is not None and seen.get("ask") is not None:
        facts.insert(1, ("Bid and ask", f"{price(seen['bid'])} and {price(seen['ask'])}"))
    passed = sum(bool(check.get("passed")) for check in checks)
    return Entry(
        at=verdict.decided_at,
        kind="judged",
        title="The risk desk let it through" if verdict.approved else "The risk desk refused it",
        text=verdict.detail or f"All {passed} checks passed.",
        facts=tuple(facts),
        checks=checks,
        raw={"snapshot": seen},
        is_refusal=not verdict.approved,
    )


def _happened(event: OrderEvent, data: Mapping[str, Any]) -> Entry:
    is_fill = event.trigger in FILLS
    told = {name: value for name, value in data.items() if name != "said"} if is_fill else data.get("said")
    is_heard = bool(told) and not is_fill
    label = event.get_after_display()
    text = " · ".join(part for part in (event_figures(event), event_reason(event)) if part)
    cause = event.cause[:1].upper() + event.cause[1:]
    return Entry(
        at=event.at,
        kind="filled" if is_fill else "heard" if is_heard else "happened",
        title=event_title(event) if event.trigger else cause,
        text=" · ".join(part for part in (cause if event.trigger else "", text) if part),
        by=str(event.actor.email) if event.actor else "",
        facts=_change_facts(event, label),
        raw=told or None,
        is_refusal=event.after in {OrderStatus.DENIED, OrderStatus.REJECTED} and event.before != event.after,
    )


def _answered(event: OrderEvent, said: Mapping[str, Any]) -> Entry:
    """The venue's word on the order that came with a fill."""
    status = words(str(said.get("status", ""))).lower()
    return Entry(at=event.at, kind="heard", title="The venue answered", text=f"It says {status}.", raw=said)


def _change_facts(event: OrderEvent, label: str) -> Facts:
    if event.before == event.after:
        return ()
    return (("State", f"{event.get_before_display()} → {label}"),)


def _sent(order: Order, request: Mapping[str, Any], *, at: datetime) -> Entry:
    return Entry(
        at=at,
        kind="sent",
        title="Sent to the venue",
        text=f"To {order.account.get_venue_display()}, as “{order.account.name}”.",
        facts=tuple((words(name), str(value)) for name, value in request.items() if not isinstance(value, list | dict)),
        raw=request,
    )


def _lines(order: Order) -> dict[str, list[Transfer]]:
    """The ledger lines of each fill, by the venue's name for it."""
    found: dict[str, list[Transfer]] = {}
    for line in selectors.transfers_of(order):
        found.setdefault(line.journal.reference.rsplit(":", 1)[-1], []).append(line)
    return found


def _booked(lines: list[Transfer]) -> Iterator[Entry]:
    if not lines:
        return
    journal = lines[0].journal
    yield Entry(
        at=journal.at,
        kind="booked",
        title="Booked",
        text=f"Entry {journal.sequence} of the ledger.",
        facts=tuple(
            (f"{_column(line.credit.kind)} to {_column(line.debit.kind).lower()}", _amount(line)) for line in lines
        ),
        link=reverse("trading:journal", args=[journal.sequence]),
    )


def _column(kind: str) -> str:
    return str(LedgerKind(kind).label)


def _amount(line: Transfer) -> str:
    is_cash = LedgerKind(line.debit.kind) != LedgerKind.UNITS and LedgerKind(line.credit.kind) != LedgerKind.UNITS
    return (
        money(line.amount, line.asset) if is_cash and len(line.asset) == 3 else f"{quantity(line.amount)} {line.asset}"
    )


def _told(order: Order) -> Iterator[Entry]:
    """Every notice that speaks of the order, and how it was sent."""
    about = Q(link=reverse("trading:order", args=[order.pk]))
    stop, run = stop_of(order), run_of(order)
    if stop is not None:
        about |= Q(key__startswith=f"stop:{stop.pk}:")
    if run is not None:
        about |= Q(key=f"repeat:{run.repeating_id}:{run.day}")
    rows = Notification.objects.filter(about, user_id=order.account.user_id).prefetch_related("deliveries")
    for notice in rows.order_by("at", "pk"):
        yield Entry(
            at=notice.at,
            kind="told",
            title=f"Told: {notice.title}",
            text=notice.body,
            facts=tuple(
                (str(ChannelName(one.channel).label), str(DeliveryStatus(one.status).label))
                for one in notice.deliveries.all()
            ),
        )
