"""The yardstick of the fan-out: `websockets` alone, which sends ready frames to everybody who is connected."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from arbion.benchmarks import servers
from arbion.benchmarks.servers import Turn

_numbers = itertools.count(1)


class Crowd:
    """Everybody who is connected, and the loop they live in."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.connections: set[ServerConnection] = set()

    async def take_in(self, connection: ServerConnection) -> None:
        """Keep one connection until it ends; what it says is not listened to."""
        self.connections.add(connection)
        await connection.wait_closed()
        self.connections.discard(connection)

    def publish(self, turn: Turn) -> tuple[str, float]:
        """Send one tick's frames, each padded to the size asked for."""
        mark = f"turn {next(_numbers)}"
        head = f'{{"time":"{mark}","pad":"'
        frame = head + "x" * max(0, turn.size - len(head) - 2) + '"}'
        moment = time.monotonic()
        assert self.loop is not None, "ticks are asked for once the port was told"  # noqa: S101
        self.loop.call_soon_threadsafe(self.send, frame, turn.count)
        return mark, moment

    def send(self, frame: str, count: int) -> None:
        """The broadcast itself, inside the loop."""
        for _ in range(count):
            broadcast(self.connections, frame)


async def _serve(crowd: Crowd, ready: threading.Event, place: socket.socket) -> None:
    crowd.loop = asyncio.get_running_loop()
    async with serve(crowd.take_in, sock=place, compression=None):
        ready.set()
        await asyncio.Event().wait()


def main() -> None:
    """Serve until the lines from who started this process end."""
    crowd, ready, place = Crowd(), threading.Event(), servers.loopback()
    threading.Thread(target=lambda: uvloop.run(_serve(crowd, ready, place)), daemon=True).start()
    ready.wait(10)
    servers.say({"port": place.getsockname()[1]})
    servers.obey(crowd.publish)


if __name__ == "__main__":
    main()
