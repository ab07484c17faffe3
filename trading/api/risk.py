"""REST: the halt and its receipt, and lifting it. Never limited in rate: stopping must always be possible."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import IsSignedIn, MayTrade
from accounts.models import User
from accounts.proof import prove_password
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.openapi import described
from brokers.models import BrokerAccount
from riskdesk import halts
from trading.api.bodies import ACCOUNT_HELP
from trading.api.fields import KnownFieldsOnly, StrictBoolean, StrictChoice, StrictText, StrictUUID
from trading.api.reading import account_asked
from trading.execution.halt import halt, resume
from trading.models import HaltReceipt, HaltScope, ReceiptState
from trading.selectors import halts as reading
from trading.wire.halts import HaltReceiptSerializer, HaltsSerializer

RECENT = 20
MINE, ACCOUNT, HOUSE = "mine", "account", "house"
SCOPES = [(MINE, "All own accounts"), (ACCOUNT, "One own account"), (HOUSE, "The whole house (superadmins)")]


class HaltBody(KnownFieldsOnly):
    """What to stop, and why."""

    scope = StrictChoice(choices=SCOPES, required=False, help_text="All own accounts where it is left out.")
    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    reason = StrictText(max_length=halts.REASON_LENGTH_MAX)
    flatten = StrictBoolean(required=False, help_text="Close what is held, too.")


class ResumeBody(KnownFieldsOnly):
    """What to lift (a receipt's id, or what it stopped), and why."""

    halt = StrictUUID(required=False, allow_null=True)
    scope = StrictChoice(choices=SCOPES, required=False)
    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    reason = StrictText(max_length=halts.REASON_LENGTH_MAX)
    password = StrictText(required=False, trim_whitespace=False, max_length=128, help_text="For the house's halt.")


EXAMPLES = [
    OpenApiExample("Stop everything of mine", value={"reason": "I need to think"}, request_only=True),
    OpenApiExample("And close what I hold", value={"reason": "Leaving", "flatten": True}, request_only=True),
]


class HaltView(APIView):
    """`risk/halt/`: stops new risk at once, cancels what rests, closes what is held if asked."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="risk_halt",
        request=HaltBody,
        responses={200: HaltReceiptSerializer, 202: HaltReceiptSerializer},
        examples=EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """The receipt: 200 where the venues have said that nothing is left, 202 while that is still asked."""
        person = signed_in(request)
        form = HaltBody(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        scope, account = _about(person, said)
        made = halt(
            scope=scope,
            reason=said["reason"],
            actor=person,
            user=person if scope is HaltScope.PERSON else None,
            account=account,
            flatten=said.get("flatten", False),
        )
        return _answer(made, person, status=200 if made.state == ReceiptState.DONE else 202)


class ResumeView(APIView):
    """`risk/resume/`: lifts a halt, or all of one's own of a scope."""

    permission_classes = (MayTrade,)

    @described(operation_id="risk_resume", request=ResumeBody, responses=HaltsSerializer)
    def post(self, request: Request) -> Response:
        """What is in force afterwards. Not one's to lift: 403; the cause still there: 409 `cause_remains`."""
        person = signed_in(request)
        form = ResumeBody(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        found = _asked(person, said)
        is_house = any(halts.is_of_house(row.halt) for row in found)
        is_proven = is_house and prove_password(request, user=person, password=said.get("password", ""))
        for row in found:
            resume(row, reason=said["reason"], actor=person, is_proven=is_proven)
        return Response(_all(person))


class HaltsView(APIView):
    """`risk/halts/`: what is halted for the person now, and the newest receipts."""

    permission_classes = (IsSignedIn,)

    @described(operation_id="risk_halts", responses=HaltsSerializer)
    def get(self, request: Request) -> Response:
        """Both lists, newest first."""
        return Response(_all(signed_in(request)))


class HaltReceiptView(APIView):
    """`risk/halts/{id}/`: one receipt."""

    permission_classes = (IsSignedIn,)

    @described(operation_id="risk_halt_read", responses=HaltReceiptSerializer)
    def get(self, request: Request, receipt_id: UUID) -> Response:
        """The receipt as it stands."""
        person = signed_in(request)
        return _answer(reading.receipt_of(person, receipt_id), person)


def _about(person: User, said: dict[str, Any]) -> tuple[HaltScope, BrokerAccount | None]:
    """The scope and the account that a body names."""
    scope, account = said.get("scope") or MINE, said.get("account")
    if scope == ACCOUNT:
        if account is None:
            raise InvalidInput.of("account", "required", "Name the account.")
        return HaltScope.ACCOUNT, account_asked(person, account)
    if account is not None:
        raise InvalidInput.of("account", "not_allowed", "An account goes with the scope “account”.")
    return (HaltScope.HOUSE if scope == HOUSE else HaltScope.PERSON), None


def _asked(person: User, said: dict[str, Any]) -> list[HaltReceipt]:
    """The receipts whose halts are to be lifted. Raises NotFound where none is in force."""
    if said.get("halt") is not None:
        if said.get("scope") or said.get("account"):
            raise InvalidInput.of("halt", "one_of", "Name the halt or its scope, not both.")
        return [reading.receipt_of(person, said["halt"])]
    scope, account = _about(person, said)
    found = [
        row
        for row in reading.in_force(person)
        if row.scope == scope and (account is None or row.halt.account_id == account.pk)
    ]
    if not found:
        raise NotFound("Nothing of this scope is halted.")
    return found


def _answer(receipt: HaltReceipt, person: User, *, status: int = 200) -> Response:
    found = reading.receipt_of(person, receipt.pk)
    return Response(HaltReceiptSerializer(reading.shown(found, person)).data, status=status)


def _all(person: User) -> dict[str, Any]:
    now = [reading.shown(row, person) for row in reading.in_force(person)]
    recent = [reading.shown(row, person) for row in reading.receipts(person)[:RECENT]]
    return dict(HaltsSerializer({"in_force": now, "recent": recent}).data)


impose = HaltView.as_view()
lift = ResumeView.as_view()
halt_list = HaltsView.as_view()
halt_detail = HaltReceiptView.as_view()
