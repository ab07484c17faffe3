"""The one HTTP door: every call of ours to another machine leaves here, bounded, unredirected and outside transactions.

Only https, only to public addresses. A name is looked up once, every address that it has must be public, and the
connection goes to the address that was checked while certificate and SNI stay those of the name: a name that points
elsewhere a moment later gains nothing. Redirects are answers, never followed. Proxies of the environment are not used,
since they would look the name up again.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.db import connection
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

CONNECT_SECONDS = 5
READ_SECONDS = 10
TOTAL_SECONDS = 20
BYTES_MAX = 1_048_576
PORTS = frozenset({443})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TransportFault(Exception):
    """A call to another machine did not end with an answer."""


class AddressRefused(TransportFault):
    """The address is not one that we call: not https, not public, or no address at all. Nothing was sent."""


class NotSent(TransportFault):
    """No connection came about, so the other side knows nothing of the request."""


class AnswerLost(TransportFault):
    """The request may have arrived; its answer did not, or not whole."""


class InsideTransaction(RuntimeError):
    """Another machine was called inside a database transaction: a mistake in the program, not of a person."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> int:
        """The seconds after which it wants to be asked again; 0 where it says none, at most an hour."""
        text = self.headers.get("Retry-After", "").strip()
        return min(int(text[:6]), 3600) if text.isascii() and text.isdigit() else 0


def outside_transaction() -> None:
    """Raise InsideTransaction if a database transaction is open; the one around a whole test does not count."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise InsideTransaction("another machine must not be called inside a database transaction")


def is_public(address: Address) -> bool:
    """Whether an address is of the open internet, also where IPv6 only wraps one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def look_up(host: str, port: int) -> list[Address]:
    """Every address of a name. Raises OSError where there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The door itself; tests open one that leads to loopback."""

    look_up: Callable[[str, int], list[Address]] = look_up
    may_reach: Callable[[Address], bool] = is_public
    ports: frozenset[int] = PORTS
    trust: str | bool = True

    def check(self, url: str) -> Address:
        """The address behind a URL that may be called. Raises AddressRefused, or NotSent where it has none."""
        host, port = self.read(url)
        try:
            addresses = self.look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise NotSent("the name has no address") from error
        if not addresses or not all(self.may_reach(address) for address in addresses):
            raise AddressRefused("the address is not public")
        return addresses[0]

    def read(self, url: str) -> tuple[str, int]:
        """Host and port of a URL that may be called as far as it says itself. Raises AddressRefused."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or 443
        except ValueError as error:
            raise AddressRefused("not a URL") from error
        if parts.scheme != "https" or not host or parts.username is not None or parts.password is not None:
            raise AddressRefused("only https, with a host and without a user, is called")
        if any(ord(letter) <= 32 or letter == "\\" for letter in url) or port not in self.ports:
            raise AddressRefused("the URL or its port is not one that is called")
        with contextlib.suppress(ValueError):  # a name is judged by what it leads to, when it is called
            if not self.may_reach(ipaddress.ip_address(host)):
                raise AddressRefused("the address is not public")
        return host, port

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        json: Any = None,
        bytes_max: int = BYTES_MAX,
    ) -> Answer:
        """Ask once and hand back whatever was answered, errors and redirects too. Never tries twice.

        Raises AddressRefused and NotSent when certainly nothing arrived, AnswerLost when that cannot be known, and
        InsideTransaction when a database transaction is open. The messages hold neither URL nor headers: both may
        hold secrets.
        """
        outside_transaction()
        address = self.check(url)
        until = time.monotonic() + TOTAL_SECONDS
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _Pinned(host=self.read(url)[0], address=address))
            try:
                response = session.request(
                    method, url, headers={"Accept-Encoding": "identity", **(headers or {})}, data=data, json=json,
                    timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True, verify=self.trust,
                )  # fmt: skip
                with response:
                    body = _read(response, bytes_max=bytes_max, until=until)
            except (requests.RequestException, OSError) as error:
                raise _fault(error) from None
            return Answer(response.status_code, response.headers, body)


def _read(response: requests.Response, *, bytes_max: int, until: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(8192):
        body += chunk
        if len(body) > bytes_max:
            raise AnswerLost("the answer is larger than what is read")
        if time.monotonic() > until:
            raise AnswerLost("the answer took too long")
    return bytes(body)


class _Pinned(HTTPAdapter):
    """Connects to one address, while name, SNI and certificate stay the host's."""

    def __init__(self, *, host: str, address: Address) -> None:
        self.host, self.address = host, address
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """A pool that asks for the host's certificate."""
        super().init_poolmanager(*args, server_hostname=self.host, **kwargs)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send to the address."""
        parts = urlsplit(str(request.url))
        request.headers["Host"] = parts.netloc
        place = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        request.url = parts._replace(netloc=f"{place}:{parts.port or 443}").geturl()
        return super().send(request, *args, **kwargs)


_BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError, ConnectionRefusedError)


def _fault(error: Exception) -> TransportFault:
    """What an error means: only what surely came before the request was written counts as not sent."""
    if isinstance(error, requests.ConnectTimeout) or any(isinstance(one, _BEFORE_SENDING) for one in _causes(error)):
        return NotSent(f"no connection came about ({type(error).__name__})")
    return AnswerLost(f"the answer was lost ({type(error).__name__})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and everything that it wraps: libraries hide the first cause in arguments, reasons and contexts."""
    pending: list[Any] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


DOOR = Door()
