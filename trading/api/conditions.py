"""REST: changing what a held order waits for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from arbion.lib.openapi import described
from trading import selectors, throttle
from trading.api import docs
from trading.api.bodies import given
from trading.api.fields import AskedFigure, KnownFieldsOnly, StrictMoment
from trading.execution.conditions.change import change_condition
from trading.wire.orders import OrderSerializer


class ConditionChangeBody(KnownFieldsOnly):
    """What shall change; what is left out stays."""

    value = AskedFigure(help_text="The new bound.")
    expires_at = StrictMoment(required=False, allow_null=True, help_text="Until when it is waited for.")


class ConditionView(APIView):
    """`orders/{id}/condition/`: what a held order waits for."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="orders_condition_change",
        request=ConditionChangeBody,
        responses=docs.with_problems({200: OrderSerializer}, 400, 404, 409, 429),
    )
    def patch(self, request: Request, order_id: UUID) -> Response:
        """Wait for another bound or time; an order that waits for no condition any more: 409 `order_not_open`."""
        person = signed_in(request)
        order = selectors.order_of(person, order_id)
        form = ConditionChangeBody(data=request.data)
        form.is_valid(raise_exception=True)
        said: dict[str, Any] = given(form.validated_data)
        throttle.count_request(person)
        change_condition(order, actor=person, **said)
        return Response(OrderSerializer(selectors.order_of(person, order_id)).data)


condition = ConditionView.as_view()
