"""The embedded mode: server, market engine, stop monitor, upkeep, worker and schedule in one process, and no more."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from celery.beat import Service
from celery.platforms import SecurityWarning
from celery.worker import state as worker_state
from django_celery_beat.schedulers import DatabaseScheduler

from arbion.celery import app as celery_app
from arbion.engine import Engine
from arbion.monitor import Monitor
from arbion.production import make_folder, unusable
from arbion.upkeep import Upkeep

logger = logging.getLogger(__name__)

GRACE_SECONDS = 2
JOIN_SECONDS = 1.5
RESTART_SECONDS = 5
WS_BYTES_MAX = 65_536
# A look of the stop monitor, and how many looks its lease is renewed after.
MONITOR_SECONDS = 0.5
LOOKS_A_LEASE = 5


class AlreadyRunningError(Exception):
    """Another copy works on the same folder."""


class PortTakenError(Exception):
    """Something else listens on the port."""


@contextlib.contextmanager
def only_copy(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel lets go of however this process ends."""
    make_folder(folder)
    try:
        descriptor = os.open(folder / "arbion.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unusable(folder / "arbion.lock", error) from error
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = file.read().strip() or "unknown"
            raise AlreadyRunningError(
                f"Arbion is already running on {folder} (process {pid}). Stop that one first, or name another folder "
                "in ARBION_DATA_DIR: two engines on one database would trade twice."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate(0)


def listen(host: str, port: int) -> socket.socket:
    """A listening place at this address, or a plain sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = socket.socket(family, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((host, port))
    except OSError as error:
        place.close()
        reason = error.strerror or "refused"
        raise PortTakenError(f"Port {port} on {host} cannot be used ({reason}). Try another: --port 8001.") from error
    place.set_inheritable(True)
    return place


class Server(uvicorn.Server):
    """uvicorn that says when it is ready."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then say so."""
        await super().startup(sockets)
        self.when_ready()


class Background:
    """What runs beside the server: engine, monitor, worker and beat, each on a thread of its own."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.beat: Service | None = None
        # Celery warns of running as root; here only our own threads can send it tasks.
        warnings.filterwarnings("ignore", category=SecurityWarning)
        self.threads = [
            threading.Thread(target=Engine().run, args=[self.stopping], name="engine", daemon=True),
            threading.Thread(target=_monitor().run, args=[self.stopping], name="monitor", daemon=True),
            threading.Thread(target=Upkeep().run, args=[self.stopping], name="upkeep", daemon=True),
            threading.Thread(target=self._keep, args=[self._work], name="worker", daemon=True),
            threading.Thread(target=self._keep, args=[self._keep_time], name="beat", daemon=True),
        ]

    def start(self) -> None:
        """Start them all."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Ask all to end and wait a bounded time; what does not end in time dies with the process."""
        self.stopping.set()
        worker_state.should_stop = 0
        if self.beat is not None:
            self.beat.stop()
        deadline = time.monotonic() + JOIN_SECONDS
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        worker_state.should_stop = None
        celery_app.Worker(
            pool="threads",
            concurrency=4,
            quiet=True,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        ).start()

    def _keep_time(self) -> None:
        self.beat = Service(celery_app, max_interval=1, scheduler_cls=DatabaseScheduler)
        self.beat.start()

    def _keep(self, run: Callable[[], None]) -> None:
        """Run a service, and start it again if it ends before its time: nothing else would notice."""
        name = threading.current_thread().name
        while not self.stopping.is_set():
            try:
                run()
            except SystemExit:
                logger.debug("%s has stopped", name)
            except Exception:  # a task's outermost loop
                logger.exception("%s has failed", name)
            if not self.stopping.wait(RESTART_SECONDS):
                logger.error("%s ended before its time and is started again", name)


def serve(place: socket.socket, when_ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, with everything that runs beside the server."""
    config = uvicorn.Config(
        "arbion.asgi:application",
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # forwarded headers are read in one place, which counts trusted proxies
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=WS_BYTES_MAX,
    )
    server = Server(config, when_ready)
    # uvicorn repeats the signal once it has ended: by then there is nothing left to interrupt.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignore)
    background = Background()
    background.start()
    try:
        server.run(sockets=[place])
    finally:
        background.stop()


def _monitor() -> Monitor:
    """The monitor of a process that is alone on its folder: nobody waits to take over, so it renews at leisure."""
    return Monitor(interval=MONITOR_SECONDS, lease_seconds=4 * LOOKS_A_LEASE * MONITOR_SECONDS)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """A signal that has been acted upon already."""
