"""Starting and ending processes of Arbion in tests: only our own, always in bounded time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
Answer = TypeVar("Answer")
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


def bare_environment(**given: str) -> dict[str, str]:
    """The environment of a process that knows nothing of the tests."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | given


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(
    arguments: list[str], environment: dict[str, str], log: Path, *, stop: int = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is asked to end afterwards, and made to if it does not."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            end(process, stop)


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM, *, within: float = 20) -> int:
    """Ask a process to end and return how it ended."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(timeout=within)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait(timeout=5)


def eventually(ask: Callable[[], Answer | None], *, what: str, within: float = 60) -> Answer:
    """Ask again until there is an answer."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {within:.0f} s")


def call(
    address: str, path: str, *, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """One HTTP request; the status and the JSON or the text, or status 0 when nobody answers."""
    request = urllib.request.Request(  # noqa: S310  loopback
        f"{address}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  loopback
            return answer.status, _read(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, _read(refusal.read())
    except OSError:
        return 0, None


def _read(content: bytes) -> Any:
    return json.loads(content) if content[:1] in {b"{", b"["} else content.decode(errors="replace")


def manage(*arguments: str) -> list[str]:
    """A management command of ours."""
    return [sys.executable, "manage.py", *arguments]
