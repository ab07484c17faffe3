"""Which of a person's own accounts a sentence names: "in my Practice account", "in both accounts", "in A and B".

An account belongs to the desk and not to the reader: its words are taken out before the sentence is read. Nobody
else's account can be named, because only the person's own are looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from accounts.models import User
from brokers.accounts import accounts_of, archived_accounts_of
from brokers.models import BrokerAccount
from trading.desk.steps import Json
from trading.interpreter.interpretation import HALF, Action, Interpretation, ModifyOrder, PlaceOrder

_IN = r"(?:in|into|inside|within|from|out of|with|using|via|through|on|for|to)"
# Over several accounts: each of them that much, or all of them together?
_OVER = r"(?:across|between|among|over|throughout)"
_ALL = (
    r"(?:(?:both|each|every|all)(?: one)?(?: of)?(?: my| the| our)?(?: (?:two|three|four|five|\d))?(?: trading)?"
    r" accounts?|each of them|(?:my|the|our) (?:two|three|four|five|\d) accounts|my accounts)"
)
_OWNER = r"(?:my|the|our|a|an|his|her|their|your|[\w.-]+'s)"
# Words that cannot be part of an account's name: the name begins after them.
_NO_NAME = r"(?!(?:in|into|from|with|using|via|through|on|for|to|of|at|and|or|my|the|our|all|both|each|every)\b)"
_UNKNOWN = re.compile(
    rf"\b{_IN} (?P<owner>{_OWNER} )?(?P<name>(?:{_NO_NAME}[\w&'.-]+ ){{1,4}})accounts?\b", re.IGNORECASE
)
_EVERY = re.compile(rf"\b(?:(?P<over>{_OVER})|{_IN}) {_ALL}(?=$|[\s,.;!?])", re.IGNORECASE)
_JOINED = re.compile(r"\s*(?:,\s*and|,|and|&|\+)\s*(?:in |into |from )?(?:my |the |our )?", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
PLACE_KEPT = "in my account"
WHICH = "In which account?"

IsInstrument = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence without its accounts: which were named, and what to ask where they are not clear."""

    text: str
    accounts: tuple[BrokerAccount, ...] = ()
    question: str | None = None
    # Whether the words before the accounts are followed by more: what comes after may be meant elsewhere.
    is_inside: bool = False
    # Whether it may be the sum of all accounts that was said.
    is_over: bool = False
    kept: str = ""


def hear(user: User, text: str, *, is_instrument: IsInstrument) -> Heard:
    """The accounts that a sentence names, and the sentence without them."""
    said = _SPACE.sub(" ", text).strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not re.search(r"\baccounts?\b", said, re.IGNORECASE) and not re.search(rf"\b{_IN} ", said, re.IGNORECASE):
        return Heard(text)
    own, old = list(accounts_of(user)), list(archived_accounts_of(user))
    heard = _once(said, own, old, is_instrument=is_instrument)
    if heard is None:
        return Heard(text)
    if _once(heard.text, own, old, is_instrument=is_instrument) is not None:
        return replace(heard, question="What goes to which account? Say one after the other, please.")
    return heard


def _once(
    said: str, own: Sequence[BrokerAccount], old: Sequence[BrokerAccount], *, is_instrument: IsInstrument
) -> Heard | None:
    """The first accounts that a sentence names; None where it names none."""
    if every := _EVERY.search(said):
        return _every(said, every, own)
    if named := _own(said, [*own, *old], is_instrument=is_instrument):
        return named
    if unknown := _UNKNOWN.search(said):
        which = f"You have no account called “{unknown['name'].strip()}”. {_yours(own)}"
        return replace(_without(said, unknown.start(), unknown.end()), question=which)
    return None


def with_accounts(meaning: Interpretation, heard: Heard) -> Interpretation:
    """The actions with the accounts that were named for them; a question where it is not clear which, or how much."""
    question = heard.question or _unclear(meaning.actions, heard)
    if question and any(action.TRADES for action in meaning.actions):
        held = tuple(action.held("account") if action.TRADES else action for action in meaning.actions)
        return replace(meaning, actions=held, question=heard.question or meaning.question or question, confidence=HALF)
    if heard.question and (meaning.actions or meaning.question):
        return Interpretation(question=heard.question, confidence=HALF, explanation=heard.question)
    if not heard.accounts or not meaning.actions:
        return meaning
    ids = tuple(str(account.public_id) for account in heard.accounts)
    actions = tuple(replace(action, accounts=ids) for action in meaning.actions)
    names = _listed([account.name for account in heard.accounts])
    return replace(meaning, actions=actions, explanation=f"{meaning.explanation.rstrip('.')}, in {names}.")


