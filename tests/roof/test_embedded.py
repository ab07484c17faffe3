"""What stands beside the server goes on, one copy alone works on a folder, and a taken port is said plainly."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from arbion import embedded
from arbion.checks import memory_stores_need_one_process
from arbion.embedded import AlreadyRunningError, Background, PortTakenError, listen, only_copy


def test_a_service_that_ends_before_its_time_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedded, "RESTART_SECONDS", 0.01)
    background, runs = Background(), []

    def run() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise ValueError("it fell over")
        if len(runs) == 3:
            background.stopping.set()

    background._keep(run)
    assert len(runs) == 3
    assert sum("is started again" in record.message for record in caplog.records) == 2


def test_one_copy_alone_works_on_a_folder(tmp_path: Path) -> None:
    with only_copy(tmp_path):
        said = rf"already running on .* \(process {os.getpid()}\)"
        with pytest.raises(AlreadyRunningError, match=said), only_copy(tmp_path):
            pytest.fail("two copies")
        assert (tmp_path / "arbion.lock").read_text() == str(os.getpid())
    with only_copy(tmp_path):
        pass
    assert (tmp_path / "arbion.lock").read_text() == ""


def test_a_lock_left_by_a_dead_process_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "arbion.lock").write_text("999999")
    with only_copy(tmp_path):
        assert (tmp_path / "arbion.lock").read_text() == str(os.getpid())


def test_a_taken_port_is_said_plainly() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTakenError, match=r"Port \d+ on 127\.0\.0\.1 cannot be used"):
            listen("127.0.0.1", other.getsockname()[1])


def test_production_without_redis_is_an_error(settings) -> None:
    settings.REDIS_URL = ""
    assert memory_stores_need_one_process() == []
    settings.EMBEDDED = False
    assert [one.id for one in memory_stores_need_one_process()] == ["arbion.E001"]
    settings.REDIS_URL = "redis://127.0.0.1/0"
    assert memory_stores_need_one_process() == []
