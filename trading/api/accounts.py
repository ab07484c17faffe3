"""REST: accounts, how they are called and treated, and starting one anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from arbion.domain.enums import FillModel, LotMethod
from arbion.domain.errors import InvalidInput
from arbion.lib.api import NewestFirst
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described
from brokers.accounts import account_of, accounts_of, archived_accounts_of, configure
from brokers.errors import VenueRejected
from brokers.models import BrokerAccount
from trading import selectors, throttle
from trading.api import docs
from trading.api.bodies import AccountBody, ResetBody
from trading.api.reading import one
from trading.books.opening import ensure_simulated_account
from trading.execution.reset import reset_account
from trading.selectors import PortfolioView
from trading.wire.shapes import AccountSerializer

WORDS = {"true": True, "false": False}


class AccountPages(NewestFirst):
    """Accounts, oldest first: the first one is what everything uses where no account is named."""

    ordering: Any = ("created_at", "id")


class AccountsView(generics.ListAPIView[BrokerAccount]):
    """`accounts/`: the person's brokerage accounts; the simulated one is opened at first sight."""

    serializer_class: Any = AccountSerializer
    pagination_class = AccountPages
    queryset = BrokerAccount.objects.none()

    def get_queryset(self) -> QuerySet[BrokerAccount]:
        """The person's accounts in use, or those that are history."""
        person = signed_in(self.request)
        ensure_simulated_account(person)
        return archived_accounts_of(person) if is_archive_asked(self.request) else accounts_of(person)

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """A page of accounts at the prices of this moment."""
        page = super().paginate_queryset(queryset) or []
        return [valued(account) for account in page]

    @described(operation_id="accounts_list", parameters=[docs.ARCHIVED, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of accounts."""
        return super().get(request, *args, **kwargs)


class AccountView(APIView):
    """`accounts/{id}/`: one of the person's own."""

    permission_classes = (MayTrade,)

    @described(operation_id="accounts_read", responses=AccountSerializer)
    def get(self, request: Request, account_id: UUID) -> Response:
        """The account at the prices of this moment."""
        return Response(AccountSerializer(valued(account_of(signed_in(request), account_id))).data)

    @described(
        operation_id="accounts_change",
        request=AccountBody,
        responses=docs.with_problems({200: AccountSerializer}, 400, 404, 409, 429),
        examples=docs.TREATMENT,
    )
    def patch(self, request: Request, account_id: UUID) -> Response:
        """Change how it is called and treated: its name, its fill model, whether it may sell short, its lots."""
        person = signed_in(request)
        account = account_of(person, account_id)
        form = AccountBody(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        if not values:
            raise InvalidInput.of("name", "required", "Say what to change.")
        throttle.count_request(person)
        try:
            changed = configure(
                account,
                actor=person,
                name=values.get("name"),
                fill_model=FillModel(values["fill_model"]) if "fill_model" in values else None,
                margin=values.get("margin"),
                lot_method=LotMethod(values["lot_method"]) if "lot_method" in values else None,
            )
        except VenueRejected as refusal:
            raise InvalidInput.of("margin", refusal.reject_code, refusal.detail) from None
        return Response(AccountSerializer(valued(changed)).data)


class ResetView(APIView):
    """`accounts/{id}/reset/`: archives a practice account and opens a new one; nothing is deleted."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="accounts_reset",
        request=ResetBody,
        responses=docs.with_problems({200: AccountSerializer}, 400, 404, 422, 429),
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        """Start anew; the answer is the account that is in use from now on. Again: the same."""
        person = signed_in(request)
        account = account_of(person, account_id)
        form = ResetBody(data=request.data)
        form.is_valid(raise_exception=True)
        if form.validated_data["confirm"] != account.name:
            raise InvalidInput.of("confirm", "mismatch", "Write the account's name to confirm.")
        throttle.count_request(person)
        return Response(AccountSerializer(valued(reset_account(account, actor=person))).data)


def valued(account: BrokerAccount) -> PortfolioView:
    """The account at the prices of this moment."""
    return selectors.portfolio(account, at=SYSTEM.now())


def is_archive_asked(request: Request) -> bool:
    """Whether the query asks for what is history."""
    word = one(request, "archived") or "false"
    if word not in WORDS:
        raise InvalidInput.of("archived", "invalid_choice", "Say true or false.")
    return WORDS[word]


account_list = AccountsView.as_view()
account_detail = AccountView.as_view()
reset = ResetView.as_view()
