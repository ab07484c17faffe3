"""Checks what a model proposes against the person's own words: whatever is not in them is named, and nothing goes on.

The model's words, what its tools answered, its memory and its instructions count for nothing here. A proposal is only
left as it stands where the instrument, the side, every figure and every term are found in what the person said, and
nothing of what they said is left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from marketdata.names import NameIndex
from trading.interpreter import guards
from trading.interpreter.explain import explain
from trading.interpreter.interpretation import HALF, HIGH, Action, Context, Interpretation
from trading.interpreter.model.answer import Answer, Difference, Draft
from trading.interpreter.model.checking import Check
from trading.interpreter.model.stated import stated
from trading.interpreter.model.words import Said
from trading.interpreter.reader import Reader

MOST_ACTIONS = 20
HELD_FIELDS = frozenset({"symbol", "side"})
UNSURE = "I am not sure that you ask for this."
SAY_IT = "Please say it plainly: what, how much, and at which price."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the person said, and the context that the embedded reader knows: what an answer of theirs answers."""

    now: str
    index: NameIndex
    as_of: datetime
    context: Context


def verify(draft: Draft, words: Words) -> Answer:
    """The model's draft as an answer; what it proposes beyond the person's words is held with a question."""
    if not draft.actions:
        return _answer(draft, Interpretation(confidence=HIGH, explanation=_first_words(draft.text)))
    reader = Reader.of(words.now, index=words.index, as_of=words.as_of, context=words.context)
    actions, differences = _checked(draft.actions, reader)
    refusal = _refusal(reader, len(draft.actions))
    grave = [difference for difference in differences if difference.is_grave]
    if refusal is None and not grave:
        meaning = Interpretation(actions=tuple(actions), confidence=HIGH, explanation=explain(actions))
        return _answer(draft, meaning, differences)
    if refusal is not None:
        differences = [refusal, *differences]
    held = tuple(_held(action, grave) for action in draft.actions[:MOST_ACTIONS])
    question = refusal.text if refusal else _question(grave)
    meaning = Interpretation(actions=held, question=question, confidence=HALF, explanation=explain(held))
    return _answer(draft, meaning, differences)


def _checked(actions: Sequence[Action], reader: Reader) -> tuple[list[Action], list[Difference]]:
    """Each action against the words, and then the words against all of them.

    Where the words state just these actions, they are carried out as the embedded reader reads them.
    """
    check = Check(Said.of(reader))
    kept = [check.time_in_force(action) for action in actions]
    own = stated(reader, len(actions))
    if own and _bare(own) == _bare(kept):
        return list(own), check.differences
    for action in kept:
        check.action(action)
    check.left_over()
    if not any(difference.is_grave for difference in check.differences):
        check.differences.append(Difference(part="words", text=UNSURE))
    return kept, check.differences


def _bare(actions: Sequence[Action]) -> list[Action]:
    """The actions without the words that made them."""
    return [replace(action, spans={}, missing=()) for action in actions]


def _refusal(reader: Reader, count: int) -> Difference | None:
    """Why words like these are no instruction at all, whatever a model makes of them."""
    if count > MOST_ACTIONS:
        return Difference(part="words", text=f"Those are {count} instructions at once. Which should come first?")
    refused = guards.refusal(reader)
    if refused is not None:
        return Difference(part="words", text=refused.question or f"{refused.reason} {SAY_IT}")
    if guards.vetoes(reader):
        return Difference(part="words", text="Do you want me to do that, or not? Please say it plainly.")
    if Said(reader).asks:
        return Difference(part="words", text="Is that a question, or shall I do it? Please say it plainly.")
    return None


def _held(action: Action, grave: Sequence[Difference]) -> Action:
    """The action as one that nobody can confirm: it lacks what the person did not say."""
    for part in sorted({difference.part for difference in grave} & HELD_FIELDS):
        action = action.held(part)
    action = replace(action, spans={})
    return action.held("clarification")


def _question(grave: Sequence[Difference]) -> str:
    return f"{grave[0].text} {SAY_IT}"


def _first_words(text: str) -> str:
    sentence = text.strip().split("\n")[0]
    return sentence if len(sentence) <= 200 else f"{sentence[:199]}…"


def _answer(draft: Draft, meaning: Interpretation, differences: Sequence[Difference] = ()) -> Answer:
    return Answer(
        interpretation=meaning,
        text=draft.text,
        steps=draft.steps,
        sources=draft.sources,
        differences=tuple(differences),
        tokens=draft.tokens,
        model=draft.model,
    )
