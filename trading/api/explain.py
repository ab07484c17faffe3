"""REST: one order explained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from arbion.lib.openapi import described
from trading import selectors
from trading.explain import Story
from trading.explain import explain as explained
from trading.explain.entry import Entry
from trading.wire.fields import TextOrNull, moment

KINDS = ("asked", "read", "seen", "judged", "happened", "sent", "heard", "filled", "booked", "told")


class FactSerializer(serializers.Serializer[Any]):
    """A figure with its name."""

    label: Any = serializers.CharField()
    value = serializers.CharField()


class ReadingSerializer(serializers.Serializer[Any]):
    """One field of the order and the words that made it."""

    field = serializers.CharField()
    value = serializers.CharField()
    words = TextOrNull(help_text="Null where it follows from the rest.")


class EntrySerializer(serializers.Serializer[Entry]):
    """One thing that happened."""

    time = moment(source="at")
    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    title = serializers.CharField()
    text = TextOrNull()
    by = TextOrNull(help_text="The person who brought it about; null: the system.")
    facts = serializers.SerializerMethodField()
    checks: Any = serializers.ListField(child=serializers.DictField(), help_text="Of a verdict, every check.")
    data: Any = serializers.DictField(source="raw", allow_null=True, help_text="What was written down then.")

    def get_facts(self, entry: Entry) -> list[dict[str, str]]:
        """Figures with their names."""
        return [{"label": label, "value": value} for label, value in entry.facts]


class StorySerializer(serializers.Serializer[Story]):
    """Everything that made an order and that became of it, oldest first."""

    order_id = serializers.UUIDField(source="order.pk")
    summary = serializers.CharField()
    was_sent = serializers.BooleanField(help_text="Whether it has left for its venue.")
    readings = ReadingSerializer(many=True)
    entries = EntrySerializer(many=True)


class ExplainView(APIView):
    """`orders/{id}/explain/`: one of the person's own, explained."""

    @described(operation_id="orders_explain", responses=StorySerializer)
    def get(self, request: Request, order_id: UUID) -> Response:
        """The story of the order."""
        return Response(StorySerializer(explained(selectors.order_of(signed_in(request), order_id))).data)


explain = ExplainView.as_view()
