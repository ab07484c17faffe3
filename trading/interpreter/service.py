"""The embedded interpreter: one sentence in, one interpretation out; no clock, no network, no database."""

from datetime import datetime

from marketdata.names import NameIndex
from trading.interpreter import guards, lexicon
from trading.interpreter.corrections import correct
from trading.interpreter.explain import explain
from trading.interpreter.followups import follow
from trading.interpreter.grammar import Reading, past_openers, read_sentence
from trading.interpreter.interpretation import GOOD, HALF, HIGH, LITTLE, SOME, Action, Context, Interpretation, overall
from trading.interpreter.reader import Reader
from trading.interpreter.repairs import repair
from trading.interpreter.tokens import MAX_CHARACTERS

MOST_ACTIONS = 20
SURELY = "Is that an instruction? Please say it plainly: what, how much, and at which price."
NOTHING_READ = "I found nothing to do in that."


def interpret(text: str, *, index: NameIndex, as_of: datetime, context: Context | None = None) -> Interpretation:
    """What a sentence asks for: typed actions, or a question, or nothing."""
    if len(text) > MAX_CHARACTERS:
        return Interpretation(
            question="That is too long for one instruction. What should I do first?", explanation=NOTHING_READ
        )
    reader = Reader.of(text, index=index, as_of=as_of, context=context or Context())
    if not reader.tokens:
        return Interpretation(explanation=NOTHING_READ)
    if corrected := follow(reader) or correct(reader) or repair(reader):
        return corrected
    reading = read_sentence(reader)
    refused = guards.refusal(reader)
    if refused and guards.changes_rules(reader):
        return Interpretation(question=refused.question, confidence=HIGH, explanation=refused.reason)
    if reading.unread is not None or reading.short_sale:
        return _unread(reader, reading, refused)
    return _complete(reader, reading)


def _only_queries(actions: list[Action]) -> bool:
    return bool(actions) and not any(action.TRADES for action in actions)


def _unread(reader: Reader, reading: Reading, refused: guards.Refusal | None) -> Interpretation:
    """Something was not understood: nothing of the sentence may act."""
    if reading.short_sale and refused is None:
        return Interpretation(
            question="Short selling is not offered here. Do you want to sell shares you hold, or buy a put?",
            confidence=GOOD,
            explanation="Short selling is not offered.",
        )
    if refused is not None:
        question = refused.question or (SURELY if _opens_as_command(reader) else None)
        return Interpretation(question=question, confidence=HIGH, explanation=refused.reason)
    trades = [action for action in reading.actions if action.TRADES]
    if not reading.actions and not _sounds_like_trade(reader):
        return Interpretation(confidence=LITTLE, explanation=NOTHING_READ)
    start, end = reading.unread or (0, len(reader.tokens))
    words = reader.said(start, min(end, start + 8))
    held = tuple(action.held("clarification") for action in trades)
    question = (
        reading.questions[0] if reading.questions else f"I did not understand “{words}”. Could you say it another way?"
    )
    return Interpretation(
        actions=held, question=question, confidence=SOME, explanation=f"Not all of that was understood: “{words}”."
    )


def _opens_as_command(reader: Reader) -> bool:
    """Whether the sentence begins as an instruction does, whatever follows it."""
    at = past_openers(reader)
    return any(reader.is_phrase(table, at) for table in (lexicon.BUY, lexicon.SELL)) and len(reader.tokens) > at + 1


def _sounds_like_trade(reader: Reader) -> bool:
    """Whether any word of the trade stands in the sentence, so that a question is worth asking."""
    words = {
        "buy",
        "sell",
        "purchase",
        "shares",
        "share",
        "order",
        "orders",
        "trade",
        "invest",
        "position",
        "cancel",
        "close",
        "stop",
        "limit",
        "alert",
        "notify",
        "rebalance",
        "change",
        "modify",
        "roll",
        "hedge",
        "calls",
        "puts",
        "option",
        "options",
        "strategy",
        "yolo",
        "portfolio",
    }
    return any(token.low in words for token in reader.tokens) or any(
        token.kind in {"number", "cashtag"} for token in reader.tokens
    )


def _complete(reader: Reader, reading: Reading) -> Interpretation:
    """Every word was understood."""
    actions = reading.actions
    if _only_queries(actions):
        question = reading.questions[0] if reading.questions else None
        return Interpretation(
            actions=tuple(actions),
            question=question,
            confidence=HALF if question else HIGH,
            explanation=explain(actions),
        )
    questions = list(reading.questions)
    if guards.vetoes(reader):
        questions.insert(0, "Do you want me to do that, or not? Please say it plainly.")
    if len(actions) > MOST_ACTIONS:
        questions.insert(0, f"Those are {len(actions)} instructions at once. Which should come first?")
    if reading.has_question_mark and not reading.is_polite:
        questions.append("Is that a question, or shall I do it?")
    if not actions:
        return Interpretation(confidence=HALF, explanation=NOTHING_READ)
    if questions:
        held = tuple(
            action if action.missing or not action.TRADES else action.held("clarification") for action in actions
        )
        return Interpretation(actions=held, question=questions[0], confidence=HALF, explanation=explain(actions))
    return Interpretation(actions=tuple(actions), confidence=overall(reading.sureness), explanation=explain(actions))
