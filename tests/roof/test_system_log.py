"""The system log: what is kept, what is counted together, and that keeping it never stands in anybody's way."""

from __future__ import annotations

import logging
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from arbion import system_log
from arbion.lib.clock import FrozenClock
from arbion.models import LogLevel, SystemLogEntry
from arbion.system_log import Entry, SystemLogHandler, entry_of, keep, prune

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
CLOCK = FrozenClock(NOON)


def entries(*says: tuple, logger: str = "arbion.test", level: int = logging.WARNING) -> list[Entry]:
    """What becomes of records with these words and arguments."""
    return [
        entry_of(logging.LogRecord(logger, level, __file__, 1, words, tuple(given), None)) for words, *given in says
    ]


def failure(error: Exception) -> Entry:
    """What becomes of an error with its traceback."""
    try:
        raise error
    except (ValueError, KeyError):
        return entry_of(logging.LogRecord("arbion.test", logging.ERROR, __file__, 1, "failed", (), sys.exc_info()))


@pytest.mark.django_db
def test_records_of_one_wording_share_a_row() -> None:
    keep(entries(("account %s is late by %s s", 7, 12), ("account %s is late by %s s", 8, 13)), clock=CLOCK)
    keep(entries(("account %s is late by %s s", 9, 14)), clock=CLOCK)
    row = SystemLogEntry.objects.get()
    assert (row.count, row.level, row.logger) == (3, LogLevel.WARNING, "arbion.test")
    assert (row.wording, row.message) == ("account %s is late by %s s", "account 9 is late by 14 s")
    assert row.first_at <= row.last_at


@pytest.mark.django_db
def test_figures_that_were_written_into_the_words_do_not_part_them() -> None:
    ids = ("0b06fd0e-3c0a-4c57-9f43-6f4b5ad2c1a5", "1b06fd0e-3c0a-4c57-9f43-6f4b5ad2c1a6")
    keep(entries(*[(f"order {one} waited 12.5 s",) for one in ids]), clock=CLOCK)
    assert SystemLogEntry.objects.get().count == 2


@pytest.mark.django_db
def test_level_logger_and_exception_part_them() -> None:
    keep(
        [
            *entries(("same",)),
            *entries(("same",), level=logging.ERROR),
            *entries(("same",), logger="other"),
            failure(ValueError("x 1")),
            failure(ValueError("x 2")),
            failure(KeyError("x")),
        ],
        clock=CLOCK,
    )
    assert sorted(SystemLogEntry.objects.values_list("count", flat=True)) == [1, 1, 1, 1, 2]


@pytest.mark.django_db
def test_no_secret_and_no_forged_line_is_kept() -> None:
    keep(
        [
            *entries(("sign-in with password=%s\nERROR forged", "hunter2-canary")),
            *entries(("token=arb_canary0123456789",)),
            failure(ValueError("Authorization: Bearer canary-abcdefghijk")),
        ],
        clock=CLOCK,
    )
    for row in SystemLogEntry.objects.all():
        text = f"{row.wording} {row.message} {row.trace}"
        assert "canary" not in text
        assert "\n" not in row.message
    assert "ValueError" in SystemLogEntry.objects.get(level=LogLevel.ERROR).trace


def test_only_warnings_and_worse_are_heard() -> None:
    assert SystemLogHandler().level == logging.WARNING


@pytest.mark.django_db
def test_the_table_is_bounded_by_age_and_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_log, "ROWS_MAX", 3)
    rows = [
        Entry(
            level=30, logger="l", wording=letter, message="", trace="", request_id="", at=NOON + timedelta(hours=place)
        )
        for place, letter in enumerate("abcde")
    ]
    keep(rows, clock=FrozenClock(NOON + timedelta(hours=5)))
    assert list(SystemLogEntry.objects.values_list("wording", flat=True)) == ["e", "d", "c"]
    assert prune(clock=FrozenClock(NOON + timedelta(days=30, hours=4, minutes=-1))) == 2
    assert list(SystemLogEntry.objects.values_list("wording", flat=True)) == ["e"]


def test_a_full_queue_drops_and_counts() -> None:
    handler = SystemLogHandler(room=2)
    handler._start = lambda: None
    for number in range(5):
        handler.emit(logging.LogRecord("l", logging.WARNING, __file__, 1, "word %s", (number,), None))
    assert (handler.entries.qsize(), handler.dropped) == (2, 3)


@pytest.mark.django_db
def test_what_was_dropped_is_told() -> None:
    keep(entries(("one",)), dropped=3, clock=CLOCK)
    assert SystemLogEntry.objects.filter(message__startswith="3 warnings and errors came faster").count() == 1


def test_a_record_that_cannot_be_read_harms_nobody() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("broken")

    handler = SystemLogHandler()
    handler._start = lambda: None
    handler.emit(logging.LogRecord("l", logging.WARNING, __file__, 1, Broken(), (), None))
    assert handler.dropped == 1


def test_a_database_that_fails_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    def fail(*_args: object, **_given: object) -> None:
        tried.set()
        raise DatabaseError("locked")

    monkeypatch.setattr(system_log, "keep", fail)
    handler = SystemLogHandler()
    handler.emit(logging.LogRecord("l", logging.ERROR, __file__, 1, "word", (), None))
    assert tried.wait(5)
    handler.flush()
    assert (handler.entries.unfinished_tasks, handler.dropped) == (0, 1)
    assert handler._is_writing()


@pytest.mark.django_db(transaction=True)
def test_it_is_written_beside_a_transaction_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    real = system_log.keep

    def watched(*args: object, **given: object) -> None:
        threads.append(threading.current_thread())
        real(*args, **given)

    monkeypatch.setattr(system_log, "keep", watched)
    handler = SystemLogHandler()
    logger = logging.getLogger("arbion.test")
    logger.addHandler(handler)
    try:
        with transaction.atomic():
            logger.error("the books are odd")
            transaction.set_rollback(True)
        until = time.monotonic() + 10
        while handler.entries.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        logger.removeHandler(handler)
    assert SystemLogEntry.objects.get().message == "the books are odd"
    assert threading.current_thread() not in threads


@pytest.mark.django_db
def test_a_request_that_fails_is_answered_whatever_the_log_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_args: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(system_log, "entry_of", explode)
    handler = SystemLogHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    monkeypatch.setattr("arbion.health.probes.run", explode)
    try:
        answer = Client(raise_request_exception=False).get("/health/ready/")
    finally:
        root.removeHandler(handler)
    assert answer.status_code == 500
    assert handler.dropped >= 1
