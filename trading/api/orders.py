"""REST: looking at an order before it is placed, placing it, reading it, canceling it, and its history."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import IsSignedIn, MayTrade
from arbion.domain.enums import OPEN, OrderStatus, Waiting
from arbion.domain.errors import FieldError, InvalidInput
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described
from trading import selectors, throttle
from trading.api import docs
from trading.api.bodies import OrderRequestSerializer, ReplaceBody, given
from trading.api.reading import account_asked, exits_named, instrument_asked, one, read_instruction, uuid_asked
from trading.errors import RiskDenied
from trading.execution.cancel import request_cancel
from trading.execution.place import place_order
from trading.execution.preview import as_json, preview_order
from trading.execution.replace import request_replace
from trading.models import Fill, Order, OrderEvent
from trading.wire.orders import FillSerializer, OrderEventSerializer, OrderSerializer, shown
from trading.wire.previews import PreviewSerializer, preview_body

# The first status lives inside one transaction only; nobody ever sees it.
STATUS_WORDS = frozenset(OrderStatus.values) - {OrderStatus.INITIALIZED.value}
# What the desk saw of each order is long, and no list shows it.
NOT_SHOWN = ("decision__checks", "decision__snapshot")
# What one would change of the request to pass a check; what is not named here is a matter of the account.
FIELD_AT_FAULT = {
    "no_unknown_orders": "symbol",
    "no_opposing_orders": "symbol",
    "instrument_is_tradable": "symbol",
    "market_is_open": "symbol",
    "quote_is_fresh": "symbol",
    "limit_is_near_the_market": "limit_price",
    "quote_is_within_band": "symbol",
    "units_suffice": "quantity",
    "short_is_allowed": "side",
    "options_are_covered": "quantity",
    "entry_has_stop": "bracket",
}
ABOUT_SIZE = (
    "order_value_within_limit", "order_units_within_limit", "position_value_within_limit", "buying_power_suffices",
    "instrument_share_within_limit", "sector_share_within_limit", "asset_class_share_within_limit",
    "leverage_within_limit",
)  # fmt: skip
Row = TypeVar("Row", Order, Fill)


class OrderPages(NewestFirst):
    """Orders, newest first."""

    ordering: Any = ("-created_at", "-id")


class FillPages(NewestFirst):
    """Executions, newest first."""

    ordering: Any = ("-filled_at", "-id")


class EventPages(NewestFirst):
    """One order's history, oldest first."""

    ordering: Any = ("version",)
    page_size = 200


class PreviewView(APIView):
    """`orders/preview/`: what an order would cost and whether it would pass; places nothing."""

    permission_classes = (IsSignedIn,)

    @described(
        operation_id="orders_preview", request=OrderRequestSerializer, responses=PreviewSerializer, examples=docs.ORDER
    )
    def post(self, request: Request) -> Response:
        """Plan and judge the order, and keep nothing: not even the row of an option that nobody has named before."""
        with transaction.atomic(), exits_named():
            instruction = read_instruction(request)
            answer = preview_body(instruction, as_json(preview_order(instruction)))
            transaction.set_rollback(True)
        return Response(answer)


