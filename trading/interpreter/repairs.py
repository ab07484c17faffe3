"""Corrections inside one sentence: "buy 10 apple, no, make it 5"; "…, sorry, microsoft"; "…, no wait, at 175"."""

from dataclasses import replace

from trading.interpreter import guards, lexicon
from trading.interpreter.assemble import build
from trading.interpreter.bounds import read_bound
from trading.interpreter.explain import explain
from trading.interpreter.frame import Frame
from trading.interpreter.grammar import past_openers, read_sentence
from trading.interpreter.grammar_orders import Before, read_orders, read_terms
from trading.interpreter.interpretation import HALF, HIGH, Action, CancelOrders, Context, CreateAlert, Interpretation
from trading.interpreter.phrases import Phrases
from trading.interpreter.reader import Reader

# What takes back the words before it, so that a whole new command may follow.
REVOKES = Phrases.of(
    "no|nope|nah|scratch that|strike that|cancel that|i mean|i meant|i meant to say|correction|wrong|forget that|"
    "never mind|nevermind|no wait|wait no|delete that|undo that|my mistake|my bad|check that|i misspoke|not that"
)
# What only hesitates; alone it may announce another order as well as a better one.
HESITATES = Phrases.of(
    "wait|sorry|oops|actually|rather|or rather|hold on|hang on|hmm|whoops|on second thought|excuse me|pardon|better|"
    "well|let me rephrase|let me correct that|second thought|hold up"
)
ANEW = Phrases.of(
    "make it|make that|change it to|change that to|let us make it|let us make that|let us do|let us say|do|make them|"
    "it should be|that should be|should be|it is|better make it|i said|i want|go with|use|switch it to|switch to|"
    "it should have been|instead|say|just|and|but|the|for|that is|to be|change it|switch that to|better do"
)
GLUE = frozenset({",", ".", "-", "!", ";", ":", "oh", "ah", "um", "uh", "ok", "okay", "please"})
TAIL = frozenset(
    {"oh", "ah", "please", ".", "!", "instead", "thanks", "then", ",", "actually", "rather", "shares", "total"}
)
SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")
PRICES = ("limit", "stop", "trail_amount", "trail_percent")
EXITS = ("stop_loss_price", "stop_loss_percent", "take_profit_price", "take_profit_percent")
LEG = ("right", "strike", "expiration", "effect")
REST = ("condition", "time_in_force")


def repair(reader: Reader) -> Interpretation | None:
    """What was meant where a later part of the sentence puts an earlier one right; None where none does."""
    if not any(reader.is_phrase(table, at) for table in (REVOKES, HESITATES, ANEW) for at in range(2, _count(reader))):
        return None
    return _anew(reader) or _mended(reader) or _other_command(reader)


def _other_command(reader: Reader) -> Interpretation | None:
    """ "alert me when BTC hits 100k, no, 110k"; "cancel my Apple orders, I mean my Tesla orders"."""
    for start, end, _ in reversed(_splits(reader)):
        first, last = _part(reader, 0, start), _part(reader, end, _count(reader))
        said = read_sentence(first)
        if said.unread or said.questions or len(said.actions) != 1 or guards.vetoes(last) or guards.vetoes(first):
            continue
        (action,) = said.actions
        amount = reader.amount(end)
        if isinstance(action, CreateAlert) and amount and _ends(reader, end + amount.length):
            value = amount.value.copy_sign(action.when.value)
            mended: Action = replace(action, when=replace(action.when, value=value))
        elif isinstance(action, CancelOrders):
            again = read_sentence(replace(first, tokens=[*first.tokens[:1], *last.tokens]))
            if again.unread or again.questions or len(again.actions) != 1:
                return None
            mended = again.actions[0]
        else:
            return None
        if type(mended) is not type(action) or mended.missing:
            return None
        return Interpretation(actions=(mended,), confidence=HIGH, explanation=explain([mended]))
    return None


def _count(reader: Reader) -> int:
    return len(reader.tokens)


def _marker(reader: Reader, at: int) -> tuple[int, bool] | None:
    """How many tokens the words of correction here take, and whether they take back what was said."""
    begin, revokes, found = at, False, False
    while at < _count(reader):
        if length := reader.is_phrase(REVOKES, at):
            revokes = found = True
        elif length := reader.is_phrase(HESITATES, at):
            found = True
        elif reader.low(at) in GLUE:
            length = 1
        elif length := reader.is_phrase(ANEW, at):
            if not found and not reader.is_phrase(MAKES, at):
                break
            found = True
        else:
            break
        at += length
    return (at - begin, revokes) if found else None


MAKES = Phrases.of(
    "make it|make that|change it to|change that to|let us make it|let us make that|it should be|that should be|"
    "better make it|and make it|and make that|switch that to|switch it to"
)


def _splits(reader: Reader) -> list[tuple[int, int, bool]]:
    """Where the sentence may be split: the end of the first part, the begin of the second, and how hard the break."""
    found: list[tuple[int, int, bool]] = []
    at = 1
    while at < _count(reader):
        bound = read_bound(reader, at)
        marker = _marker(reader, at) if bound is None and reader.low(at) not in GLUE else None
        if marker and at + marker[0] < _count(reader):
            first = at
            while first > 1 and reader.low(first - 1) in GLUE:
                first -= 1
            found.append((first, at + marker[0], marker[1]))
        at += bound[1] if bound else marker[0] if marker else 1
    return found


def _part(reader: Reader, start: int, end: int) -> Reader:
    return replace(reader, tokens=reader.tokens[start:end], context=Context(held=reader.context.held))


