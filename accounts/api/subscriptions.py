"""REST: letting a browser be told by push messages. By web session only: it is the browser itself that subscribes."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import BySession
from accounts.models import ChannelName
from accounts.notifications import places, registry
from accounts.notifications.webpush import sealing, vapid
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described
from arbion.lib.transport import DOOR, AddressRefused


class KeysSerializer(serializers.Serializer[Any]):
    """The browser's half of the keys, as `PushSubscription.toJSON()` writes them."""

    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=40)


class SubscriptionSerializer(serializers.Serializer[Any]):
    """A browser's subscription."""

    endpoint = serializers.CharField(max_length=1000)
    keys = KeysSerializer()
    name = serializers.CharField(max_length=80, required=False, default="Browser")


class PlaceSerializer(serializers.Serializer[Any]):
    """The place that came of it."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)


class PushKeySerializer(serializers.Serializer[Any]):
    """The key that a subscription is made for."""

    key = serializers.CharField(read_only=True)


class SubscriptionsView(APIView):
    """`notifications/subscriptions/`: our key, and letting this browser be told."""

    permission_classes = (BySession,)

    @described(responses=PushKeySerializer, operation_id="notifications_push_key")
    def get(self, request: Request) -> Response:
        """Our public key; 404 where this installation has none."""
        if ChannelName.PUSH not in registry.ready():
            raise NotFound
        return Response({"key": vapid.public_key()})

    @described(request=SubscriptionSerializer, responses={201: PlaceSerializer}, operation_id="notifications_subscribe")
    def post(self, request: Request) -> Response:
        """Keep the subscription. An address that is not https, or of an inner machine, is refused."""
        if ChannelName.PUSH not in registry.ready():
            raise NotFound
        form = SubscriptionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        try:
            DOOR.read(said["endpoint"])
        except AddressRefused as error:
            raise InvalidInput.of("endpoint", "invalid_endpoint", f"This endpoint is not called: {error}.") from error
        try:
            sealing.Receiver.read(**said["keys"])
        except ValueError as error:
            raise InvalidInput.of("keys", "invalid_keys", "These are not the keys of a browser.") from error
        address = json.dumps({"endpoint": said["endpoint"], **said["keys"]}, sort_keys=True)
        person, at = signed_in(request), SYSTEM.now()
        place = places.add(
            user=person,
            channel=ChannelName.PUSH,
            address=address,
            label=said["name"],
            at=at,
            identity=said["endpoint"],
        )
        return Response({"id": str(place.public_id), "name": place.label}, status=201)


subscriptions = SubscriptionsView.as_view()