class OrdersView(generics.ListAPIView[Order]):
    """`orders/`: the person's own, newest first."""

    permission_classes = (MayTrade,)
    serializer_class = OrderSerializer
    pagination_class = OrderPages
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        """The person's orders within the filters."""
        rows = within_account_and_symbol(shown(selectors.orders(signed_in(self.request))), self.request)
        rows = rows.defer(*NOT_SHOWN)
        if group := one(self.request, "group"):
            rows = rows.filter(group=uuid_asked("group", group))
        if waits := one(self.request, "waiting_for"):
            rows = rows.filter(status=OrderStatus.HELD, waiting_for=waiting_asked(waits))
        words = one(self.request, "status")
        return rows.filter(status__in=statuses_asked(words)) if words else rows

    @described(
        operation_id="orders_list",
        parameters=[docs.STATUS, docs.SYMBOL, docs.ACCOUNT, docs.GROUP, docs.WAITING, docs.LIMIT],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of orders."""
        return super().get(request, *args, **kwargs)

    @described(
        operation_id="orders_place",
        request=OrderRequestSerializer,
        parameters=[docs.KEY],
        responses=docs.PLACED,
        examples=docs.ORDER + docs.REFUSALS,
    )
    def post(self, request: Request) -> Response:
        """Place an order: 201; the same key and body again: 200 and the first order; denied by the risk desk: 422."""
        with exits_named():
            instruction = read_instruction(request)
            throttle.count_order(instruction)
            placed = place_order(instruction)
        order = selectors.order_of(instruction.user, placed.order.pk)
        if order.status == OrderStatus.DENIED:
            raise denial_of(order)
        return Response(OrderSerializer(order).data, status=200 if placed.is_repeat else 201)


class OrderView(APIView):
    """`orders/{id}/`: one of the person's own."""

    @described(operation_id="orders_read", responses=OrderSerializer)
    def get(self, request: Request, order_id: UUID) -> Response:
        """The order as it stands."""
        return Response(OrderSerializer(selectors.order_of(signed_in(request), order_id)).data)


class CancelView(APIView):
    """`orders/{id}/cancel/`: asks the venue, whose answer decides. Never limited in rate."""

    permission_classes = (MayTrade,)

    @described(operation_id="orders_cancel", request=None, responses={202: OrderSerializer})
    def post(self, request: Request, order_id: UUID) -> Response:
        """Ask for the cancel; asking again changes nothing, a closed order answers 409 `order_not_open`."""
        person = signed_in(request)
        request_cancel(selectors.order_of(person, order_id), actor=person)
        return Response(OrderSerializer(selectors.order_of(person, order_id)).data, status=202)


class ReplaceView(APIView):
    """`orders/{id}/replace/`: new terms for a working order; the venue's answer decides."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="orders_replace", request=ReplaceBody, responses=docs.ASKED, examples=docs.CHANGE + docs.REFUSALS
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Ask for the change: 202; closed meanwhile: 409 `order_not_open`; refused by the risk desk: 422."""
        person = signed_in(request)
        order = selectors.order_of(person, order_id)
        form = ReplaceBody(data=request.data)
        form.is_valid(raise_exception=True)
        throttle.count_request(person)
        try:
            request_replace(order, actor=person, **given(form.validated_data))
        except RiskDenied as denial:
            denial.errors = faults_in(denial.extra.get("checks"), size="quantity")
            raise
        return Response(OrderSerializer(selectors.order_of(person, order_id)).data, status=202)


class EventsView(generics.ListAPIView[OrderEvent]):
    """`orders/{id}/events/`: the order's whole history, oldest first."""

    serializer_class = OrderEventSerializer
    pagination_class = EventPages
    queryset = OrderEvent.objects.none()

    def get_queryset(self) -> QuerySet[OrderEvent]:
        """The history of one of the person's own orders."""
        return selectors.events(selectors.order_of(signed_in(self.request), self.kwargs["order_id"]))

    @described(operation_id="orders_events", parameters=[docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every transition with its time, cause and actor."""
        return super().get(request, *args, **kwargs)


class FillsView(generics.ListAPIView[Fill]):
    """`fills/`: the person's executions, newest first."""

    serializer_class = FillSerializer
    pagination_class = FillPages
    queryset = Fill.objects.none()

    def get_queryset(self) -> QuerySet[Fill]:
        """The person's executions within the filters."""
        return within_account_and_symbol(selectors.fills(signed_in(self.request)), self.request)

    @described(operation_id="fills_list", parameters=[docs.SYMBOL, docs.ACCOUNT, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of executions."""
        return super().get(request, *args, **kwargs)


def denial_of(order: Order) -> RiskDenied:
    """The refusal that tells of a denied order: which it is, each check with its reason, the fields at fault."""
    return RiskDenied(
        order.reject_reason,
        errors=faults_of(order),
        order_id=str(order.pk),
        reject_code=order.reject_code,
        checks=order.decision.checks,
    )


def faults_of(order: Order) -> tuple[FieldError, ...]:
    """Each check that failed, as a fault of the field that one would change to pass it."""
    return faults_in(order.decision.checks, size="quantity" if order.notional is None else "notional")


def faults_in(checks: Any, *, size: str) -> tuple[FieldError, ...]:
    """The same of the checks themselves; `size` names the field that said how much."""
    fields = FIELD_AT_FAULT | dict.fromkeys(ABOUT_SIZE, size)
    return tuple(
        FieldError(fields.get(check["name"], "account"), check["code"], check["detail"])
        for check in checks or ()
        if not check["passed"]
    )


def within_account_and_symbol(rows: QuerySet[Row], request: Request) -> QuerySet[Row]:
    """The rows that the filters `account` and `symbol` leave; an underlying's symbol leaves its options too."""
    if account := one(request, "account"):
        rows = rows.filter(account=account_asked(signed_in(request), account))
    if symbol := one(request, "symbol"):
        instrument = instrument_asked(symbol)
        rows = rows.filter(Q(instrument=instrument) | Q(instrument__contract__underlying=instrument))
    return rows


def waiting_asked(word: str) -> str:
    """What held orders of a filter wait for."""
    if word not in filter(None, Waiting.values):
        raise InvalidInput.of("waiting_for", "invalid_choice", "One of market_open and condition.")
    return word


def statuses_asked(words: str) -> set[str]:
    """The statuses of a filter such as `open` or `filled,canceled`."""
    found: set[str] = set()
    for word in words.split(","):
        if word == "open":
            found |= {status.value for status in OPEN}
        elif word in STATUS_WORDS:
            found.add(word)
        else:
            allowed = ", ".join(["open", *sorted(STATUS_WORDS)])
            raise InvalidInput.of("status", "invalid_choice", f"One or more of these, with commas: {allowed}.")
    return found


preview = PreviewView.as_view()
order_list = OrdersView.as_view()
order_detail = OrderView.as_view()
cancel = CancelView.as_view()
replace = ReplaceView.as_view()
events = EventsView.as_view()
fill_list = FillsView.as_view()
