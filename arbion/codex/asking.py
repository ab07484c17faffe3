"""Asking the code assistant: the task is kept, worked on outside any transaction, and ended with what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts import audit
from accounts.llm import provider
from accounts.models import ModelCall, User
from arbion.codex import switch
from arbion.codex.errors import Busy, FileChanged, FileRefused, TaskNotOpen
from arbion.codex.looking import Reader
from arbion.codex.loop import Bench, work
from arbion.codex.models import CodexTask, TaskStatus
from arbion.codex.proposal import Chosen
from arbion.codex.tools import Calls, Proposal
from arbion.codex.workspace import Text, Workspace
from arbion.domain.errors import ArbionError, InvalidInput
from arbion.lib import ratelimit
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit, deferrable
from arbion.lib.ids import IdSource, new_id
from arbion.lib.llm.faults import ModelFault, Stopped
from arbion.lib.llm.port import ChatModel, Role
from arbion.lib.redact import redact

INSTRUCTION_MAX, FILES_MAX = 4000, 20
RATE = "20/h"
PURPOSE = "codex"
# Longer than a task can take: one that has said nothing for so long is worked on by nobody.
LOST_AFTER = timedelta(minutes=10)
INTERRUPTED = "The program ended while the task was worked on. Ask again."
LOOK_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks for: the instruction, the files it is about, and whether new ones may be made."""

    instruction: str
    files: Sequence[str]
    may_create: bool = False


