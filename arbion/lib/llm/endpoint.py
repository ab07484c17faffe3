"""Where a language model is served and with which key it is asked, and which addresses may be asked at all."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from arbion.lib.llm.faults import Unreachable
from arbion.lib.transport import Address, is_public, look_up

VENDOR_URL = "https://api.openai.com/v1"
VENDOR_HOST = "api.openai.com"


class Api(StrEnum):
    """The two ways to ask."""

    RESPONSES = "responses"
    CHAT = "chat"


class BadAddress(ValueError):
    """The provider's address cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One provider with one key. The address is always the operator's; the key may be a person's."""

    api_key: str = field(repr=False)
    base_url: str = VENDOR_URL

    @property
    def fingerprint(self) -> str:
        """What stands for address and key in logs, health and caches; it tells nothing about the key."""
        return hashlib.sha256(f"model key\0{self.base_url}\0{self.api_key}".encode()).hexdigest()[:12]

    @property
    def host(self) -> str:
        """The provider, as people are told of it."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_vendor(self) -> bool:
        """Whether it is the vendor itself and no compatible server."""
        return self.host == VENDOR_HOST


def check_form(base_url: str) -> None:
    """Raise BadAddress where the address can be no provider's, as far as it says itself."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress("it is no address") from error
    if parts.scheme not in {"https", "http"} or not host:
        raise BadAddress("it must begin with https:// (or http:// for a server in your own network)")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BadAddress("it may hold no user, password, query or fragment")
    if any(ord(letter) <= 32 or letter == "\\" for letter in base_url):
        raise BadAddress("it holds a character that no address has")


def check_reach(base_url: str) -> None:
    """Raise Unreachable where a key or words would cross the open internet unencrypted. Looks the name up."""
    parts = urlsplit(base_url)
    if parts.scheme == "https":
        return
    try:
        addresses: list[Address] = look_up(parts.hostname or "", parts.port or 80)
    except (OSError, UnicodeError) as error:
        raise Unreachable("The provider's name has no address.") from error
    if not addresses or any(not _is_near(address) for address in addresses):
        raise Unreachable("Plain http is spoken only within your own network: give the provider an https address.")


def _is_near(address: Address) -> bool:
    """Loopback or a private network; neither the open internet nor an address that a cloud keeps for itself."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if is_public(address) or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return address.is_loopback or address.is_private
