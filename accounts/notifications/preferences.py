"""What a person chose about being told: channels by urgency, kinds that stay in the inbox, quiet hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import available_timezones

from django.conf import settings

from accounts.models import ChannelName, NotificationPreference, Urgency, User
from accounts.notifications import quiet
from arbion.domain.errors import FieldError, InvalidInput

# The inbox is not a choice: it is the record of what a person was told.
CHOOSABLE = (ChannelName.EMAIL, ChannelName.TELEGRAM, ChannelName.PUSH)
CHANNEL_CHOICES = [(channel.value, channel.label) for channel in CHOOSABLE]
DEFAULT_CHANNELS: Mapping[str, frozenset[str]] = {
    Urgency.INFO: frozenset(),
    Urgency.WARNING: frozenset(CHOOSABLE),
    Urgency.CRITICAL: frozenset(CHOOSABLE),
}
# The kinds that a person may keep inside. A sender may use other words: those cannot be muted.
KINDS: Mapping[str, str] = {
    "order": "Orders and fills",
    "repeating": "Repeating orders",
    "alert": "Alerts",
    "stop": "Stops",
    "limit": "Limits",
    "halt": "Halts",
    "monitor": "The stop monitor",
    "reconciliation": "Differences with a broker",
    "account": "Your account",
    "system": "The system",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A person's choices, whole: what was never chosen is the default."""

    channels: Mapping[str, frozenset[str]] = field(default_factory=lambda: DEFAULT_CHANNELS)
    muted: frozenset[str] = frozenset()
    time_zone: str
    quiet_from: time | None = None
    quiet_until: time | None = None

    def chosen(self, *, urgency: str, kind: str) -> frozenset[str]:
        """The channels beside the inbox for a notice of this urgency and kind."""
        if kind in self.muted and urgency != Urgency.CRITICAL:
            return frozenset()
        return self.channels[urgency]

    def not_before(self, at: datetime, *, urgency: str) -> datetime:
        """When a notice of this urgency may leave: only what is for information waits for the quiet hours' end."""
        if urgency != Urgency.INFO:
            return at
        return quiet.ends_at(at, zone=self.time_zone, quiet_from=self.quiet_from, quiet_until=self.quiet_until)


def of(user: User) -> Preferences:
    """What this person chose."""
    return of_many([user])[user.pk]


def of_many(users: Iterable[User]) -> dict[int, Preferences]:
    """What these people chose, by their keys, in one look."""
    keys = [user.pk for user in users]
    rows = {row.user_id: row for row in NotificationPreference.objects.filter(user__in=keys)}
    return {key: _read(rows.get(key)) for key in keys}


def _read(row: NotificationPreference | None) -> Preferences:
    if row is None:
        return Preferences(time_zone=settings.MARKET_TIMEZONE)
    channels = {
        urgency: frozenset(row.channels[urgency]) if urgency in row.channels else DEFAULT_CHANNELS[urgency]
        for urgency in Urgency.values
    }
    return Preferences(
        channels=channels,
        muted=frozenset(row.muted),
        time_zone=row.time_zone,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
    )


def choose(user: User, chosen: Preferences) -> Preferences:
    """Keep what the person chose. Raises InvalidInput naming the field; then nothing is kept."""
    errors = [*_wrong_channels(chosen)]
    if not chosen.muted <= KINDS.keys():
        errors.append(FieldError("muted", "invalid_choice", f"Kinds are {', '.join(KINDS)}."))
    if chosen.time_zone not in available_timezones():
        errors.append(FieldError("time_zone", "invalid_choice", "Name a time zone such as America/New_York."))
    if (chosen.quiet_from is None) != (chosen.quiet_until is None):
        missing = "quiet_from" if chosen.quiet_from is None else "quiet_until"
        errors.append(FieldError(missing, "required", "Quiet hours need a beginning and an end."))
    if errors:
        raise InvalidInput(errors[0].detail, errors=tuple(errors))
    facts = {
        "channels": {urgency: sorted(names) for urgency, names in chosen.channels.items()},
        "muted": sorted(chosen.muted),
        "time_zone": chosen.time_zone,
        "quiet_from": chosen.quiet_from,
        "quiet_until": chosen.quiet_until,
    }
    NotificationPreference.objects.update_or_create(user=user, defaults=facts)
    return chosen


def _wrong_channels(chosen: Preferences) -> Iterable[FieldError]:
    if set(chosen.channels) != set(Urgency.values):
        yield FieldError("channels", "invalid", f"Name the channels for each of {', '.join(Urgency.values)}.")
    elif any(not names <= set(CHOOSABLE) for names in chosen.channels.values()):
        yield FieldError("channels", "invalid_choice", f"Channels are {', '.join(CHOOSABLE)}.")
