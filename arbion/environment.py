"""Reads settings from the environment: a blank variable counts as unset, and a bad value is refused in one sentence."""

from __future__ import annotations

import math
import os
import zoneinfo
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from arbion.lib.llm.endpoint import BadAddress, check_form
from arbion.lib.ratelimit import parse_rate

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
DATABASE_SCHEMES = ("sqlite://", "postgres://", "postgresql://")
LARGEST = 10**9


class Environment:
    """The variables of this process, each read by what it must be."""

    def text(self, name: str, default: str = "") -> str:
        """Any text."""
        return os.environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        """One of these words."""
        value = self.text(name, default)
        if value not in among:
            raise _bad(name, value, " or ".join(among))
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no."""
        value = self.text(name, str(default)).lower()
        if value not in YES + NO:
            raise _bad(name, value, "True or False")
        return value in YES

    def whole(self, name: str, default: int, *, least: int = 0, most: int = LARGEST) -> int:
        """A whole number."""
        value = self.text(name, str(default))
        number = int(value) if value.isascii() and value.isdigit() and len(value) <= 10 else -1
        if not least <= number <= most:
            raise _bad(name, value, f"a whole number from {least} to {most}")
        return number

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not least <= number <= most:  # NaN is in no range
            raise _bad(name, value, f"a number from {least} to {most}")
        return number

    def amount(self, name: str, default: str) -> str:
        """An amount of money above zero, exact to the cent."""
        value = self.text(name, default)
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal(0)
        if not number.is_finite() or not 0 < number <= LARGEST or number != round(number, 2):
            raise _bad(name, value, f"an amount above 0 and up to {LARGEST}, with at most two decimals")
        return f"{number:f}"

    def rate(self, name: str, default: str) -> str:
        """A number of attempts in a time."""
        value = self.text(name, default)
        try:
            parse_rate(value)
        except ImproperlyConfigured:
            raise _bad(name, value, "a rate such as 5/m, 10/15m or 5/h") from None
        return value

    def provider(self, name: str, default: str) -> str:
        """The address of a provider of language models, without a slash at its end."""
        url = self.text(name, default).rstrip("/")
        try:
            check_form(url)
        except BadAddress as error:
            raise ImproperlyConfigured(f"{name} cannot be used: {error}.") from None
        return url

    def folder(self, name: str, default: str, *, apart_from: Path) -> str:
        """A folder that is there, or nothing: none that holds this installation's data or lies among it."""
        value = self.text(name, default)
        if not value:
            return ""
        path, data = Path(value), apart_from.resolve()
        if not path.is_absolute() or not path.is_dir():
            raise _bad(name, value, "the whole path of a folder that is there")
        path = path.resolve()
        if path == Path(path.anchor) or path.is_relative_to(data) or data.is_relative_to(path):
            raise _bad(name, value, "a folder of its own, apart from the whole disk and from ARBION_DATA_DIR")
        return str(path)

    def zone(self, name: str, default: str) -> str:
        """The name of a time zone."""
        value = self.text(name, default)
        if value not in zoneinfo.available_timezones():
            raise _bad(name, value, "the name of a time zone, such as America/New_York")
        return value

    def words(self, name: str, default: Sequence[str]) -> list[str]:
        """Words separated by commas."""
        given = self.text(name)
        return [word.strip() for word in given.split(",") if word.strip()] if given else [*default]

    # The values of the next three may hold a password and are not repeated.
    def redis(self, name: str) -> str:
        """The address of a Redis, or nothing."""
        url = self.text(name)
        if url and not url.startswith(REDIS_SCHEMES):
            raise ImproperlyConfigured(f"{name} must begin with {', '.join(REDIS_SCHEMES[:2])} or {REDIS_SCHEMES[2]}.")
        return url

    def database(self, name: str, default: str) -> str:
        """The address of a database that we know."""
        url = self.text(name, default)
        try:
            is_known = url.startswith(DATABASE_SCHEMES) and bool(environ.Env.db_url_config(url))
        except (KeyError, ValueError, ImproperlyConfigured):
            is_known = False
        if not is_known:
            raise ImproperlyConfigured(f"{name} is not an address such as postgres://USER:PASSWORD@HOST:5432/NAME.")
        return url

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings of mail out of one address."""
        try:
            found: dict[str, Any] = environ.Env.email_url_config(self.text(name, default))
        except (KeyError, ValueError, ImproperlyConfigured):
            raise ImproperlyConfigured(f"{name} is not an address such as smtp+tls://USER:PASSWORD@HOST:587.") from None
        return found


def _bad(name: str, value: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is {value[:60]!r}; it must be {wanted}.")
