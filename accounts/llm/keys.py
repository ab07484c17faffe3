"""A person's own key for the language model: saved, replaced, forgotten; never shown again."""

from __future__ import annotations

from accounts import vault
from accounts.errors import DemoStaysOrdinary
from accounts.llm.roles import endpoint
from accounts.models import Secret, SecretPurpose, User
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm.endpoint import Endpoint
from arbion.lib.llm.faults import WrongKey

LENGTH_MIN, LENGTH_MAX = 12, 400


def save(*, user: User, key: str, clock: Clock = SYSTEM) -> Secret:
    """Keep the person's key in the place of the one before. Raises InvalidInput, or DemoStaysOrdinary."""
    if user.is_demo:  # everybody enters it, and would spend what one visitor brought
        raise DemoStaysOrdinary("The demo account belongs to everybody, so it keeps no key. Sign up to use your own.")
    key = key.strip()
    if not LENGTH_MIN <= len(key) <= LENGTH_MAX or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidInput.of("key", "invalid_key", "This is no key: paste it whole, without spaces or line breaks.")
    # Kept with the provider that it was given for: it is told to no other, should the operator change the address.
    return vault.put(user=user, purpose=SecretPurpose.LANGUAGE_MODEL, text=f"{endpoint('').host} {key}", clock=clock)


def way_with(user: User) -> Endpoint | None:
    """The provider asked with the person's own key; None where there is none. Raises WrongKey."""
    try:
        kept = vault.reveal(user, SecretPurpose.LANGUAGE_MODEL)
    except vault.CannotBeOpened as error:
        raise WrongKey("Your key can no longer be opened: save it again.") from error
    if kept is None:
        return None
    host, _, key = kept.partition(" ")
    way = endpoint(key)
    if host != way.host:
        raise WrongKey(f"Your key was saved for {host}, and the provider is {way.host} now: save the key for that one.")
    return way


def forget(*, user: User, clock: Clock = SYSTEM) -> bool:
    """Forget the person's key; False where there was none."""
    return vault.forget(user=user, purpose=SecretPurpose.LANGUAGE_MODEL, clock=clock)
