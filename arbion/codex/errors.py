"""What the code assistant refuses, each with its code and a sentence."""

from __future__ import annotations

from arbion.domain.errors import ArbionError, Conflict, InvalidInput, NotFound


class CodexOff(NotFound):
    """The code assistant is switched off: an operator sets CODEX_ENABLED and CODEX_WORKSPACE."""

    code = "codex_off"
    title = "Switched off"


class FileRefused(InvalidInput):
    """This file is not opened."""

    code = "file_refused"
    title = "The file is not opened"

    @classmethod
    def because(cls, reason: str, detail: str) -> FileRefused:
        """One file refused, with a stable reason."""
        return cls.of("files", reason, detail)  # type: ignore[return-value]  # `of` makes one of its own class

    @property
    def reason(self) -> str:
        """The stable word for why."""
        return self.errors[0].code if self.errors else self.code


class DiffRefused(ArbionError):
    """The diff cannot be applied."""

    code = "diff_refused"
    http_status = 422
    title = "The diff cannot be applied"


class FileChanged(Conflict):
    """A file is no longer as it was when it was shown to the model. Nothing was written: ask again."""

    code = "file_changed"
    title = "A file has changed"


class TaskNotOpen(Conflict):
    """This task is not waiting for a decision."""

    code = "codex_task_not_open"
    title = "Nothing to decide"


class Busy(Conflict):
    """Another task is being worked on: wait for its answer, or dismiss it."""

    code = "codex_busy"
    title = "One at a time"


class NotWritten(Conflict):
    """A file could not be written, and what had been written was put back."""

    code = "file_not_written"
    title = "Nothing was written"


class Unusable(ArbionError):
    """The model's answer cannot be used."""

    code = "codex_answer_unusable"
    http_status = 422
    title = "The answer cannot be used"


class TooMuch(ArbionError):
    """The model asked for more than one task allows."""

    code = "codex_bounds_reached"
    http_status = 422
    title = "Too much for one task"


class Declined(ArbionError):
    """The model declined to answer."""

    code = "codex_declined"
    http_status = 422
    title = "The model declined"
