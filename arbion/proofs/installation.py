"""A whole installation in its distributed mode: every process of the Procfile and a Redis of its own, in a sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from arbion.proofs import sandbox

PROCFILE = Path(settings.BASE_DIR) / "docker" / "Procfile"
STARTED = ("web", "engine", "monitor", "worker", "beat")
# These need Redis, and may end with it: whoever runs them starts them again.
REVIVED = ("worker", "beat")
REDIS = "redis"
END_SECONDS = 10.0
CALL_SECONDS = 30
# What a proxy with TLS in front would add.
PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Content-Type": "application/json"}


@dataclass
class Installation:
    """The running processes by name. Without a redis-server on this machine its port is closed throughout."""

    folder: Path
    redis_port: int
    web_port: int
    dead_port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    revived: int = 0

    @property
    def has_redis(self) -> bool:
        """Whether there is a Redis that can be stopped."""
        return shutil.which("redis-server") is not None

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the installation knows: production, the sandbox's database, a model that is dead."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
        dead = f"http://127.0.0.1:{self.dead_port}/v1"
        return kept | {
            sandbox.MARK: str(sandbox.folder()),
            "ARBION_MODE": "production",
            "ARBION_DATA_DIR": str(self.folder / "data"),
            "SESSION_SECRET": settings.SECRET_KEY,
            "ENCRYPTION_KEY": settings.ENCRYPTION_KEY,
            "ENCRYPTION_SALT": settings.ENCRYPTION_SALT,
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "https://127.0.0.1",
            "DATABASE_URL": os.environ["DATABASE_URL"],
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "EMAIL_URL": "dummymail://",
            "TRUSTED_PROXIES": "1",
            "MARKET_ALWAYS_OPEN": "True",
            "TICK_INTERVAL_SECS": "0.5",
            "WEB_WORKERS": "1",
            "PORT": str(self.web_port),
            "OPENAI_API_KEY": "none",
            "OPENAI_BASE_URL": dead,
            "DJANGO_SETTINGS_MODULE": "arbion.settings",
        }

    def start(self) -> None:
        """Start Redis and then everything of the Procfile."""
        self.start_redis()
        for name in STARTED:
            self._start(name, _command(name))

    def start_redis(self) -> None:
        """Start Redis empty, on the port that everybody knows."""
        if not self.has_redis:
            return
        said = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._start(REDIS, ["redis-server", *said, "--dir", str(self.folder)])

    def stop_redis(self) -> None:
        """Kill Redis: whoever is connected is cut off, and nobody gets in."""
        process = self.processes.pop(REDIS, None)
        if process is not None:
            process.kill()
            process.wait()

    def freeze(self, name: str) -> None:
        """Stop a process where it stands."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def wake(self, name: str) -> None:
        """Let it go on."""
        self.processes[name].send_signal(signal.SIGCONT)

    def revive(self) -> None:
        """Start again what has ended with Redis, as the supervisor of an installation does."""
        for name in REVIVED:
            if self.processes[name].poll() is not None:
                self.revived += 1
                self._start(name, _command(name))

    def fallen(self) -> list[str]:
        """The processes that have ended by themselves, each with the end of what it said."""
        return [
            f"{name} has ended with {process.returncode}: {self.log(name)[-300:]}"
            for name, process in self.processes.items()
            if process.poll() is not None and name not in REVIVED
        ]

    def log(self, name: str) -> str:
        """What a process has said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def command(self, *arguments: str) -> tuple[int, str]:
        """Run one of the operator's commands in the installation; its exit code and what it said."""
        command = [sys.executable, str(sandbox.MANAGE), *arguments]
        try:
            done = subprocess.run(  # noqa: S603  our own command
                command, env=self.environment, capture_output=True, text=True, check=False, timeout=2 * CALL_SECONDS
            )
        except subprocess.TimeoutExpired:
            return -1, f"no end within {2 * CALL_SECONDS} s"
        return done.returncode, done.stdout or done.stderr[-500:]

    def post(self, path: str, body: dict[str, Any], *, key: str) -> tuple[int, dict[str, Any]]:
        """One REST request of a person; status 0 where nobody answers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.web_port}{path}",
            data=json.dumps(body).encode(),
            headers={**PROXIED, "Authorization": f"Bearer {key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:  # noqa: S310  loopback
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, {"said": refusal.read(500).decode(errors="replace")}
        except (OSError, ValueError) as error:
            return 0, {"said": str(error)}

    def end(self) -> None:
        """End every process, those that are frozen or do not listen too."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        deadline = time.monotonic() + END_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as said:
            self.processes[name] = subprocess.Popen(  # noqa: S603  our own commands
                command, cwd=settings.BASE_DIR, env=self.environment, stdout=said, stderr=subprocess.STDOUT
            )


def _command(name: str) -> list[str]:
    lines = dict(line.split(": ", 1) for line in PROCFILE.read_text().splitlines() if line)
    return ["sh", "-c", f"exec {lines[name]}"]


@contextlib.contextmanager
def installed() -> Iterator[Installation]:
    """An installation beside the sandbox's own process, ended in the end."""
    folder = sandbox.folder() / "installation"
    folder.mkdir()
    redis, web, dead = free_ports(3)
    found = Installation(folder, redis_port=redis, web_port=web, dead_port=dead)
    try:
        found.start()
        yield found
    finally:
        found.end()


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def eventually(is_so: Callable[[], bool], *, within: float) -> bool:
    """Whether it becomes so in so many seconds."""
    deadline = time.monotonic() + within
    while not is_so():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