def _anew(reader: Reader) -> Interpretation | None:
    """ "buy 10 apple, no wait, sell 10 apple": the second command stands for the first."""
    for start, end, revokes in reversed(_splits(reader)):
        first, second = _part(reader, 0, start), _part(reader, end, _count(reader))
        said, meant = read_sentence(first), read_sentence(second)
        whole = not meant.unread and not meant.questions and not meant.short_sale and len(meant.actions) == 1
        if not whole or not meant.actions[0].TRADES or meant.has_question_mark:
            continue
        if said.unread or not said.actions or not _takes_back(said, meant.last_symbol, revokes=revokes):
            continue
        if guards.vetoes(second) or any(action.missing for action in meant.actions):
            return None
        return Interpretation(actions=tuple(meant.actions), confidence=HIGH, explanation=explain(meant.actions))
    return None


def _takes_back(said: object, symbol: str | None, *, revokes: bool) -> bool:
    """Whether the first command is taken back: plainly, or by saying the same instrument again."""
    return revokes or (symbol is not None and getattr(said, "last_symbol", None) == symbol)


def _mended(reader: Reader) -> Interpretation | None:
    frame = _frame(reader)
    if frame is None:
        return None
    built = build(reader, frame, last_symbol=None)
    question = built.questions[0] if built.questions else None
    action = built.action if built.action.missing or not question else built.action.held("clarification")
    return Interpretation(
        actions=(action,), question=question, confidence=HALF if question else HIGH, explanation=explain([action])
    )


def _frame(reader: Reader) -> Frame | None:
    """The order of the first part with the fields of the last; None where either is not wholly read."""
    for start, end, _ in reversed(_splits(reader)):
        first = _part(reader, 0, start)
        before = _frame(first) or _whole(first)
        if before is None or guards.vetoes(_part(reader, end, _count(reader))):
            continue
        return _corrected(reader, end, before)
    return None


def _whole(reader: Reader) -> Frame | None:
    """The one order that these words are, however much of it is still missing."""
    if guards.vetoes(reader):
        return None
    at = past_openers(reader)
    read = read_orders(reader, at, starts_command=lambda _reader, _at: False, before=Before(None, {}))
    if read is None or len(read.frames) != 1 or not _ends(reader, read.end):
        return None
    return read.frames[0] if read.frames[0].side and not read.frames[0].is_everything else None


def _ends(reader: Reader, at: int) -> bool:
    """Whether nothing but courtesy is left."""
    while reader.low(at) in TAIL or reader.is_phrase(lexicon.FILLERS, at):
        at += max(1, reader.is_phrase(lexicon.FILLERS, at))
    return at >= _count(reader)


def _corrected(reader: Reader, at: int, said: Frame) -> Frame | None:
    """The order with what the last words name in place of what was said before."""
    at = past_openers(reader, at)
    new = Frame(start=at, side=said.side, verb=said.verb, is_option=said.is_option)
    new.is_money_verb = said.is_money_verb or (said.notional is not None and said.quantity is None)
    for table, side in ((lexicon.BUY, "buy"), (lexicon.SELL, "sell")):
        if length := reader.is_phrase(table, at):
            new.side, new.verb, new.is_money_verb, at = side, reader.said(at, at + length).lower(), False, at + length
            break
    bare = reader.amount(at)
    lone = bare is not None and bare.kind != "percent" and _ends(reader, at + bare.length)
    end = read_terms(reader, new, at)
    if not _ends(reader, end) or new.is_vague or (end == at and new.side == said.side):
        return None
    if reader.low(at - 1) == "no" and new.has_size and new.name and (said.name or said.has_size):
        new.doubt("Shall I do that instead?")
    if lone and bare is not None and (slot := _only_figure(said)):
        for size in SIZES:
            setattr(new, size, None)
        setattr(new, slot, bare.value)
    elif lone and _has_figures(said):
        new.doubt("Is that the new size, or the new price?")
    return _merged(said, new)


def _only_figure(frame: Frame) -> str | None:
    """The one price of an order whose size is no figure: what a lone new figure must be."""
    figures = [slot for slot in PRICES if getattr(frame, slot) is not None]
    plain = frame.quantity is None and frame.notional is None and frame.condition is None and not frame.is_option
    return figures[0] if len(figures) == 1 and plain and not frame.schedule_parts else None


def _has_figures(frame: Frame) -> bool:
    figures = (*PRICES, *EXITS, "condition", "strike")
    return bool(frame.schedule_parts) or any(getattr(frame, slot) is not None for slot in figures)


def _merged(said: Frame, new: Frame) -> Frame:
    changed = {slot: getattr(new, slot) for slot in (*REST, *LEG) if getattr(new, slot) is not None}
    for group in (SIZES, PRICES):
        if group == PRICES and new.limit is not None and (said.stop is not None or said.condition is not None):
            new.doubt("Which of the prices shall I change?")
        if any(getattr(new, slot) is not None for slot in group):
            changed |= {slot: getattr(new, slot) for slot in group}
    for kind in ("stop_loss", "take_profit"):
        pair = (f"{kind}_price", f"{kind}_percent")
        if any(getattr(new, slot) is not None for slot in pair):
            changed |= {slot: getattr(new, slot) for slot in pair}
    if new.name is not None:
        changed |= {"name": new.name, "is_pronoun": new.is_pronoun}
    if new.side != said.side:
        changed |= {"side": new.side, "verb": new.verb, "is_close": False, "is_money_verb": False}
    if new.schedule_parts:
        changed["schedule_parts"] = new.schedule_parts
    if new.order_type is not None:
        changed["order_type"] = new.order_type
    merged = replace(said, **changed)
    merged.limit_direction, merged.doubts = new.limit_direction, [*said.doubts, *new.doubts]
    merged.is_vague = said.is_vague and not new.has_size
    merged.spans = {**said.spans, **new.spans}
    return merged