def ask(person: User, wish: Wish, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> CodexTask:
    """Keep a task. Raises Forbidden, CodexOff, InvalidInput, FileRefused, Busy or RateLimited; then nothing is kept."""
    return _keep(person, wish, clock=clock, ids=ids, is_handed_on=False)


def begin(person: User, wish: Wish, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> CodexTask:
    """The same, and have it worked on afterwards."""
    return _keep(person, wish, clock=clock, ids=ids, is_handed_on=True)


@deferrable
def answer_task(task_id: str) -> None:
    """Work on a task; a hint that comes twice, or too late, does nothing."""
    work_on(UUID(task_id))


def work_on(task_id: UUID, *, clock: Clock = SYSTEM, model: ChatModel | None = None) -> None:
    """Ask the model and end the task with its proposal, or with what went wrong."""
    waiting = CodexTask.objects.filter(pk=task_id, status=TaskStatus.ASKED, is_begun=False)
    if not waiting.update(is_begun=True):
        return
    task = CodexTask.objects.select_related("person").get(pk=task_id)
    calls: Calls | None = None
    try:
        calls = _calls(task, clock)
        asked = model or provider.chat_model(task.person, Role.CODE, purpose=PURPOSE, thread=task.thread, clock=clock)
        bench = Bench(model=asked, calls=calls, clock=clock, is_stopped=_stop_asked(task, clock))
        _end(task, calls, clock, proposal=work(task.instruction, bench))
    except Stopped:  # it was dismissed, and that is written down already
        _count(task)
    except ArbionError as refusal:
        _end(task, calls, clock, refusal=refusal)


def dismiss(task: CodexTask, *, person: User, clock: Clock = SYSTEM) -> CodexTask:
    """Lay a task aside; one that is worked on is stopped. Raises TaskNotOpen."""
    switch.check(person)
    open_to = (TaskStatus.ASKED, TaskStatus.ANSWERED, TaskStatus.FAILED)
    with transaction.atomic():
        found = CodexTask.objects.filter(pk=task.pk, status__in=open_to)
        if not found.update(status=TaskStatus.DISMISSED, decided_at=clock.now(), decided_by=person):
            raise TaskNotOpen
        audit.record(actor=person, action="codex.dismissed", subject=str(task.pk), clock=clock)
    task.refresh_from_db()
    return task


def mend(*, clock: Clock = SYSTEM) -> int:
    """End the tasks that nobody works on any more; how many there were."""
    lost = CodexTask.objects.filter(status=TaskStatus.ASKED, asked_at__lt=clock.now() - LOST_AFTER)
    return lost.update(
        status=TaskStatus.FAILED, code="interrupted", words=INTERRUPTED, answered_at=clock.now(), is_begun=True
    )


# Beginning -----------------------------------------------------------------------------------------------------------
def _keep(person: User, wish: Wish, *, clock: Clock, ids: IdSource, is_handed_on: bool) -> CodexTask:
    workspace = Workspace(switch.check(person))
    words = redact(_instruction(wish.instruction))
    files = _read(workspace, wish)
    mend(clock=clock)
    # One at a time: a task takes minutes, and who works on it has orders to send as well.
    if CodexTask.objects.filter(status=TaskStatus.ASKED).exists():
        raise Busy
    ratelimit.check(group="codex", key=str(person.pk), rate=RATE)
    with transaction.atomic():
        task = CodexTask.objects.create(
            id=ids(),
            person=person,
            instruction=words,
            files=[{"path": one.path, "sha256": one.sha256, "is_masked": one.is_masked} for one in files],
            may_create=wish.may_create,
            asked_at=clock.now(),
        )
        about = {"files": [one.path for one in files], "may_create": wish.may_create}
        audit.record(actor=person, action="codex.asked", subject=str(task.pk), data=about, clock=clock)
        if is_handed_on:
            after_commit(answer_task, str(task.pk))
    return task


def _instruction(text: str) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > INSTRUCTION_MAX or "\0" in words:
        detail = f"Say what to do in 1 to {INSTRUCTION_MAX} characters."
        raise InvalidInput.of("instruction", "invalid_instruction", detail)
    return words


def _read(workspace: Workspace, wish: Wish) -> list[Text]:
    """The chosen files as they are now."""
    names = list(dict.fromkeys(wish.files))
    if len(names) > FILES_MAX or (not names and not wish.may_create):
        least = "0" if wish.may_create else "1"
        raise FileRefused.because("invalid_files", f"Choose {least} to {FILES_MAX} files.")
    return [workspace.read(name) for name in names]


# Working -------------------------------------------------------------------------------------------------------------
def _calls(task: CodexTask, clock: Clock) -> Calls:
    """What the model may call. Raises where the person, the switch or the files are no longer as they were."""
    workspace = Workspace(switch.check(task.person))
    files = {one["path"]: workspace.read(one["path"]) for one in task.files}
    for one in task.files:
        if files[one["path"]].sha256 != one["sha256"]:
            raise FileChanged(f"{one['path']} changed before the model could read it. Ask again.")
    chosen = Chosen(files=files, may_create=task.may_create)
    return Calls(reader=Reader(workspace, clock, read=dict(files)), chosen=chosen)


def _stop_asked(task: CodexTask, clock: Clock) -> Callable[[], bool]:
    """Whether the task was laid aside meanwhile; the table is asked once a second at most."""
    last: list[datetime] = []

    def is_stopped() -> bool:
        now = clock.now()
        if last and now - last[0] < LOOK_EVERY:
            return False
        last[:] = [now]
        return not CodexTask.objects.filter(pk=task.pk, status=TaskStatus.ASKED).exists()

    return is_stopped


# Ending --------------------------------------------------------------------------------------------------------------
def _end(
    task: CodexTask,
    calls: Calls | None,
    clock: Clock,
    *,
    proposal: Proposal | None = None,
    refusal: ArbionError | None = None,
) -> None:
    """End the task once: not where it was laid aside meanwhile. Of a refused diff the analysis is kept."""
    facts = {"status": TaskStatus.ANSWERED, "analysis": "", "diff": ""}
    if proposal is not None:
        facts |= {"analysis": proposal.analysis, "diff": proposal.diff}
    if refusal is not None:
        advice = f" {refusal.what_to_do}" if isinstance(refusal, ModelFault) else ""
        facts = {"status": TaskStatus.FAILED, "analysis": calls.analysis if calls else "", "diff": ""}
        facts |= {"code": refusal.code, "words": f"{refusal.detail}{advice}"}
    CodexTask.objects.filter(pk=task.pk, status=TaskStatus.ASKED).update(
        **facts, steps=calls.steps if calls else [], answered_at=clock.now()
    )
    _count(task)


def _count(task: CodexTask) -> None:
    """What it cost, from the records of its calls."""
    calls = ModelCall.objects.filter(thread=task.thread)
    sums = calls.aggregate(read=Sum("tokens_in"), written=Sum("tokens_out"), price=Sum("price"))
    last = calls.order_by("-pk").values_list("model", flat=True).first()
    tokens = (sums["read"] or 0) + (sums["written"] or 0)
    CodexTask.objects.filter(pk=task.pk).update(tokens=tokens, price=sums["price"], model=last or "")
