"""The stop monitor as a process of its own, for production."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from arbion.monitor import Monitor


class Command(BaseCommand):
    """Watch until told to stop."""

    help = "Watches the stops of all positions. Several may be started: one acts, the others wait to take over."

    def handle(self, **_: Any) -> None:
        """Run the loop; SIGTERM and Ctrl-C end it after the present look."""
        # What follows a commit is done here and at once: an exit must not wait for a queue or for its worker.
        # Only notices wait for the outbox: no mail server may keep the monitor from looking.
        settings.AFTER_COMMIT, settings.NOTICES_WAIT = "at_once", True
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.stdout.write(f"Stop monitor {holder} has started.")
        self.stdout.flush()
        Monitor(holder=holder).run(stop)
        self.stdout.write("Stop monitor has stopped.")
