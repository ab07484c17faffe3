"""Warnings and errors of the program in a table that operators read.

A record is put into a bounded queue and written by a thread of its own, with a database connection of its own: never
inside the transaction that failed, never waited for, never raising. What does not fit is dropped and counted. Records
of one wording share a row that counts them, and the table is pruned by age and by number of rows.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import os
import queue
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts.context import current_request_id
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.redact import RedactSecrets, one_line, redact

ROOM = 1_000
BATCH_MAX = 100
KEPT = timedelta(days=30)
ROWS_MAX = 2_000
WORDING_MAX = 300
MESSAGE_MAX = 2_000
TRACE_MAX = 8_000
FLUSH_SECONDS = 1.0

# What differs between two records of one kind: ids and figures.
_VARIABLE = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27,}\b|\b0x[0-9a-f]+\b|\d+(?:[.,:]\d+)*", re.IGNORECASE)
_redaction = RedactSecrets()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record as it is kept: without secrets, cut to size."""

    level: int
    logger: str
    wording: str
    message: str
    trace: str
    request_id: str
    at: datetime

    @property
    def fingerprint(self) -> str:
        """What records of one kind share."""
        told = self.trace.rstrip().rpartition("\n")[2].partition(":")[0].strip()
        return hashlib.sha256(f"{self.level}\0{self.logger}\0{self.wording}\0{told}".encode()).hexdigest()


def entry_of(record: logging.LogRecord) -> Entry:
    """The record as it is kept."""
    wording = one_line(redact(str(record.msg)))
    masked = copy.copy(record)
    _redaction.filter(masked)
    return Entry(
        level=50 if record.levelno >= 50 else 40 if record.levelno >= 40 else 30,
        logger=record.name[:120],
        wording=_VARIABLE.sub("#", wording)[:WORDING_MAX],
        message=str(masked.msg)[:MESSAGE_MAX],
        trace=(masked.exc_text or "")[-TRACE_MAX:],
        request_id=current_request_id()[:36],
        at=datetime.fromtimestamp(record.created, UTC),
    )


class SystemLogHandler(logging.Handler):
    """Hands records to the writing thread."""

    def __init__(self, level: int = logging.WARNING, room: int = ROOM) -> None:
        super().__init__(level)
        self.room = room
        self.dropped = 0
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self.entries: queue.Queue[Entry] = queue.Queue(self.room)
        self.writer: threading.Thread | None = None
        self.starting = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record; when there is no room, count it."""
        if threading.current_thread() is self.writer:
            return  # what writing says of itself would never end
        try:
            self.entries.put_nowait(entry_of(record))
            self._start()
        except queue.Full:
            self.dropped += 1
        except Exception:  # noqa: BLE001  whoever logs is in trouble already: keeping a record must not add to it
            self.dropped += 1

    def flush(self) -> None:
        """Give the writer a moment to finish; called when the process ends."""
        until = time.monotonic() + FLUSH_SECONDS
        while self.entries.unfinished_tasks and time.monotonic() < until and self._is_writing():
            time.sleep(0.01)

    def _is_writing(self) -> bool:
        return self.writer is not None and self.writer.is_alive()

    def _start(self) -> None:
        if self._is_writing():
            return
        with self.starting:
            if not self._is_writing():
                self.writer = threading.Thread(target=self._write, name="system-log", daemon=True)
                self.writer.start()

    def _write(self) -> None:
        while True:
            batch = [self.entries.get()]
            while len(batch) < BATCH_MAX and not self.entries.empty():
                batch.append(self.entries.get())
            dropped, self.dropped = self.dropped, 0
            try:
                keep(batch, dropped=dropped)
            except Exception:  # noqa: BLE001  a task's outermost loop: no database, nowhere to keep it
                self.dropped += len(batch) + dropped
            finally:
                for _ in batch:
                    self.entries.task_done()


def keep(batch: Iterable[Entry], *, dropped: int = 0, clock: Clock = SYSTEM) -> None:
    """Write entries, counting those of one kind together; a new kind that is one too many pushes out the oldest."""
    from django.db import connection  # noqa: PLC0415  logging is set up before the apps stand

    from arbion.models import SystemLogEntry  # noqa: PLC0415  as above

    kinds: dict[str, list[Entry]] = {}
    for entry in (*batch, *_of_dropped(dropped, clock)):
        kinds.setdefault(entry.fingerprint, []).append(entry)
    try:
        is_new = [_keep_kind(fingerprint, entries) for fingerprint, entries in kinds.items()]
        if any(is_new) and SystemLogEntry.objects.count() > ROWS_MAX:
            prune(clock=clock)
    finally:
        if threading.current_thread().name == "system-log":
            connection.close()


def _of_dropped(dropped: int, clock: Clock) -> list[Entry]:
    if not dropped:
        return []
    wording = "warnings and errors came faster than they could be kept, or could not be written: some are missing"
    text = f"{dropped} {wording}"
    return [Entry(level=30, logger=__name__, wording=wording, message=text, trace="", request_id="", at=clock.now())]


def _keep_kind(fingerprint: str, entries: list[Entry]) -> bool:
    """Count the entries into the row of their kind; True when the row is new."""
    from django.db.models import F  # noqa: PLC0415  as above

    from arbion.models import SystemLogEntry  # noqa: PLC0415  as above

    newest = entries[-1]
    latest = {
        "message": newest.message,
        "trace": newest.trace,
        "request_id": newest.request_id,
        "last_at": newest.at,
    }
    rows = SystemLogEntry.objects.filter(fingerprint=fingerprint)
    if rows.update(count=F("count") + len(entries), **latest):
        return False
    _, is_new = SystemLogEntry.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "level": newest.level,
            "logger": newest.logger,
            "wording": newest.wording,
            "count": len(entries),
            "first_at": entries[0].at,
            **latest,
        },
    )
    if not is_new:  # another process was faster
        rows.update(count=F("count") + len(entries), **latest)
    return is_new


def prune(*, clock: Clock = SYSTEM) -> int:
    """Delete what is past keeping and all but the newest kinds; answers how many rows."""
    from arbion.models import SystemLogEntry  # noqa: PLC0415  as above

    gone, _ = SystemLogEntry.objects.filter(last_at__lt=clock.now() - KEPT).delete()
    kept = SystemLogEntry.objects.order_by("-last_at", "-pk").values_list("pk", flat=True)[:ROWS_MAX]
    surplus = set(SystemLogEntry.objects.values_list("pk", flat=True)) - set(kept)
    for part in range(0, len(surplus), 500):
        gone += SystemLogEntry.objects.filter(pk__in=list(surplus)[part : part + 500]).delete()[0]
    return gone
