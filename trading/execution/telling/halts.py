"""What people are told of halts: that one is in force, what its receipt says, and that trading may go on."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from accounts.models import Urgency, User
from accounts.notifications import notify_people, operators
from riskdesk import halts
from riskdesk.models import Halt
from trading.execution.telling.people import at_stake, who_were_told
from trading.models import HaltReceipt, ReceiptState
from trading.selectors.halts import whom

KIND = "halt"


def imposed(receipt: HaltReceipt, *, at: datetime) -> None:
    """A halt is in force; to whoever pressed the button it is no more than a note."""
    halt, key = receipt.halt, _key(receipt.halt, "imposed")
    title = f"{whom(halt)} is halted"
    body = f"Because: {halt.reason}. Nothing can be opened until the halt is lifted; what is held can be closed."
    link = reverse("trading:halt_receipt", args=[receipt.pk])
    mine, others = _split(_concerned(halt), receipt.asked_by)
    for people, urgency in ((mine, Urgency.INFO), (others, Urgency.CRITICAL)):
        notify_people(people, kind=KIND, title=title, body=body, urgency=urgency, link=link, key=key, at=at)


def worked_on(receipt: HaltReceipt, *, at: datetime) -> None:
    """The work of a halt is done, or takes longer than it should."""
    stopped = whom(receipt.halt)
    if receipt.state == ReceiptState.DONE:
        title, urgency = f"{stopped}: the halt is complete", Urgency.INFO
        body = "The venue has confirmed that nothing is left to cancel" + (" or to close." if receipt.flatten else ".")
    elif receipt.state == ReceiptState.INCOMPLETE:
        title, urgency = f"{stopped}: the halt is not finished", Urgency.CRITICAL
        body = "Something is still open at the venue. It is asked again and again; the receipt says what is left."
    else:
        return
    link = reverse("trading:halt_receipt", args=[receipt.pk])
    people = who_were_told(_key(receipt.halt, "imposed"))
    key = f"halt:{receipt.pk}:{receipt.state}"
    notify_people(people, kind=KIND, title=title, body=body, urgency=urgency, link=link, key=key, at=at)


def lifted(receipt: HaltReceipt, *, reason: str, at: datetime) -> None:
    """A halt is lifted; told to everybody who was told of it."""
    body = f"The halt is lifted: {reason}. What it canceled or closed stays as it is."
    notify_people(
        who_were_told(_key(receipt.halt, "imposed")), kind=KIND, title=f"{whom(receipt.halt)} may go on",
        body=body, urgency=Urgency.WARNING, link=reverse("trading:halt_receipt", args=[receipt.pk]),
        key=_key(receipt.halt, "lifted"), at=at,
    )  # fmt: skip


def _concerned(halt: Halt) -> list[User]:
    """Of the house's halt everybody with something at stake, and who runs the place; else the person whom it stops."""
    owner = halts.owner_of(halt)
    return [*at_stake(), *operators()] if owner is None else [owner]


def _split(people: list[User], by: User | None) -> tuple[list[User], list[User]]:
    key = None if by is None else by.pk
    return [one for one in people if one.pk == key], [one for one in people if one.pk != key]


def _key(halt: Halt, what: str) -> str:
    return f"halt:{halt.pk}:{what}"
