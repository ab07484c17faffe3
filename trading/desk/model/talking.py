"""One turn of the conversation: the embedded reader first, a model where it is needed and there, one answer always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from arbion.domain.errors import Conflict
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit, deferrable
from arbion.lib.ids import IdSource, new_id
from arbion.lib.llm.faults import ModelFault, Stopped
from arbion.lib.llm.port import Role
from brokers.models import BrokerAccount
from marketdata.instruments import name_index
from trading.books.opening import ensure_simulated_account
from trading.desk import at_once, conversation, lines
from trading.desk.accounts_named import name_in
from trading.desk.model import assistants, door
from trading.desk.model.deciding import needs_model
from trading.desk.model.telling import Teller
from trading.desk.model.toolbox import AccountToolbox
from trading.desk.proposing import reply_to
from trading.desk.steps import Json
from trading.execution.usage import usage_of
from trading.interpreter.model import schemas
from trading.interpreter.model.loop import Desk, converse
from trading.interpreter.model.prompt import Asked, Line
from trading.interpreter.model.verify import Words, verify
from trading.models import Answering, Assistant, LineState, MemoryAuthor, Message, Proposal, Speaker

# Nobody works on an answer any more that has been silent for so long.
LOST_AFTER = timedelta(seconds=90)
THINKING = "Thinking…"
BROKE_OFF = "The answer broke off, and nothing of it counts. Ask again."
STOPPED = "Stopped. Nothing of it counts; ask again whenever you like."
WITHOUT_KEY = "A language model could answer this: add a key under Language model in your profile."
WITHOUT_MODEL = "Arbion answered this itself, without the language model."
MOST_LINES = 12


class AnswerStopped(Conflict):
    """The answer was stopped; nothing of it counts."""

    code = "answer_stopped"
    title = "Stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What somebody says to the desk: the words, the account they are about, to whom, and the key of the line."""

    user: User
    text: str
    account: BrokerAccount
    assistant: Assistant | None = None
    key: UUID | None = None


def speak(
    user: User,
    text: str,
    *,
    account: BrokerAccount | None = None,
    assistant: Assistant | None = None,
    key: UUID | None = None,
    clock: Clock = SYSTEM,
) -> Spoken:
    """The sentence as one to the desk. Raises InvalidInput for an empty or overlong text."""
    said = lines.checked(text)
    mine = account or ensure_simulated_account(user, clock=clock)
    return Spoken(user=user, text=said, account=mine, assistant=assistant, key=key)


