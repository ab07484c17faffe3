"""The market engine as a process of its own, for production."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from typing import Any

from django.core.management.base import BaseCommand

from arbion.engine import Engine
from arbion.upkeep import Upkeep


class Command(BaseCommand):
    """Tick until told to stop."""

    help = "Runs the market engine. Several may be started: one works, the others wait to take over."

    def handle(self, **_: Any) -> None:
        """Run the loop; SIGTERM and Ctrl-C end it after the present tick."""
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.stdout.write(f"Market engine {holder} has started.")
        self.stdout.flush()
        engine = Engine(holder=holder)
        upkeep = Upkeep(is_in_charge=lambda: engine.hold is not None)
        threading.Thread(target=upkeep.run, args=[stop], name="upkeep", daemon=True).start()
        engine.run(stop)
        self.stdout.write("Market engine has stopped.")
