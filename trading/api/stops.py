"""REST: stops that guard one's positions, and taking them away."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described
from riskdesk.stops import StopKind
from trading import selectors, throttle
from trading.api import docs
from trading.api.bodies import ACCOUNT_HELP, SYMBOL_LENGTH_MAX, given
from trading.api.fields import (
    AskedFigure,
    KnownFieldsOnly,
    StrictBoolean,
    StrictChoice,
    StrictMoment,
    StrictText,
    StrictUUID,
)
from trading.api.reading import KEY_HEADER, account_asked, key_asked, one, traded
from trading.execution.protection.attach import attach, cancel, change
from trading.models import STANDING, GuardedAt, Stop, StopStatus
from trading.wire.fields import TextOrNull, figure, moment


class StopFigures(KnownFieldsOnly):
    """The figures of a stop; which of them are needed depends on its kind."""

    price = AskedFigure(help_text="Of `fixed`, `take_profit`, or of `break_even` until it moves.")
    percent = AskedFigure(help_text="From the entry, behind the price, or the gain after which it moves.")
    amount = AskedFigure(help_text="Of `trail_amount`, in money a unit.")
    closes_at = StrictMoment(required=False, allow_null=True, help_text="Of `time`.")
    quantity = AskedFigure(help_text="A part in units; the whole position where it is left out.")


class StopBody(StopFigures):
    """A stop to attach to a position."""

    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    symbol = StrictText(max_length=SYMBOL_LENGTH_MAX, trim_whitespace=False)
    kind = StrictChoice(choices=StopKind.choices)


class StopChangeBody(StopFigures):
    """What shall change of a stop; what is left out stays, unless the kind changes, and a null takes it away."""

    kind = StrictChoice(choices=StopKind.choices, required=False)
    whole = StrictBoolean(required=False, help_text="True: the whole position from now on.")


class StopSerializer(serializers.Serializer[Stop]):
    """One stop: what was asked, where it stands, and what became of it."""

    id = serializers.UUIDField(read_only=True)
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    kind = serializers.ChoiceField(choices=StopKind.choices, read_only=True)
    is_long = serializers.BooleanField(read_only=True)
    price = figure(null=True)
    percent = figure(null=True)
    amount = figure(null=True)
    closes_at = moment(allow_null=True)
    quantity = figure(null=True, help_text="Null: the whole position.")
    entry = figure(help_text="The position's average price when it was attached.")
    level = figure(null=True, help_text="The price that sets it off.")
    extreme = figure(null=True, help_text="The best price since it was attached.")
    armed_at = moment(allow_null=True, help_text="When a break-even stop moved to the entry.")
    status = serializers.ChoiceField(choices=StopStatus.choices, read_only=True)
    reason = TextOrNull(help_text="Of an alarm, a refusal or an end.")
    triggered_at = moment(allow_null=True)
    triggered_price = figure(null=True)
    order_id = serializers.UUIDField(read_only=True, allow_null=True, help_text="Its newest exit order.")
    guarded_at = serializers.ChoiceField(
        choices=GuardedAt.choices, read_only=True, allow_null=True, help_text="Who would let it go off now."
    )
    guarded_note = TextOrNull(source="rest_note", help_text="Why no order stands for it at its venue.")
    venue_order = serializers.UUIDField(
        source="resting_id", read_only=True, allow_null=True, help_text="The newest order that stood for it there."
    )
    created_at = moment()
    updated_at = moment()
    ended_at = moment(allow_null=True)


class StopPages(NewestFirst):
    """Stops, newest first."""

    ordering: Any = ("-created_at", "-id")


class StopsView(generics.ListAPIView[Stop]):
    """`risk/stops/`: the stops of one's positions."""

    permission_classes = (MayTrade,)
    serializer_class: Any = StopSerializer
    pagination_class = StopPages
    queryset = Stop.objects.none()

    def get_queryset(self) -> QuerySet[Stop]:
        """The person's stops; with `status=open` those that still stand."""
        rows = selectors.stops(signed_in(self.request))
        asked = one(self.request, "status")
        if asked:
            rows = rows.filter(status__in=STANDING if asked == "open" else [asked])
        symbol = one(self.request, "symbol")
        return rows.filter(instrument__symbol=symbol.upper()) if symbol else rows

    @described(operation_id="risk_stops_list", parameters=[docs.STATUS, docs.SYMBOL, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of stops."""
        return super().get(request, *args, **kwargs)

    @described(
        operation_id="risk_stops_attach",
        request=StopBody,
        parameters=[docs.KEY],
        responses=docs.placed_as(StopSerializer, "The stop that this key attached before."),
    )
    def post(self, request: Request) -> Response:
        """Attach one: 201; the same key and body again: 200 and the first one."""
        form = StopBody(data=request.data)
        form.is_valid(raise_exception=True)
        person, said = signed_in(request), given(form.validated_data)
        account = account_asked(person, said.pop("account", None))
        instrument, kind = traded(said.pop("symbol")), StopKind(said.pop("kind"))
        key = key_asked(request.headers.get(KEY_HEADER), None)
        throttle.count_request(person)
        stop, is_repeat = attach(account, user=person, instrument=instrument, kind=kind, client_key=key, **said)
        return Response(StopSerializer(stop).data, status=200 if is_repeat else 201)


class StopView(APIView):
    """`risk/stops/{id}/`: changes a stop, or takes it away."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="risk_stops_change",
        request=StopChangeBody,
        responses=docs.with_problems({200: StopSerializer}, 400, 404, 409, 422, 429),
    )
    def patch(self, request: Request, stop_id: str) -> Response:
        """Change it: it begins anew, at the price of now."""
        person = signed_in(request)
        stop = selectors.stop_of(person, stop_id)
        form = StopChangeBody(data=request.data)
        form.is_valid(raise_exception=True)
        said = given(form.validated_data)
        kind = StopKind(said.pop("kind")) if "kind" in said else None
        throttle.count_request(person)
        emptied = [name for name, value in form.validated_data.items() if value is None]
        is_whole = said.pop("whole", False) or "quantity" in emptied
        changed = change(stop, user=person, kind=kind, is_whole=is_whole, cleared=emptied, **said)
        return Response(StopSerializer(changed).data)

    @described(
        operation_id="risk_stops_cancel",
        request=None,
        responses=docs.with_problems({200: StopSerializer}, 404, 409, 429),
    )
    def delete(self, request: Request, stop_id: str) -> Response:
        """Take it away; it stays in the list, as canceled."""
        person = signed_in(request)
        return Response(StopSerializer(cancel(selectors.stop_of(person, stop_id), user=person)).data)


stop_list = StopsView.as_view()
stop_detail = StopView.as_view()