def begin(spoken: Spoken, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> Message:
    """Answer at once where the embedded reader can; else keep a pending line, and have it worked on afterwards."""
    answer = _open(spoken, clock=clock, ids=ids)
    if answer.state == LineState.PENDING:
        with transaction.atomic():
            after_commit(answer_line, answer.pk)
    return answer


def converse_for(
    spoken: Spoken, *, clock: Clock = SYSTEM, ids: IdSource = new_id, models: door.ModelDoor = door.model_for
) -> Proposal | None:
    """The same for whoever waits for the answer: it is worked on here and now. None where it was stopped."""
    answer = _open(spoken, clock=clock, ids=ids)
    if answer.state == LineState.PENDING:
        work_on(answer.pk, clock=clock, models=models)
        answer.refresh_from_db()
    return answer.proposal


@deferrable
def answer_line(answer_id: int) -> None:
    """Work on a pending answer; a hint that comes twice, or too late, does nothing."""
    work_on(answer_id)


def work_on(answer_id: int, *, clock: Clock = SYSTEM, models: door.ModelDoor = door.model_for) -> None:
    """Ask the model and end the pending line with what came of it, or with the embedded reader's answer."""
    claimed = Answering.objects.filter(answer_id=answer_id, is_begun=False, answer__state=LineState.PENDING)
    if not claimed.update(is_begun=True, beat_at=clock.now()):
        return
    work = Answering.objects.select_related("answer__user", "answer__answers", "account", "assistant").get(
        answer_id=answer_id
    )
    spoken = Spoken(
        user=work.answer.user, text=_question_of(work.answer), account=work.account, assistant=work.assistant
    )
    teller = Teller(work, work.answer.user_id, clock)
    try:
        meaning, details = _ask(work, spoken, teller, clock=clock, models=models)
    except Stopped:
        lines.finish_desk_line(work.answer, STOPPED)
    except ModelFault as fault:
        _end(work, spoken, *_without_model(spoken, fault, clock=clock), clock=clock)
    else:
        _end(work, spoken, meaning, details, clock=clock)
    teller.tell(state="done")


def stop(user: User, answer_id: int) -> None:
    """Ask whoever works on this answer to stop; what has not begun is over at once."""
    rows = Answering.objects.filter(answer_id=answer_id, answer__user=user, answer__state=LineState.PENDING)
    if rows.update(stop_asked=True):
        waiting = Message.objects.filter(pk=answer_id, answering__is_begun=False).first()
        if waiting is not None:
            lines.finish_desk_line(waiting, STOPPED)


def mend(user: User, *, clock: Clock = SYSTEM) -> int:
    """End the pending answers that nobody works on any more; how many there were."""
    since = clock.now() - LOST_AFTER
    lost = Message.objects.filter(user=user, state=LineState.PENDING, answering__beat_at__lt=since)
    return sum(lines.finish_desk_line(line, BROKE_OFF, state=LineState.BROKEN) for line in lost)


# Beginning -----------------------------------------------------------------------------------------------------------
def _open(spoken: Spoken, *, clock: Clock, ids: IdSource) -> Message:
    """The desk's line to what was said: done where the embedded reader suffices, else pending."""
    meaning = conversation.read(spoken.user, spoken.text, account=spoken.account, clock=clock)
    wants = needs_model(meaning)
    has_model = wants and door.is_there_for(spoken.user)
    with transaction.atomic():
        line = lines.store_person_line(spoken.user, spoken.text, at=clock.now(), key=spoken.key)
        if earlier := line.answered_by.first():
            return earlier
        if has_model:
            return _keep_pending(line, spoken, at=clock.now(), ids=ids)
        proposal = conversation.propose_for(
            spoken.user, spoken.account, text=spoken.text, meaning=meaning.to_dict(), clock=clock, ids=ids
        )
        hint = {"hint": WITHOUT_KEY} if wants and not meaning.actions and not meaning.question else {}
        answer = lines.store_desk_line(line, reply_to(proposal), at=clock.now(), proposal=proposal, details=hint)
    if at_once.run(proposal, meaning, clock=clock):
        proposal.refresh_from_db()
    return answer


def _keep_pending(line: Message, spoken: Spoken, *, at: datetime, ids: IdSource) -> Message:
    """A line that is worked on from now, with the id that its proposal will bear."""
    who = {"assistant": spoken.assistant.name} if spoken.assistant else {}
    answer = lines.store_desk_line(line, THINKING, at=at, state=LineState.PENDING, details=who)
    Answering.objects.create(
        id=ids(), answer=answer, account=spoken.account, assistant=spoken.assistant, beat_at=at, created_at=at
    )
    return answer


def _question_of(answer: Message) -> str:
    assert answer.answers is not None, "a pending line answers one of the person's"  # noqa: S101
    return answer.answers.text


# Asking --------------------------------------------------------------------------------------------------------------
def _ask(work: Answering, spoken: Spoken, teller: Teller, *, clock: Clock, models: door.ModelDoor) -> tuple[Json, Json]:
    """The interpretation and the details of a model's answer. Raises a ModelFault."""
    now = clock.now()
    assistants.check_budget(spoken.assistant, now)
    role = Role(spoken.assistant.role) if spoken.assistant else Role.ANALYSIS
    model = models(spoken.user, role, thread=f"desk:{work.pk}", clock=clock)
    index = name_index()
    desk = Desk(
        model=model,
        toolbox=_toolbox(spoken, clock),
        tools=schemas.allowed(assistants.tools_of(spoken.assistant)),
        index=index,
        clock=clock,
    )
    asked = Asked(
        words=spoken.text,
        lines=_lines_before(work.answer),
        persona=assistants.persona_of(spoken.assistant),
        at=now,
    )
    draft = converse(asked, desk, teller.ears())
    Answering.objects.filter(pk=work.pk).update(tokens=draft.tokens)
    context = conversation.context_for(spoken.user, spoken.account, at=now)
    answer = verify(draft, Words(now=spoken.text, index=index, as_of=now, context=context))
    heard = conversation.accounts_in(spoken.user, spoken.text)
    return name_in(answer.to_dict(), heard), {**work.answer.details, "model": answer.model}


def _toolbox(spoken: Spoken, clock: Clock) -> AccountToolbox:
    assistant = spoken.assistant

    def keep(line: str) -> None:
        if assistant is not None:
            assistants.remember(assistant, line, by=MemoryAuthor.ASSISTANT, clock=clock)

    return AccountToolbox(
        user=spoken.user,
        account=spoken.account,
        clock=clock,
        usage=lambda account, at: usage_of(account, at=at),
        keep=keep,
    )


def _lines_before(answer: Message) -> list[Line]:
    """What was said before, oldest first; what was cleared is not told."""
    rows = lines.lines_of(answer.user).filter(pk__lt=answer.answers_id, state=LineState.DONE)[:MOST_LINES]
    return [Line(who="person" if row.speaker == Speaker.PERSON else "desk", text=row.text) for row in reversed(rows)]


# Ending --------------------------------------------------------------------------------------------------------------
def _without_model(spoken: Spoken, fault: ModelFault, *, clock: Clock) -> tuple[Json, Json]:
    """The embedded reader's answer, with what happened and what to do about it."""
    meaning = conversation.read(spoken.user, spoken.text, account=spoken.account, clock=clock)
    return meaning.to_dict(), {"fault": fault.code, "hint": f"{fault.title}. {fault.what_to_do} {WITHOUT_MODEL}"}


def _end(work: Answering, spoken: Spoken, meaning: Json, details: Json, *, clock: Clock) -> None:
    """End the line with its proposal, once: not where the person stopped it or it was given up meanwhile."""
    with transaction.atomic():
        row = Answering.objects.select_for_update().get(pk=work.pk)
        answer = Message.objects.select_for_update().get(pk=work.answer_id)
        if answer.state != LineState.PENDING:
            return
        if row.stop_asked:
            lines.finish_desk_line(answer, STOPPED)
            return
        # The proposal bears the id that was minted before the model was asked: there cannot be a second.
        proposal = conversation.propose_for(
            spoken.user, spoken.account, text=spoken.text, meaning=meaning, clock=clock, ids=lambda: work.pk
        )
        shown = {name: meaning[name] for name in ("steps", "sources", "differences") if meaning.get(name)}
        lines.finish_desk_line(answer, reply_to(proposal), proposal=proposal, details={**details, **shown})
