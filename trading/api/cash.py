"""REST: cash in and out of a practice account, under the caller's own key."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described
from trading import selectors, throttle
from trading.api import docs
from trading.api.bodies import CashBody
from trading.api.reading import KEY_HEADER, account_asked, key_asked, one
from trading.execution.cash import deposit as put_in
from trading.execution.cash import withdraw as take_out
from trading.models import CashKind, CashMovement
from trading.wire.books import CashMovementSerializer

MOVED = docs.placed_as(CashMovementSerializer, "The movement that this key asked for before.")


class MovementPages(NewestFirst):
    """Movements, newest first."""

    ordering: Any = ("-created_at", "-id")


class DepositView(APIView):
    """`cash/deposit/`: puts cash into a practice account, within limits."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="cash_deposit", request=CashBody, parameters=[docs.KEY], responses=MOVED, examples=docs.CASH
    )
    def post(self, request: Request) -> Response:
        """Ask for it: 201; the same key and body again: 200 and the first movement."""
        return moved(request, CashKind.DEPOSIT)


class WithdrawView(APIView):
    """`cash/withdraw/`: takes out cash that no order has claimed and that covers nothing that is owed."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="cash_withdraw", request=CashBody, parameters=[docs.KEY], responses=MOVED, examples=docs.CASH
    )
    def post(self, request: Request) -> Response:
        """Ask for it: 201; the same key and body again: 200 and the first movement."""
        return moved(request, CashKind.WITHDRAWAL)


class MovementsView(generics.ListAPIView[CashMovement]):
    """`cash/movements/`: what was asked for, newest first, and what became of it."""

    serializer_class: Any = CashMovementSerializer
    pagination_class = MovementPages
    queryset = CashMovement.objects.none()

    def get_queryset(self) -> QuerySet[CashMovement]:
        """The person's movements, of one account where the query names one."""
        person = signed_in(self.request)
        rows = selectors.movements(person)
        named = one(self.request, "account")
        return rows.filter(account=account_asked(person, named)) if named else rows

    @described(operation_id="cash_movements", parameters=[docs.ACCOUNT, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of movements."""
        return super().get(request, *args, **kwargs)


def moved(request: Request, kind: CashKind) -> Response:
    """Ask for one movement of the account that the body names."""
    form = CashBody(data=request.data)
    form.is_valid(raise_exception=True)
    person = signed_in(request)
    account = account_asked(person, form.validated_data.get("account"))
    key = key_asked(request.headers.get(KEY_HEADER), None)
    is_repeat = selectors.movements(person).filter(client_key=key).exists()
    if not is_repeat:
        throttle.count_request(person)
    verb = put_in if kind is CashKind.DEPOSIT else take_out
    movement = verb(account, user=person, amount=form.validated_data["amount"], client_key=key)
    return Response(CashMovementSerializer(movement).data, status=200 if is_repeat else 201)


deposit = DepositView.as_view()
withdraw = WithdrawView.as_view()
movement_list = MovementsView.as_view()
