"""The form in which a person says how they want to be told."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms

from accounts.models import ChannelName, Urgency
from accounts.notifications.preferences import CHOOSABLE, KINDS, Preferences
from arbion.domain.errors import InvalidInput

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))


class ChoicesForm(forms.Form):
    """A box for each urgency and channel, the kinds that stay inside, the quiet hours."""

    quiet_from = forms.TimeField(
        required=False, label="Quiet from", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        required=False, label="Quiet until", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    muted = forms.MultipleChoiceField(
        required=False, choices=list(KINDS.items()), widget=forms.CheckboxSelectMultiple, label="Keep inside"
    )

    def __init__(self, *args: Any, chosen: Preferences, **kwargs: Any) -> None:
        self.before = chosen
        kwargs["initial"] = {
            "time_zone": chosen.time_zone,
            "quiet_from": chosen.quiet_from,
            "quiet_until": chosen.quiet_until,
            "muted": sorted(chosen.muted),
        }
        super().__init__(*args, **kwargs)
        zones = sorted({*ZONES, "UTC", chosen.time_zone})
        self.fields["time_zone"] = forms.ChoiceField(choices=[(zone, zone) for zone in zones], label="Time zone")
        self.order_fields(["time_zone", "quiet_from", "quiet_until", "muted"])
        for urgency in Urgency:
            for channel in CHOOSABLE:
                self.fields[_box(urgency, channel)] = forms.BooleanField(
                    required=False,
                    label=f"{channel.label}, {urgency.label.lower()}",
                    initial=channel in chosen.channels[urgency],
                )

    @property
    def channels(self) -> list[ChannelName]:
        """The columns of the matrix."""
        return list(CHOOSABLE)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The matrix: each urgency with its boxes."""
        return [
            {"label": urgency.label, "boxes": [self[_box(urgency, channel)] for channel in CHOOSABLE]}
            for urgency in Urgency
        ]

    def chosen(self) -> Preferences:
        """What the boxes say."""
        said = self.cleaned_data
        channels = {
            urgency.value: frozenset(channel.value for channel in CHOOSABLE if said[_box(urgency, channel)])
            for urgency in Urgency
        }
        return Preferences(
            channels=channels,
            muted=frozenset(said["muted"]),
            time_zone=said["time_zone"],
            quiet_from=said["quiet_from"],
            quiet_until=said["quiet_until"],
        )

    def show(self, refusal: InvalidInput) -> None:
        """Put a refusal beside its field."""
        for problem in refusal.errors:
            self.add_error(problem.field if problem.field in self.fields else None, problem.detail)


def _box(urgency: Urgency, channel: ChannelName) -> str:
    return f"{urgency.value}_{channel.value}"
