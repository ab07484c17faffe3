"""The one command: prepare what is missing, then run everything in one process."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
import time
import webbrowser
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arbion import preparation
from arbion.domain.errors import ArbionError
from arbion.embedded import AlreadyRunningError, PortTakenError, listen, only_copy, serve
from arbion.production import close_to_others

PORT_MAX = 65_535


class Command(BaseCommand):
    """Prepare and run."""

    help = "Starts Arbion in one process: website, market engine, task worker and schedule. Ctrl-C ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen."""
        parser.add_argument("--port", type=int, default=8000, help="the port to listen on (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--expose", action="store_true", help="allow an address that other machines can reach")
        parser.add_argument("--no-browser", action="store_true", help="do not open a browser window")

    def handle(self, *, port: int, host: str, expose: bool, no_browser: bool, **_: Any) -> None:
        """Lock, prepare, serve."""
        self._refuse_unsafe(host, port, expose=expose)
        address = address_of(host, port)
        if not os.environ.get("PUBLIC_URL", "").strip():  # links in mail lead to where we really are
            settings.PUBLIC_URL = address
        begun = time.monotonic()
        try:
            with only_copy(settings.DATA_DIR), contextlib.closing(listen(host, port)) as place:
                self.stdout.write(self.style.MIGRATE_HEADING("Arbion"))
                close_to_others(settings.DATA_DIR)
                self._prepare()
                serve(place, lambda: self._announce(address, time.monotonic() - begun, browser=not no_browser))
        except (AlreadyRunningError, PortTakenError) as problem:
            raise CommandError(str(problem)) from problem
        except ArbionError as refusal:
            raise CommandError(refusal.detail) from refusal
        except KeyboardInterrupt:
            self.stdout.write("\nStopped before it was up.")
            return
        self.stdout.write("Arbion has stopped.")

    def _refuse_unsafe(self, host: str, port: int, *, expose: bool) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "`up` is the embedded mode. In production start web, engine, worker and beat: see the README."
            )
        if not 1 <= port <= PORT_MAX:
            raise CommandError(f"--port takes a number from 1 to {PORT_MAX}, not {port}.")
        try:
            loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError as error:
            raise CommandError(f"--host takes an IP address, not {host!r}.") from error
        if not loopback and not expose:
            raise CommandError(
                f"{host} can be reached from other machines. Embedded mode has no TLS and practice settings; "
                "add --expose if that is what you want."
            )

    def _prepare(self) -> None:
        with self._step("database"):
            preparation.migrate()
        with self._step("instruments"):
            preparation.load_catalogue()
        with self._step("owner"):
            owner = preparation.first_owner()
        with self._step("schedules"):
            preparation.setup_schedules()
        if owner is not None:
            self.stdout.write(f"\n  Your owner account   {owner.email}")
            if owner.password:
                self.stdout.write(f"  Its password         {owner.password}")
                self.stdout.write("  Shown this once. Change it after you have signed in.\n")

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self.stdout.write(f"  {name:<28} ", ending="")
        self.stdout.flush()
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self.stdout.write("")
            raise
        self.stdout.write(f"{time.monotonic() - begun:6.1f} s")
        self.stdout.flush()

    def _announce(self, address: str, seconds: float, *, browser: bool) -> None:
        self.stdout.write(self.style.SUCCESS(f"\nReady after {seconds:.1f} s: {address}") + "   (Ctrl-C to stop)")
        self.stdout.flush()
        if browser and sys.stdout.isatty() and _has_desktop():
            webbrowser.open(address)


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds the site."""
    if host in {"localhost", "0.0.0.0", "::"}:  # noqa: S104  these name no one place
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _has_desktop() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
