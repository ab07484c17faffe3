"""REST: what a person was told, and how they want to be told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from accounts.models import Notification, Urgency
from accounts.notifications import inbox, preferences
from accounts.notifications.preferences import CHANNEL_CHOICES, KINDS, Preferences
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """One notice, as its reader sees it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    time = serializers.DateTimeField(source="at", read_only=True)

    class Meta:
        model = Notification
        fields = ["id", "kind", "urgency", "title", "body", "link", "time", "read_at"]
        read_only_fields = fields


class UnreadSerializer(serializers.Serializer[Any]):
    """How much was not read."""

    unread = serializers.IntegerField(read_only=True)


class MarkedSerializer(serializers.Serializer[Any]):
    """How much was marked as read just now."""

    marked = serializers.IntegerField(read_only=True)


class ChannelsSerializer(serializers.Serializer[Any]):
    """The channels beside the inbox, for each urgency."""

    info = serializers.MultipleChoiceField(choices=CHANNEL_CHOICES)
    warning = serializers.MultipleChoiceField(choices=CHANNEL_CHOICES)
    critical = serializers.MultipleChoiceField(choices=CHANNEL_CHOICES)


class PreferencesSerializer(serializers.Serializer[Any]):
    """How a person wants to be told."""

    channels = ChannelsSerializer()
    muted = serializers.MultipleChoiceField(choices=list(KINDS.items()))
    time_zone = serializers.CharField(max_length=60)
    quiet_from = serializers.TimeField(allow_null=True, format="%H:%M", input_formats=["%H:%M"])
    quiet_until = serializers.TimeField(allow_null=True, format="%H:%M", input_formats=["%H:%M"])


class NotificationsView(generics.ListAPIView[Notification]):
    """`notifications/`: one's own, newest first; `?unread=true` leaves out what was read."""

    serializer_class = NotificationSerializer
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        """The person's own."""
        asked = self.request.query_params.get("unread", "false")
        if asked not in {"true", "false"}:
            raise InvalidInput.of("unread", "invalid_choice", "Say true or false.")
        return inbox.notices_of(signed_in(self.request), unread=asked == "true")

    @described(
        operation_id="notifications_list",
        parameters=[
            OpenApiParameter("unread", OpenApiTypes.BOOL, description="True leaves out what was read."),
            OpenApiParameter("limit", OpenApiTypes.INT, description="How many a page, up to 200."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of notices."""
        return super().get(request, *args, **kwargs)


class UnreadView(APIView):
    """`notifications/unread/`: the figure on the bell."""

    @described(responses=UnreadSerializer, operation_id="notifications_unread")
    def get(self, request: Request) -> Response:
        """How many notices were not read, counted up to a thousand."""
        return Response({"unread": inbox.unread_count(signed_in(request))})


class ReadView(APIView):
    """`notifications/{id}/read/`: mark one as read."""

    permission_classes = (MayTrade,)

    @described(request=None, responses=NotificationSerializer, operation_id="notifications_read")
    def post(self, request: Request, notification_id: UUID) -> Response:
        """Mark it; a second time changes nothing."""
        notice = inbox.mark_read(signed_in(request), notification_id, at=SYSTEM.now())
        return Response(NotificationSerializer(notice).data)


class ReadAllView(APIView):
    """`notifications/read/`: mark all as read."""

    permission_classes = (MayTrade,)

    @described(request=None, responses=MarkedSerializer, operation_id="notifications_read_all")
    def post(self, request: Request) -> Response:
        """Mark everything up to now."""
        return Response({"marked": inbox.mark_all_read(signed_in(request), at=SYSTEM.now())})


class PreferencesView(APIView):
    """`notifications/preferences/`: how one wants to be told."""

    permission_classes = (MayTrade,)

    @described(responses=PreferencesSerializer, operation_id="notifications_preferences")
    def get(self, request: Request) -> Response:
        """What was chosen, with the defaults where nothing was."""
        return Response(_shown(preferences.of(signed_in(request))))

    @described(request=PreferencesSerializer, responses=PreferencesSerializer, operation_id="notifications_choose")
    def put(self, request: Request) -> Response:
        """Choose anew, whole."""
        form = PreferencesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        chosen = Preferences(
            channels={urgency: frozenset(said["channels"][urgency]) for urgency in Urgency.values},
            muted=frozenset(said["muted"]),
            time_zone=said["time_zone"],
            quiet_from=said["quiet_from"],
            quiet_until=said["quiet_until"],
        )
        return Response(_shown(preferences.choose(signed_in(request), chosen)))


def _shown(chosen: Preferences) -> dict[str, Any]:
    return {
        "channels": {urgency: sorted(chosen.channels[urgency]) for urgency in Urgency.values},
        "muted": sorted(chosen.muted),
        "time_zone": chosen.time_zone,
        "quiet_from": f"{chosen.quiet_from:%H:%M}" if chosen.quiet_from else None,
        "quiet_until": f"{chosen.quiet_until:%H:%M}" if chosen.quiet_until else None,
    }


notification_list = NotificationsView.as_view()
unread = UnreadView.as_view()
read = ReadView.as_view()
read_all = ReadAllView.as_view()
notification_preferences = PreferencesView.as_view()
