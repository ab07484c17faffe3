"""A person's assistants: made, changed, let go; what they remember; what they may still spend today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum

from accounts import audit
from accounts.models import User
from arbion.domain.errors import Conflict, InvalidInput, NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm.faults import OverBudget
from trading.interpreter.model import fence, schemas
from trading.interpreter.model.prompt import Persona
from trading.models import Answering, Assistant, AssistantRole, MemoryAuthor, MemoryLine

ASSISTANTS_MAX = 20
MEMORY_MAX = 50
LINE_LENGTH_MAX = 200
# What the desk itself may call: it remembers nothing.
DESK_TOOLS: tuple[str, ...] = tuple(name for name in schemas.NAMES if name != "remember")


class TooManyAssistants(Conflict):
    """You have as many assistants as one person may have: let one go first."""

    code = "too_many_assistants"
    title = "Too many assistants"


class NameTaken(Conflict):
    """You have an assistant of this name already."""

    code = "assistant_name_taken"
    title = "The name is taken"


def mine(user: User) -> QuerySet[Assistant]:
    """The person's assistants by name."""
    return Assistant.objects.filter(user=user).order_by("name")


def assistant_of(user: User, key: str | UUID) -> Assistant:
    """One of the person's assistants. Raises NotFound for anybody else's."""
    try:
        return Assistant.objects.get(pk=key if isinstance(key, UUID) else UUID(key), user=user)
    except (ValueError, Assistant.DoesNotExist):
        raise NotFound("There is no such assistant.") from None


def save(assistant: Assistant, *, actor: User, is_new: bool, clock: Clock = SYSTEM) -> Assistant:
    """Keep a new or changed assistant. Raises TooManyAssistants, NameTaken or InvalidInput."""
    unknown = [name for name in assistant.tools if name not in schemas.NAMES]
    if unknown:
        raise InvalidInput.of("tools", "unknown_tool", f"There is no tool {unknown[0]}.")
    if assistant.role not in AssistantRole.values:
        raise InvalidInput.of("role", "invalid", "Choose one of the models.")
    assistant.changed_at = clock.now()
    try:
        with transaction.atomic():
            if is_new:
                User.objects.select_for_update().get(pk=actor.pk)
                if mine(actor).count() >= ASSISTANTS_MAX:
                    raise TooManyAssistants
                assistant.created_at = assistant.changed_at
            assistant.save(force_insert=is_new)
            audit.record(
                actor=actor, action="assistant.created" if is_new else "assistant.changed", subject=str(assistant.pk)
            )
    except IntegrityError:
        raise NameTaken from None
    return assistant


def let_go(assistant: Assistant, *, actor: User) -> None:
    """Delete an assistant with its memory; what it answered stays in the conversation."""
    with transaction.atomic():
        audit.record(actor=actor, action="assistant.deleted", subject=str(assistant.pk))
        assistant.delete()


# Memory --------------------------------------------------------------------------------------------------------------
def remember(assistant: Assistant, text: str, *, by: MemoryAuthor, clock: Clock = SYSTEM) -> MemoryLine:
    """Keep one line. Raises InvalidInput where it is empty or the memory is full."""
    line = fence.clean(text, most=LINE_LENGTH_MAX)
    if not line:
        raise InvalidInput.of("text", "required", "Write something to remember.")
    with transaction.atomic():
        Assistant.objects.select_for_update().get(pk=assistant.pk)
        if assistant.memory.count() >= MEMORY_MAX:
            raise InvalidInput.of("text", "memory_full", "The memory is full: clear a line first.")
        return MemoryLine.objects.create(assistant=assistant, text=line, by=by, created_at=clock.now())


def rewrite(assistant: Assistant, line_id: int, text: str) -> None:
    """Change one line of memory; an empty text clears it. Raises NotFound."""
    line = fence.clean(text, most=LINE_LENGTH_MAX)
    rows = assistant.memory.filter(pk=line_id)
    done = rows.update(text=line, by=MemoryAuthor.PERSON) if line else rows.delete()[0]
    if not done:
        raise NotFound("There is no such line.")


def forget(assistant: Assistant) -> int:
    """Clear the whole memory; how many lines went."""
    return assistant.memory.all().delete()[0]


# Asking --------------------------------------------------------------------------------------------------------------
def persona_of(assistant: Assistant | None) -> Persona:
    """As whom the model answers; without an assistant it is the desk."""
    if assistant is None:
        return Persona()
    return Persona(
        name=assistant.name,
        personality=assistant.personality,
        instructions=assistant.instructions,
        memory=tuple(assistant.memory.values_list("text", flat=True)[:MEMORY_MAX]),
    )


def tools_of(assistant: Assistant | None) -> Sequence[str]:
    """What the model may call."""
    return DESK_TOOLS if assistant is None else list(assistant.tools)


def spent_today(assistant: Assistant, at: datetime) -> int:
    """Tokens that its answers used since midnight UTC."""
    midnight = datetime.combine(at.date(), time.min, tzinfo=at.tzinfo)
    used = Answering.objects.filter(assistant=assistant, created_at__gte=midnight).aggregate(used=Sum("tokens"))
    return used["used"] or 0


def check_budget(assistant: Assistant | None, at: datetime) -> None:
    """Raises OverBudget where the assistant has used up its day."""
    if assistant is not None and spent_today(assistant, at) >= assistant.tokens_a_day_max:
        raise OverBudget(f"{assistant.name} has used up its budget of today.")
