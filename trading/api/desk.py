"""REST: a sentence to the trading desk, and carrying out what it understood."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import IsSignedIn, MayTrade
from arbion.lib.api import NewestFirst, problem_of
from arbion.lib.openapi import described
from trading import desk, selectors, throttle
from trading.api import docs
from trading.api.fields import StrictText, StrictUUID
from trading.api.reading import account_asked, assistant_asked, one
from trading.desk import Outcome
from trading.desk.carrying_out import proposal_of
from trading.desk.model import talking
from trading.desk.model.talking import AnswerStopped
from trading.models import Message
from trading.wire.fields import moment
from trading.wire.orders import OrderSerializer
from trading.wire.shapes import MessageSerializer

WORDS_LENGTH_MAX = 100


class SentenceSerializer(serializers.Serializer[Any]):
    """What somebody says to the desk."""

    text = StrictText()
    account = StrictUUID(required=False, allow_null=True, help_text="One's simulated account where it is left out.")
    assistant = StrictUUID(
        required=False, allow_null=True, help_text="Whom a question goes to; the desk itself where it is left out."
    )


class ProposalSerializer(serializers.Serializer[Any]):
    """What was understood, with a list of previews for each action; it can be carried out once, while it is fresh."""

    id = serializers.UUIDField()
    hash = serializers.CharField(allow_null=True, help_text="Seals what is shown here; send it back to confirm that.")
    text = serializers.CharField()
    account = serializers.UUIDField()
    actions = serializers.ListField(child=serializers.DictField(), help_text="In the order said; see the instructions.")
    question = serializers.CharField(allow_null=True, help_text="What is missing or ambiguous, as a question.")
    confidence = serializers.FloatField()
    explanation = serializers.CharField()
    interpretation = serializers.DictField(help_text="The four fields above, as the command line prints them.")
    previews = serializers.ListField(child=serializers.ListField(child=serializers.DictField()))
    can_execute = serializers.BooleanField()
    reply = serializers.CharField()
    expires_at = moment()


class ConfirmationSerializer(serializers.Serializer[Any]):
    """Which proposal shall be carried out; with its hash, only as it was shown."""

    id = StrictUUID()
    hash = StrictText(required=False, max_length=64)


class CarriedOutSerializer(serializers.Serializer[Any]):
    """What carrying out came to. An order that the risk desk denied is among the orders, with its reason."""

    id = serializers.UUIDField()
    orders = OrderSerializer(many=True)
    canceled = OrderSerializer(many=True)
    replaced = OrderSerializer(many=True, help_text="Orders whose change was asked.")
    alerts = serializers.ListField(child=serializers.UUIDField(), help_text="The ids of alerts that were set.")
    schedules = serializers.ListField(child=serializers.UUIDField(), help_text="The ids of repeating orders.")
    refusals = serializers.ListField(child=serializers.DictField(), help_text="Problem details of what was refused.")


class InterpretView(APIView):
    """`desk/interpret/`: reads a sentence; nothing trades."""

    permission_classes = (IsSignedIn,)

    @described(
        operation_id="desk_interpret",
        request=SentenceSerializer,
        responses=ProposalSerializer,
        examples=docs.SENTENCE,
    )
    def post(self, request: Request) -> Response:
        """The interpretation, an id to carry it out by, and previews."""
        form = SentenceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        person = signed_in(request)
        assistant = assistant_asked(person, form.validated_data.get("assistant"))
        account = account_asked(person, form.validated_data.get("account"))
        spoken = talking.speak(person, form.validated_data["text"], account=account, assistant=assistant)
        proposal = talking.converse_for(spoken)
        if proposal is None:
            raise AnswerStopped
        answer = {**desk.as_json(proposal), "interpretation": proposal.interpretation}
        return Response(ProposalSerializer(answer).data)


class ExecuteView(APIView):
    """`desk/execute/`: carries out a proposal, once."""

    permission_classes = (MayTrade,)

    @described(operation_id="desk_execute", request=ConfirmationSerializer, responses=CarriedOutSerializer)
    def post(self, request: Request) -> Response:
        """The orders that were placed, canceled and changed, and what was refused."""
        form = ConfirmationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        person = signed_in(request)
        proposal = proposal_of(person, form.validated_data["id"])
        throttle.count_proposal(proposal)
        outcomes = desk.execute(person, proposal.pk, seal=form.validated_data.get("hash"))
        return Response({"id": proposal.pk, **carried_out(request, outcomes)})


class LinePages(NewestFirst):
    """Lines of the conversation, newest first."""

    ordering: Any = ("-created_at", "-id")


class HistoryView(generics.ListAPIView[Message]):
    """`desk/history/`: what was said, newest first; with `q`, what has all of its words."""

    serializer_class: Any = MessageSerializer
    pagination_class = LinePages
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        """The person's lines."""
        return desk.lines_of(signed_in(self.request), words=one(self.request, "q")[:WORDS_LENGTH_MAX])

    @described(operation_id="desk_history", parameters=[docs.WORDS, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of the conversation."""
        return super().get(request, *args, **kwargs)


def carried_out(request: Request, outcomes: list[Outcome]) -> dict[str, Any]:
    """The outcomes by kind; orders are read again, since they may have filled meanwhile."""
    person = signed_in(request)
    shown: dict[str, list[Any]] = {"orders": [], "canceled": [], "replaced": [], "alerts": [], "schedules": []}
    shown["refusals"] = []
    for outcome in outcomes:
        if outcome.error is not None:
            shown["refusals"].append(problem_of(outcome.error)[0])
        elif outcome.alert is not None:
            shown["alerts"].append(str(outcome.alert.pk))
        elif outcome.repeating is not None:
            shown["schedules"].append(str(outcome.repeating.pk))
        elif outcome.order is not None:
            order = OrderSerializer(selectors.order_of(person, outcome.order.pk)).data
            kind = "canceled" if outcome.is_cancel else "replaced" if outcome.is_replace else "orders"
            shown[kind].append(order)
    return shown


interpret = InterpretView.as_view()
execute = ExecuteView.as_view()
history = HistoryView.as_view()
