"""Where an order came from: the words, the rule, the stop, the condition or the halt that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from accounts.models import ModelCall
from arbion.domain.enums import GroupRole, Source
from arbion.lib.templatetags.arbion import words as in_words
from marketdata.conditions.words import waits_for
from trading.explain.entry import Entry, Facts, Reading
from trading.models import Order, OrderCondition, Proposal, RepeatingRun, Stop
from trading.schedules.reading import view_of
from trading.templatetags.orders import title
from trading.templatetags.stops import stop_past

_PROPOSED = re.compile(r"desk:([0-9a-f-]{36}):(\d+)")
_STOP = re.compile(r"stop:([0-9a-f-]{36}):")
DOORS = {
    Source.TICKET: "Asked for on the order ticket",
    Source.API: "Asked for by a program, through the REST interface",
    Source.DESK: "Asked for in the conversation with the desk",
    Source.STRATEGY: "A strategy asked for it",
    Source.AGENT: "An agent asked for it",
    Source.WEBHOOK: "A webhook asked for it",
    Source.SCHEDULE: "A repeating order came round",
    Source.RISK: "The risk desk asked for it",
}
# The house acts under keys of its own.
HOUSE = {
    "halt:": "A halt closed the position",
    "margin-call:": "A margin call bought back what was owed",
    "stop:": "A stop went off",
}
LABELS = {
    "symbol": "Symbol", "side": "Side", "quantity": "Quantity", "notional": "Money",
    "percent_of_position": "Percent of the position", "percent_of_cash": "Percent of the cash", "order_type": "Type",
    "limit_price": "Limit", "stop_price": "Stop", "trail_amount": "Trail", "trail_percent": "Trail in percent",
    "time_in_force": "Time in force", "option": "Option", "when": "Condition", "every": "Repeats",
}  # fmt: skip
# The reader names some words by the part of the sentence, not by the field.
SPANS = {"limit_price": ("limit_price", "limit"), "stop_price": ("stop_price", "stop"), "order_type": ("order_type",)}
NOT_SAID = frozenset({"asset_class"})


def proposal_of(order: Order) -> tuple[Proposal, Mapping[str, Any]] | None:
    """The sentence's proposal and the one of its actions that made the order."""
    found = _PROPOSED.match(order.intent.client_key)
    if found is None:
        return None
    proposal = Proposal.objects.filter(pk=UUID(found[1]), user_id=order.intent.user_id).first()
    actions = proposal.interpretation.get("actions", []) if proposal else []
    number = int(found[2])
    return (proposal, actions[number]) if proposal and number < len(actions) else None


def stop_of(order: Order) -> Stop | None:
    """The stop that made the order, or that it stands for at its venue."""
    found = _STOP.match(order.intent.client_key) if order.intent.source == Source.RISK else None
    return Stop.objects.select_related("instrument").filter(pk=UUID(found[1])).first() if found else None


def run_of(order: Order) -> RepeatingRun | None:
    """The time of a repeating order that made the order."""
    rows = RepeatingRun.objects.select_related("repeating__instrument", "repeating__account", "repeating__user")
    return rows.filter(order=order).first()


def condition_of(order: Order) -> OrderCondition | None:
    """What the order waits for, or waited for."""
    return OrderCondition.objects.select_related("instrument").filter(order=order).first()


def origin(order: Order) -> Iterator[Entry]:
    """How it came to be asked for, oldest first."""
    proposed, stop, run = proposal_of(order), stop_of(order), run_of(order)
    if proposed is not None:
        yield from _said(*proposed)
    if run is not None:
        yield from _came_round(run)
    if stop is not None:
        yield from _went_off(stop)
    intent = order.intent
    key = next((said for start, said in HOUSE.items() if intent.client_key.startswith(start)), "")
    text = f"“{intent.words}”" if intent.words and proposed is None else ""
    entry = order.group.orders.filter(group_role=GroupRole.ENTRY).first() if order.group is not None else None
    if entry is not None and entry.pk != order.pk:
        text = f"It came with “{title(entry)}” and follows it."
    yield Entry(
        at=intent.created_at,
        kind="asked",
        title=key if key and intent.source == Source.RISK else DOORS[Source(intent.source)],
        text=text,
        by=str(intent.user.email),
        facts=_fields(intent.instruction),
        raw={"client_order_id": intent.client_key, "instruction": intent.instruction},
        link=reverse("trading:order", args=[entry.pk]) if entry is not None and entry.pk != order.pk else "",
    )
    waited = condition_of(order)
    if waited is not None:
        yield from _waited(waited)


def readings(order: Order) -> tuple[Reading, ...]:
    """Which words of the sentence made which field; nothing for an order that no sentence made."""
    proposed = proposal_of(order)
    if proposed is None:
        return ()
    action = proposed[1]
    spans = action.get("spans", {})
    found = []
    for name, value in _values(action):
        said = next((spans[key] for key in SPANS.get(name, (name,)) if spans.get(key)), "")
        found.append(Reading(field=_label(name), value=value, words=str(said)))
    return tuple(found)


