"""What the two servers of the fan-out bench have in common: the lines they speak with who started them."""

from __future__ import annotations

import json
import resource
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from arbion.benchmarks.figures import Figures

# After the last tick the server is given time to empty its queues before its work is added up.
REST_SECONDS = 1.0


@dataclass(frozen=True)
class Turn:
    """What is asked of a server: so many ticks, at this pace; `size` and `count` are of a bare server's frames."""

    ticks: int
    interval: float
    size: int = 0
    count: int = 1


# Sends one tick; answers the mark that its frames bear, and when they were handed over.
PublishTurn = Callable[[Turn], tuple[str, float]]


def loopback() -> socket.socket:
    """A listening place of this machine alone, at a port that was free."""
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    place.bind(("127.0.0.1", 0))
    place.listen(512)
    return place


def say(answer: Figures) -> None:
    """One line to who started this process."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def obey(publish: PublishTurn) -> None:
    """Tick whenever a line asks for it, until there are no more lines. Each publish names its mark and its moment.

    What the publishing thread itself used before a tick was handed over is not the fan-out's work; it is taken off.
    """
    for line in sys.stdin:
        turn = Turn(**json.loads(line))
        published: dict[str, float] = {}
        used, aside = _used(), 0.0
        begun = time.monotonic()
        for number in range(turn.ticks):
            own = time.thread_time()
            mark, moment = publish(turn)
            published[mark] = moment
            aside += time.thread_time() - own
            time.sleep(max(0.0, begun + turn.interval * (number + 1) - time.monotonic()))
        time.sleep(REST_SECONDS)
        say({"published": published, "cpu_seconds": _used() - used, "aside_seconds": aside})


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
