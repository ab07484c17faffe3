"""REST: repeating orders, what one would do, its history, and changing, pausing, resuming and ending it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import IsSignedIn, MayTrade
from arbion.domain.enums import OrderType, Side, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described
from brokers.models import BrokerAccount
from trading import schedules, selectors, throttle
from trading.api import docs
from trading.api.bodies import ACCOUNT_HELP, SYMBOL_LENGTH_MAX, BracketBody, given
from trading.api.fields import (
    AskedFigure,
    KnownFieldsOnly,
    StrictChoice,
    StrictInteger,
    StrictMoment,
    StrictText,
    StrictUUID,
)
from trading.api.reading import KEY_HEADER, account_asked, key_asked, one, traded
from trading.instruction import CLIENT_KEY_LENGTH_MAX
from trading.models import RepeatingOrder, RepeatingRun, RepeatingState
from trading.models.schedule import Interval
from trading.schedules.reading import view_of
from trading.schedules.rule import WEEKDAYS
from trading.schedules.terms import SIZES
from trading.wire.schedules import OutlookSerializer, RunSerializer, ScheduleSerializer

WORDS_MAX = 1000
STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=RepeatingState.values)


class EveryBody(KnownFieldsOnly):
    """How often; without a time, five minutes after the market opens."""

    interval = StrictChoice(choices=Interval.choices)
    weekday = StrictChoice(choices=[(day, day) for day in WEEKDAYS], required=False, allow_null=True)
    day_of_month = StrictInteger(required=False, allow_null=True)
    time = StrictText(required=False, allow_null=True, help_text="By the market's clock, such as 15:30.")


class SizeBody(KnownFieldsOnly):
    """One size, and where it ends by itself."""

    quantity = AskedFigure()
    notional = AskedFigure(help_text="In the account's currency.")
    percent_of_position = AskedFigure()
    percent_of_cash = AskedFigure()
    ends_at = StrictMoment(required=False, allow_null=True, help_text="Nothing is placed after it.")
    count_max = StrictInteger(required=False, allow_null=True, help_text="It ends after so many orders.")


class ScheduleChangeBody(SizeBody):
    """What shall change of a repeating order; what is left out stays, and an end that is null is none."""

    every = EveryBody(required=False, help_text="The whole rule: what it leaves out is filled in as for a new one.")


class ScheduleBody(SizeBody):
    """A repeating order to keep or to look at."""

    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    symbol = StrictText(max_length=SYMBOL_LENGTH_MAX, trim_whitespace=False)
    side = StrictChoice(choices=Side.choices)
    order_type = StrictChoice(choices=OrderType.choices, required=False)
    time_in_force = StrictChoice(choices=TimeInForce.choices, required=False, allow_null=True)
    limit_price = AskedFigure()
    bracket = BracketBody(required=False, allow_null=True)
    every = EveryBody()
    words = StrictText(required=False, allow_blank=True, max_length=WORDS_MAX)
    client_order_id = StrictText(required=False, allow_null=True, max_length=CLIENT_KEY_LENGTH_MAX)


class SchedulePages(NewestFirst):
    """Repeating orders, newest first."""

    ordering: Any = ("-created_at", "-id")


class RunPages(NewestFirst):
    """What became of each time, newest first."""

    ordering: Any = ("-day",)


class SchedulesView(generics.ListAPIView[RepeatingOrder]):
    """`schedules/`: the person's own, newest first."""

    permission_classes = (MayTrade,)
    serializer_class: Any = ScheduleSerializer
    pagination_class = SchedulePages
    queryset = RepeatingOrder.objects.none()

    def get_queryset(self) -> QuerySet[RepeatingOrder]:
        """The person's, in the state that is asked for."""
        rows = selectors.repeating_orders(signed_in(self.request))
        state = one(self.request, "state")
        if state and state not in RepeatingState.values:
            raise InvalidInput.of("state", "invalid_choice", f"One of these: {', '.join(RepeatingState.values)}.")
        return rows.filter(state=state) if state else rows

    def paginate_queryset(self, queryset: Any) -> Any:
        """One page, each in words."""
        page = super().paginate_queryset(queryset)
        return None if page is None else [view_of(row) for row in page]

    @described(operation_id="schedules_list", parameters=[STATE, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of repeating orders."""
        return super().get(request, *args, **kwargs)

    @described(
        operation_id="schedules_create",
        request=ScheduleBody,
        parameters=[docs.KEY],
        responses=docs.placed_as(ScheduleSerializer, "The one that this key made before."),
    )
    def post(self, request: Request) -> Response:
        """Keep one: 201; the same key and body again: 200 and the first one. Places nothing now."""
        said = _said(request)
        key = key_asked(request.headers.get(KEY_HEADER), said.pop("client_order_id", None))
        person = signed_in(request)
        throttle.count_request(person)
        was_there = selectors.repeating_orders(person).filter(client_key=key).exists()
        account, order, every, until = _parts(request, said)
        words = said.get("words", "")
        kept = schedules.create(person, account, order, every, words=words, client_key=key, until=until)
        return Response(ScheduleSerializer(view_of(kept)).data, status=200 if was_there else 201)


class PreviewView(APIView):
    """`schedules/preview/`: the first dates, the cost and the risk checks of now; keeps nothing."""

    permission_classes = (IsSignedIn,)

    @described(operation_id="schedules_preview", request=ScheduleBody, responses=OutlookSerializer)
    def post(self, request: Request) -> Response:
        """What it would do."""
        said = _said(request)
        account, order, every, until = _parts(request, said)
        return Response(schedules.propose(signed_in(request), account, order, every, until=until).as_json())


class ScheduleView(APIView):
    """`schedules/{id}/`: one of the person's own."""

    permission_classes = (MayTrade,)

    @described(operation_id="schedules_read", responses=ScheduleSerializer)
    def get(self, request: Request, schedule_id: UUID) -> Response:
        """As it stands."""
        return _shown(selectors.repeating_of(signed_in(request), schedule_id))

    @described(
        operation_id="schedules_change",
        request=ScheduleChangeBody,
        responses=docs.with_problems({200: ScheduleSerializer}, 400, 404, 409, 429),
    )
    def patch(self, request: Request, schedule_id: UUID) -> Response:
        """Another size, rule or end from now on; what is left out stays."""
        person = signed_in(request)
        repeating = selectors.repeating_of(person, schedule_id)
        form = ScheduleChangeBody(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        throttle.count_request(person)
        size = {name: said[name] for name in SIZES if said.get(name) is not None}
        until = None
        if said.keys() & {"ends_at", "count_max"}:
            until = schedules.Until(
                at=said.get("ends_at", repeating.ends_at), count=said.get("count_max", repeating.count_max)
            )
        return _shown(schedules.change(repeating, size=size, every=said.get("every"), until=until))


class RunsView(generics.ListAPIView[RepeatingRun]):
    """`schedules/{id}/runs/`: what became of each time, newest first."""

    serializer_class = RunSerializer
    pagination_class = RunPages
    queryset = RepeatingRun.objects.none()

    def get_queryset(self) -> QuerySet[RepeatingRun]:
        """Of one of the person's own."""
        return selectors.runs_of(selectors.repeating_of(signed_in(self.request), self.kwargs["schedule_id"]))

    @described(operation_id="schedules_runs", parameters=[docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of them."""
        return super().get(request, *args, **kwargs)


class VerbView(APIView):
    """What changes whether it runs. Never limited in rate, so that a person can always stop it."""

    permission_classes = (MayTrade,)
    verb: Callable[[RepeatingOrder], RepeatingOrder]

    def act(self, request: Request, schedule_id: UUID) -> Response:
        """Do it, and show what came of it."""
        return _shown(type(self).verb(selectors.repeating_of(signed_in(request), schedule_id)))


class PauseView(VerbView):
    """`schedules/{id}/pause/`."""

    verb = staticmethod(schedules.pause)

    @described(operation_id="schedules_pause", request=None, responses=ScheduleSerializer)
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Place nothing until it is resumed."""
        return self.act(request, schedule_id)


class ResumeView(VerbView):
    """`schedules/{id}/resume/`."""

    verb = staticmethod(schedules.resume)

    @described(operation_id="schedules_resume", request=None, responses=ScheduleSerializer)
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Go on from now; what was due meanwhile is not made up for."""
        return self.act(request, schedule_id)


class EndView(VerbView):
    """`schedules/{id}/end/`."""

    verb = staticmethod(schedules.end)

    @described(operation_id="schedules_end", request=None, responses=ScheduleSerializer)
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """End it for good."""
        return self.act(request, schedule_id)


def _said(request: Request) -> dict[str, Any]:
    form = ScheduleBody(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(given(form.validated_data))


def _parts(
    request: Request, said: dict[str, Any]
) -> tuple[BrokerAccount, dict[str, Any], dict[str, Any], schedules.Until]:
    """Account, order, rule and end of a checked body."""
    account = account_asked(signed_in(request), said.get("account"))
    names = (*SIZES, "side", "order_type", "time_in_force", "limit_price", "bracket")
    order = {"symbol": traded(said["symbol"]).symbol} | {name: said[name] for name in names if name in said}
    return account, order, dict(said["every"]), schedules.Until(at=said.get("ends_at"), count=said.get("count_max"))


def _shown(repeating: RepeatingOrder) -> Response:
    return Response(ScheduleSerializer(view_of(repeating)).data)


schedule_list = SchedulesView.as_view()
preview = PreviewView.as_view()
schedule_detail = ScheduleView.as_view()
runs = RunsView.as_view()
pause = PauseView.as_view()
resume = ResumeView.as_view()
end = EndView.as_view()