def _said(proposal: Proposal, action: Mapping[str, Any]) -> Iterator[Entry]:
    person = str(proposal.user.email)
    yield Entry(at=proposal.created_at, kind="asked", title="Said to the desk", text=f"“{proposal.text}”", by=person)
    yield from _model_asked(proposal)
    read = proposal.interpretation
    sureness = read.get("confidence")
    facts = (("How sure the reader was", f"{sureness:.0%}"),) if sureness is not None else ()
    steps = [_text(step) for step in read.get("steps") or ()]
    differences = [_text(one) for one in read.get("differences") or ()]
    more: Facts = tuple(("The model's step", step) for step in steps)
    more += tuple(("Not in the words", one) for one in differences)
    yield Entry(
        at=proposal.created_at,
        kind="read",
        title="Understood as",
        text=str(read.get("explanation") or ""),
        facts=facts + more,
        raw={"action": action},
    )
    settled = proposal.confirmed_at or proposal.executed_at
    if settled is not None:
        how = "Carried out at once, as chosen in the settings" if proposal.at_once else "Confirmed"
        seal = (("Seal of what was shown", proposal.hash),) if proposal.hash else ()
        yield Entry(at=settled, kind="asked", title=how, by=person, facts=seal)


def _model_asked(proposal: Proposal) -> Iterator[Entry]:
    """Every call of a language model that the sentence led to; its words only ever proposed."""
    for call in ModelCall.objects.filter(thread=f"desk:{proposal.pk}", user_id=proposal.user_id).order_by("pk"):
        yield Entry(
            at=call.at,
            kind="read",
            title="A language model was asked",
            text=f"{call.model}: {'it answered' if call.verdict == 'ok' else in_words(call.verdict).lower()}.",
            facts=(
                ("Tokens in and out", f"{call.tokens_in:,} and {call.tokens_out:,}"),
                ("Took", f"{call.latency_ms:,} ms"),
                ("Price", "not known" if call.price is None else f"${call.price:,.4f}"),
            ),
            raw={"messages": call.messages, "reply": call.reply},
        )


def _came_round(run: RepeatingRun) -> Iterator[Entry]:
    repeating, view = run.repeating, view_of(run.repeating)
    link = reverse("trading:repeating_one", args=[repeating.pk])
    text = f"“{repeating.words}”" if repeating.words else ""
    yield Entry(
        at=repeating.created_at,
        kind="asked",
        title="Set up to repeat",
        text=text,
        by=str(repeating.user.email),
        facts=(("Order now", view.what), ("Rule", view.rule)),
        link=link,
    )
    yield Entry(
        at=run.due_at, kind="asked", title="Its time came", text=f"Due on {run.day:%A} {run.day.day} {run.day:%B %Y}."
    )


def _went_off(stop: Stop) -> Iterator[Entry]:
    kind = stop.get_kind_display()
    facts = [("Kind", kind), ("Entry", f"{stop.entry:,.2f}")]
    if stop.level is not None:
        facts.append(("Level", f"{stop.level:,.2f}"))
    yield Entry(at=stop.created_at, kind="asked", title="The stop was attached", text=kind)
    if stop.triggered_at is not None:
        if stop.triggered_price is not None:
            facts.append(("Price that set it off", f"{stop.triggered_price:,.2f}"))
        yield Entry(
            at=stop.triggered_at, kind="seen", title="The stop went off", text=stop_past(stop), facts=tuple(facts)
        )


def _waited(waited: OrderCondition) -> Iterator[Entry]:
    for_what = waits_for(waited.condition, baseline=waited.baseline)
    yield Entry(at=waited.created_at, kind="asked", title="Waits for", text=for_what)
    if waited.fired_at is not None:
        yield Entry(at=waited.fired_at, kind="seen", title="Its condition came true", text=waited.fired_words)


def _values(action: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field that the action says, with its value as text."""
    parts = {**action.get("order", {}), **(action.get("bracket") or {})}
    parts |= {name: action.get(name) for name in ("symbol", "percent", "when", "every") if action.get(name)}
    for name, value in parts.items():
        if value in (None, "") or name in NOT_SAID:
            continue
        yield name, _text(value)


def _fields(instruction: Mapping[str, Any]) -> Facts:
    """The instruction's fields in words; the account is told above."""
    return tuple(
        (_label(name), _text(value))
        for name, value in instruction.items()
        if value not in (None, "", [], False) and name != "account"
    )


def _label(name: str) -> str:
    return LABELS.get(name, in_words(name))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{in_words(str(key)).lower()} {one}" for key, one in value.items() if one not in (None, ""))
    if isinstance(value, list | tuple):
        return "; ".join(_text(one) for one in value)
    return str(value).replace("_", " ") if str(value).islower() else str(value)
