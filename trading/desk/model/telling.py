"""Tells the person's pages how an answer grows, keeps the mark that somebody works on it, and hears their stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from arbion.lib.bus import person_group, publish
from arbion.lib.clock import Clock
from trading.interpreter.model.loop import ANSWER_MAX, Ears
from trading.models import Answering

TELL_EVERY = timedelta(milliseconds=150)
LOOK_EVERY = timedelta(milliseconds=400)
BEAT_EVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Teller:
    """The ears of one answer: whole text so far and steps go out a few times a second, stops come in."""

    work: Answering
    user_id: int
    clock: Clock
    text: str = ""
    steps: list[str] = field(default_factory=list)
    told_at: datetime | None = None
    looked_at: datetime | None = None
    beat_at: datetime | None = None
    is_stopped: bool = False

    def ears(self) -> Ears:
        """What the exchange with the model listens by."""
        return Ears(on_text=self.hear, on_step=self.step, is_stopped=self.look)

    def hear(self, piece: str) -> None:
        """A piece of the answer came."""
        if len(self.text) < ANSWER_MAX:
            self.text = (self.text + piece)[:ANSWER_MAX]
        self.beat()
        if self._is_due(self.told_at, TELL_EVERY):
            self.tell()

    def step(self, words: str) -> None:
        """A tool was used; what was said before it was only the way there."""
        self.steps.append(words)
        self.text = ""
        self.beat()
        self.tell()

    def look(self) -> bool:
        """Whether the person asked to stop, as the row says."""
        if not self.is_stopped and self._is_due(self.looked_at, LOOK_EVERY):
            self.looked_at = self.clock.now()
            self.is_stopped = Answering.objects.filter(pk=self.work.pk, stop_asked=True).exists()
            self.beat()
        return self.is_stopped

    def beat(self) -> None:
        """Say that somebody still works on it."""
        if self._is_due(self.beat_at, BEAT_EVERY):
            self.beat_at = self.clock.now()
            Answering.objects.filter(pk=self.work.pk).update(beat_at=self.beat_at)

    def tell(self, *, state: str = "pending") -> None:
        """Send what there is so far; a hint like any other, the row is the truth."""
        self.told_at = self.clock.now()
        publish(
            person_group(self.user_id),
            {
                "type": "desk.piece",
                "line": self.work.answer_id,
                "text": self.text,
                "steps": list(self.steps),
                "state": state,
            },
        )

    def _is_due(self, last: datetime | None, every: timedelta) -> bool:
        return last is None or self.clock.now() - last >= every
