"""Fan-out: one process sends each tick to many sockets, beside a bare broadcast of frames of the same size."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.conf import settings

from accounts import tokens
from accounts.models import Scope
from arbion.benchmarks import listeners, world
from arbion.benchmarks.figures import Figures, milliseconds, ratio
from arbion.benchmarks.rooms import NotMeasured
from arbion.benchmarks.servers import Turn
from trading.stream.entrance import SOCKETS_PER_PERSON_MAX

SOCKETS, SYMBOLS, INSTRUMENTS = 200, 50, 2_000
SMALL_SOCKETS, SMALL_SYMBOLS, SMALL_INSTRUMENTS = 6, 3, 10
END_SECONDS = 10
ANSWER_SECONDS_EXTRA = 30.0


@dataclass(frozen=True)
class Room:
    """Who listens, to what, and for how many ticks."""

    keys: Sequence[str]
    symbols: Sequence[str]
    ticks: int
    interval: float


def measure(*, seconds: float, small: bool) -> Figures:
    """A frame for each symbol, as programs get it, and all symbols in one frame, as our pages get it."""
    instruments = world.make_instruments(SMALL_INSTRUMENTS if small else INSTRUMENTS)
    world.quote_all(instruments)
    sockets = SMALL_SOCKETS if small else SOCKETS
    room = Room(
        keys=_keys(sockets),
        symbols=[instrument.symbol for instrument in instruments[: SMALL_SYMBOLS if small else SYMBOLS]],
        ticks=max(1, round(seconds * 1.5)),
        interval=0.2 if small else settings.TICK_INTERVAL_SECS,
    )
    answer: Figures = {
        "sockets": sockets, "symbols": len(room.symbols), "instruments": len(instruments),
        "ticks": room.ticks, "interval_seconds": room.interval,
    }  # fmt: skip
    with _server("house_server") as house, _server("bare_server") as bare:
        for name, batch in (("frame_per_symbol", False), ("one_frame", True)):
            turn = Turn(room.ticks, room.interval)
            ours = asyncio.run(_listen(house, turn, _greetings(room, batch=batch)))
            count = 1 if batch else len(room.symbols)
            turn = Turn(room.ticks, room.interval, size=ours["frame_bytes"], count=count)
            theirs = asyncio.run(_listen(bare, turn, [[] for _ in room.keys]))
            wanted = sockets * count * room.ticks
            answer[name] = {"wanted": wanted, "house": ours, "bare": theirs, **_compare(ours, theirs)}
    return answer


def _compare(ours: Figures, theirs: Figures) -> Figures:
    return {
        "cpu_to_bare": ratio(ours["fanout_cpu_ms_per_tick"], theirs["fanout_cpu_ms_per_tick"]),
        "p50_to_bare": ratio(ours["p50_ms"], theirs["p50_ms"]),
        "p99_to_bare": ratio(ours["p99_ms"], theirs["p99_ms"]),
    }


def _keys(sockets: int) -> list[str]:
    """A token for each socket, of as many people as the cap of sockets a person asks for."""
    people = world.make_people(-(-sockets // SOCKETS_PER_PERSON_MAX), name="listener")
    keys = [tokens.issue(user=user, name="bench", scope=Scope.READ, days=1, actor=user)[1] for user in people]
    return [keys[number // SOCKETS_PER_PERSON_MAX] for number in range(sockets)]


def _greetings(room: Room, *, batch: bool) -> list[list[str]]:
    subscribe = {"op": "subscribe", "channels": [f"quotes:{','.join(room.symbols)}"], "batch": batch}
    return [[json.dumps({"op": "auth", "token": key}), json.dumps(subscribe)] for key in room.keys]


async def _listen(server: Server, turn: Turn, greetings: Sequence[Sequence[str]]) -> Figures:
    """Connect everybody, let the server tick, and read afterwards what arrived."""
    crowd = await listeners.connect(server.port, greetings, bytes_min=100 + sum(map(len, greetings[0])))
    try:
        lasts = turn.ticks * turn.interval + ANSWER_SECONDS_EXTRA
        answer = await asyncio.wait_for(asyncio.to_thread(server.ask, turn), lasts)
        await asyncio.sleep(0.2)
        lost = sum(listener.is_gone for listener in crowd)
    finally:
        listeners.leave(crowd)
    published: dict[str, float] = answer["published"]
    frames = [frame for listener in crowd for frame in listener.frames() if set(frame.marks) & published.keys()]
    if not frames:
        raise NotMeasured(f"no frame arrived from {server.name} ({lost} of {len(crowd)} sockets were closed)")
    return {
        "delivered": len(frames),
        "sockets_lost": lost,
        "frame_bytes": round(sum(frame.size for frame in frames) / len(frames)),
        **milliseconds([frame.at - published[frame.marks[-1]] for frame in frames]),
        "cpu_ms_per_tick": round(answer["cpu_seconds"] * 1000 / turn.ticks, 2),
        "fanout_cpu_ms_per_tick": round((answer["cpu_seconds"] - answer["aside_seconds"]) * 1000 / turn.ticks, 2),
    }


@dataclass
class Server:
    """A server in a process of its own that ticks when it is asked to."""

    name: str
    process: subprocess.Popen[str]
    port: int = 0

    def hear(self) -> Figures:
        """The next line it says."""
        assert self.process.stdout is not None, "a pipe, as asked for"  # noqa: S101
        line = self.process.stdout.readline()
        if not line:
            raise NotMeasured(f"{self.name} ended before its time")
        answer: Figures = json.loads(line)
        return answer

    def ask(self, turn: Turn) -> Figures:
        """Let it tick, and hear what that took."""
        assert self.process.stdin is not None, "a pipe, as asked for"  # noqa: S101
        self.process.stdin.write(json.dumps(asdict(turn)) + "\n")
        self.process.stdin.flush()
        return self.hear()


@contextmanager
def _server(module: str) -> Iterator[Server]:
    """The server while it is needed: it ends when its lines do, and is killed if it does not."""
    command = [sys.executable, "-m", f"arbion.benchmarks.{module}"]
    with subprocess.Popen(  # noqa: S603  our own module
        command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        server = Server(module, process)
        try:
            server.port = server.hear()["port"]
            yield server
        finally:
            assert process.stdin is not None, "a pipe, as asked for"  # noqa: S101
            process.stdin.close()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
