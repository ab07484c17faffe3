"""The distributed mode, started with the documented commands: real PostgreSQL and Redis, every process its own.

An order placed through one web process fills, and the fill arrives at a socket on another.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql
from websockets.sync.client import ClientConnection, connect

from tests.roof.processes import ROOT, bare_environment, call, end, eventually, free_port, manage, running

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "docker" / "Procfile").read_text().splitlines() if line)
PASSWORD = "correct horse battery staple"
# What a proxy with TLS in front would add.
PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


@dataclass
class Installation:
    """The running processes by their names, and the environment they share."""

    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]]
    addresses: list[str]
    folder: Path

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        return "\n".join(f"── {name}\n{self.log(name)[-3000:]}" for name in self.processes)

    def run(self, *arguments: str, text: str = "") -> str:
        """One of the operators' commands."""
        result = subprocess.run(
            manage(*arguments), cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """A database of its own on the tests' PostgreSQL, gone afterwards."""
    parts = urlsplit(os.environ["TEST_DATABASE_URL"])
    name = f"arbion_distributed_{os.getpid()}_{secrets.token_hex(3)}"
    with psycopg.connect(urlunsplit(parts), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("distributed")
    with own_database() as database_url, contextlib.ExitStack() as stack:
        environment = bare_environment(
            ARBION_MODE="production",
            ARBION_DATA_DIR=str(folder / "data"),
            SESSION_SECRET=secrets.token_urlsafe(48),
            ENCRYPTION_KEY=secrets.token_urlsafe(48),
            ENCRYPTION_SALT=secrets.token_urlsafe(48),
            ALLOWED_HOSTS="127.0.0.1",
            PUBLIC_URL="https://127.0.0.1",
            DATABASE_URL=database_url,
            REDIS_URL=os.environ["TEST_REDIS_URL"],
            TRUSTED_PROXIES="1",
            MARKET_ALWAYS_OPEN="True",
            WEB_WORKERS="1",
        )
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        found = Installation(environment, {}, [], folder)
        found.run("setup")
        ports = [free_port(), free_port()]
        found.addresses = [f"http://127.0.0.1:{port}" for port in ports]
        commands = [("web 1", "web", ports[0]), ("web 2", "web", ports[1])]
        commands += [(name, name, 0) for name in ("engine", "monitor", "worker", "beat")]
        for name, entry, port in commands:
            process = running(
                ["sh", "-c", f"exec {PROCFILE[entry]}"], environment | {"PORT": str(port)}, folder / f"{name}.log"
            )
            found.processes[name] = stack.enter_context(process)
        for address in found.addresses:
            eventually(lambda address=address: is_ready(found, address), what=f"readiness of {address}", within=90)
        yield found


def is_ready(found: Installation, address: str) -> bool:
    for name, process in found.processes.items():
        assert process.poll() is None, f"{name} has ended\n{found.logs()}"
    return call(address, "/health/ready/", headers=PROXIED)[0] == 200


@pytest.fixture(scope="module")
def key(installation: Installation) -> str:
    installation.run("create_person", "dana@example.com", "--role", "standard", text=f"{PASSWORD}\n")
    return installation.run("create_token", "dana@example.com", "--scope", "trade").split()[-1]


@contextlib.contextmanager
def listen(address: str, key: str, *channels: str) -> Iterator[ClientConnection]:
    """A program's socket, signed in and subscribed."""
    stream = f"{address.replace('http', 'ws')}/ws/v1/stream/"
    with connect(stream, additional_headers=PROXIED, open_timeout=20) as socket:
        socket.send(json.dumps({"op": "auth", "token": key}))
        socket.send(json.dumps({"op": "subscribe", "channels": list(channels)}))
        yield socket


def hear(socket: ClientConnection, *, kind: str, within: float = 30, **facts: str) -> dict[str, Any]:
    """The next message of this kind with these facts."""
    heard = []
    for _ in range(500):
        try:
            message = json.loads(socket.recv(timeout=within))
        except TimeoutError:
            break
        if message["type"] == kind and all(message.get(name) == value for name, value in facts.items()):
            return dict(message)
        heard.append(message)
    raise AssertionError(f"no {kind} with {facts} among {heard[-20:]}")


def test_an_order_through_one_process_fills_at_a_socket_of_the_other(installation: Installation, key: str) -> None:
    first, second = installation.addresses
    headers = {**PROXIED, "Authorization": f"Bearer {key}"}
    status, accounts = call(first, "/api/v1/accounts/", headers=headers)
    assert status == 200
    account = (accounts["results"] if isinstance(accounts, dict) else accounts)[0]["id"]
    with listen(second, key, "orders") as socket:
        status, order = call(
            first,
            "/api/v1/orders/",
            body={
                "account": account, "symbol": "AAPL", "side": "buy", "order_type": "market", "quantity": "10",
                "time_in_force": "day",
            },
            headers={**headers, "Idempotency-Key": str(uuid.uuid4())},
        )  # fmt: skip
        assert status == 201, order
        filled = hear(socket, kind="order", id=order["id"], status="filled")
    assert filled["filled_quantity"] == "10"
    status, seen = call(second, f"/api/v1/orders/{order['id']}/", headers=headers)
    assert (status, seen["status"], seen["filled_quantity"]) == (200, "filled", "10")


def test_prices_reach_the_sockets_of_every_process(installation: Installation, key: str) -> None:
    for address in installation.addresses:
        with listen(address, key, "quotes:AAPL") as socket:
            for _ in range(3):
                assert hear(socket, kind="quote", symbol="AAPL")["last"]


def test_limits_are_counted_across_processes(installation: Installation) -> None:
    """Ten wrong passwords from one address are the most, whichever process hears them."""
    answers = [
        call(
            installation.addresses[number % 2],
            "/api/v1/auth/token/",
            body={"email": f"nobody{number}@example.com", "password": "wrong wrong wrong"},
            headers={**PROXIED, "X-Forwarded-For": "198.51.100.77"},
        )[0]
        for number in range(12)
    ]
    assert sorted(answers) == [400] * 10 + [429] * 2


def test_pages_and_their_files_are_served(installation: Installation) -> None:
    for address in installation.addresses:
        assert call(address, "/", headers=PROXIED)[0] == 200
        assert call(address, "/static/dist/app.css", headers=PROXIED)[0] == 200
        assert call(address, "/static/admin/css/base.css", headers=PROXIED)[0] == 200


def test_strangers_learn_no_details_through_the_proxy(installation: Installation) -> None:
    assert call(installation.addresses[0], "/health/ready/", headers=PROXIED) == (200, {"status": "ok"})
    assert call(installation.addresses[0], "/health/metrics/", headers=PROXIED)[0] == 403
    assert call(installation.addresses[0], "/api/v1/schema/", headers=PROXIED)[0] == 401


def test_a_second_engine_waits_and_takes_over(installation: Installation) -> None:
    log = installation.folder / "engine 2.log"
    with running(manage("engine"), installation.environment, log):
        eventually(lambda: "has started" in log.read_text(), what="the second engine's start")
        assert "the market engine runs here" not in log.read_text()
        assert end(installation.processes["engine"], signal.SIGTERM) == 0
        eventually(lambda: "the market engine runs here" in log.read_text(), what="the take-over")
    installation.processes.pop("engine")


def test_every_process_ends_when_it_is_told(installation: Installation) -> None:
    for name in ("beat", "worker", "web 1", "web 2"):
        process = installation.processes.pop(name)
        code = end(process, signal.SIGTERM, within=20)
        assert code in {0, -signal.SIGTERM}, installation.log(name)
        assert "Traceback" not in installation.log(name), installation.log(name)