def name_in(meaning: Json, heard: Heard) -> Json:
    """The same to what a model made of the whole sentence: it knows of no accounts either."""
    actions = meaning["actions"]
    unclear = heard.question or (WHICH if heard.is_over or (heard.is_inside and len(actions) > 1) else None)
    if unclear and any(action["type"] not in {"query", "create_alert"} for action in actions):
        held = [{**action, "missing": [*(action.get("missing") or []), "account"]} for action in actions]
        return {**meaning, "actions": held, "question": meaning["question"] or unclear}
    if not heard.accounts:
        return meaning
    ids = [str(account.public_id) for account in heard.accounts]
    return {**meaning, "actions": [{**action, "accounts": ids} for action in actions]}


def _unclear(actions: Sequence[Action], heard: Heard) -> str | None:
    if not heard.accounts:
        return None
    if len(actions) > 1 and heard.is_inside:
        return f"Is all of that for {_listed([account.name for account in heard.accounts])}, or only the first part?"
    if len(heard.accounts) > 1 and any(isinstance(action, ModifyOrder) for action in actions):
        return "Which account's order shall I change?"
    sized = any(isinstance(action, PlaceOrder) and action.order.percent_of_position is None for action in actions)
    if heard.is_over and sized and len(heard.accounts) > 1:
        return (
            "That much in each account, or in all of them together? Say “in each account”, or a size for one of them."
        )
    return None


def _every(said: str, found: re.Match[str], own: Sequence[BrokerAccount]) -> Heard:
    words = found[0].lower()
    count = re.search(r"both|two|three|four|five|\d", words)
    wanted = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5}.get(count[0], 0) if count else len(own)
    wanted = int(count[0]) if count and count[0].isdigit() else wanted
    heard = _without(said, found.start(), found.end())
    if wanted != len(own):
        return replace(heard, question=f"{_yours(own)} Which of them?")
    return replace(heard, accounts=tuple(own), is_over=found["over"] is not None)


def _own(said: str, known: Sequence[BrokerAccount], *, is_instrument: IsInstrument) -> Heard | None:
    """The own accounts named here, one or a list of them; without the word "account" only where none else can be."""
    names = sorted({account.name for account in known}, key=len, reverse=True)
    one = "|".join(re.escape(_SPACE.sub(" ", name)) for name in names)
    if not one:
        return None
    lead = rf"\b(?:(?P<over>{_OVER})|(?P<in>{_IN})|(?=(?:my|the|our) )) ?(?P<mine>(?:my|the|our) )?"
    listed = rf"(?P<names>(?:{one})(?:{_JOINED.pattern}(?:{one}))*)"
    for found in re.finditer(rf"{lead}{listed}(?P<noun> accounts?)?(?=$|[\s,.;!?'])", said, re.IGNORECASE):
        chosen = re.findall(one, found["names"], re.IGNORECASE)
        bare = found["noun"] is None
        if bare and (found["in"] or "").lower() not in {"in", "into", "from"}:
            continue
        if bare and any(is_instrument(name) for name in chosen):
            continue
        begin = found.start() if found["in"] or found["over"] else found.start("names")
        heard = _without(said, begin, found.end(), is_possessed=not (found["in"] or found["over"]))
        accounts: list[BrokerAccount] = []
        for name in chosen:
            called = [account for account in known if _SPACE.sub(" ", account.name).casefold() == name.casefold()]
            open_ones = [account for account in called if account.archived_at is None]
            if len(open_ones) > 1:
                return replace(heard, question=f"You have {len(open_ones)} accounts called “{name}”: rename one first.")
            accounts += (open_ones or called)[:1]
        return replace(heard, accounts=tuple(dict.fromkeys(accounts)), is_over=found["over"] is not None)
    return None


def _without(said: str, begin: int, end: int, *, is_possessed: bool = False) -> Heard:
    """The sentence with the words about accounts taken out; `kept` says plainly "my account" in their place."""
    before, after = said[:begin].rstrip(" ,"), said[end:].lstrip(" ,")
    if is_possessed:
        text = f"{said[:begin]}account{said[end:]}"
        return Heard(text, kept=text)
    text = f"{before} {after}" if after[:1].isalnum() or after[:1] in "$(" else f"{before}{after}"
    kept = f"{before} {PLACE_KEPT} {after}"
    return Heard(text.strip(), is_inside=bool(before) and any(mark.isalnum() for mark in after), kept=kept.strip())


def _yours(own: Sequence[BrokerAccount]) -> str:
    return (
        f"Your accounts are {_listed([account.name for account in own])}."
        if len(own) > 1
        else (f"Your account is {own[0].name}." if own else "You have no account yet.")
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
