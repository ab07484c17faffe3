"""REST: placing two orders as one wish."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from arbion.domain.enums import GroupKind, OrderStatus
from arbion.domain.errors import InvalidInput
from arbion.lib.openapi import described
from trading import selectors, throttle
from trading.api import docs
from trading.api.bodies import GroupBody
from trading.api.orders import denial_of
from trading.api.reading import KEY_HEADER, instruction_of, key_asked, within
from trading.errors import IdempotencyMismatch, RiskDenied
from trading.execution.groups import place_group
from trading.execution.place import Placed
from trading.instruction import CLIENT_KEY_LENGTH_MAX, Instruction
from trading.wire.orders import OrderSerializer

# What a key of the group is lengthened by, to make a key for each order.
NUMBER_LENGTH = 2


class GroupSerializer(serializers.Serializer[Any]):
    """Orders that depend on each other, the first one first."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=GroupKind.choices)
    orders = OrderSerializer(many=True)


class GroupsView(APIView):
    """`orders/groups/`: two orders, of which one cancels or triggers the other; both are placed, or neither."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="orders_groups_place",
        request=GroupBody,
        parameters=[docs.KEY],
        responses=docs.placed_as(GroupSerializer, "The group that this key placed before."),
        examples=docs.GROUP_OF_TWO + docs.REFUSALS,
    )
    def post(self, request: Request) -> Response:
        """Place both: 201; the same key and body again: 200 and the first group; one of them denied: 422."""
        form = GroupBody(data=request.data)
        form.is_valid(raise_exception=True)
        kind = GroupKind(form.validated_data["kind"])
        instructions = instructions_of(request, form.validated_data)
        throttle.count_orders(instructions)
        placed = place_group(kind, instructions)
        shown = _shown(kind, placed, instructions)
        return Response(GroupSerializer(shown).data, status=200 if placed[0].is_repeat else 201)


def instructions_of(request: Request, values: dict[str, Any]) -> list[Instruction]:
    """The two instructions; an order without a key of its own gets one that is made of the group's."""
    key = key_asked(request.headers.get(KEY_HEADER), values.get("client_order_id"))
    if len(key) > CLIENT_KEY_LENGTH_MAX - NUMBER_LENGTH:
        detail = f"A group's key has at most {CLIENT_KEY_LENGTH_MAX - NUMBER_LENGTH} characters."
        raise InvalidInput.of("client_order_id", "invalid_key", detail)
    made = []
    for number, body in enumerate(values["orders"]):
        with within(f"orders.{number}"):
            own = key_asked(None, body.get("client_order_id") or f"{key}:{number + 1}")
            made.append(instruction_of(signed_in(request), body, key=own))
    return made


def _shown(kind: GroupKind, placed: list[Placed], instructions: list[Instruction]) -> dict[str, Any]:
    """The group as it stands. Raises RiskDenied where one was denied, IdempotencyMismatch for a key used otherwise."""
    user = instructions[0].user
    orders = [selectors.order_of(user, one.order.pk) for one in placed]
    for order in orders:
        if order.status == OrderStatus.DENIED:
            raise _denial(order.intent.client_key, denial_of(order), instructions)
    group = orders[0].group
    if group is None or group.kind != kind:
        raise IdempotencyMismatch
    return {"id": group.pk, "kind": group.kind, "orders": orders}


def _denial(key: str, denial: RiskDenied, instructions: list[Instruction]) -> RiskDenied:
    """The refusal, its fields named where they stand in the body."""
    number = next(number for number, one in enumerate(instructions) if one.client_key == key)
    denial.errors = tuple(replace(error, field=f"orders.{number}.{error.field}") for error in denial.errors)
    return denial


place = GroupsView.as_view()
