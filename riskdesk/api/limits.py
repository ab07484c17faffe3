"""REST: the limits in force with how much of each is used, and setting one's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from accounts.models import User
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.api import PROBLEM_TYPE, DecimalText
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described
from brokers.models import BrokerAccount
from riskdesk.limits import LimitName, Scope, remove_limit, set_limit
from riskdesk.selectors import LimitLine, Usage, limits_with_usage
from riskdesk.terms import Bound, Off

ACCOUNT = OpenApiParameter("account", OpenApiTypes.UUID, description="One's first account where it is left out.")
NAME_SHOWN = 60


class BoundText(DecimalText):
    """A limit's value as decimal text; null where nothing is limited."""

    def to_representation(self, value: Bound) -> str | None:  # type: ignore[override]
        """The text, or null."""
        return None if isinstance(value, Off) else super().to_representation(value)


class LimitSerializer(serializers.Serializer[LimitLine]):
    """One limit. `scope` is whose value is in force; `used` is in the limit's own unit, at the time `used_at`."""

    name = serializers.ChoiceField(choices=LimitName.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField(help_text="usd, units, percent, multiple, count, seconds, minutes or yes_no.")
    value = BoundText(allow_null=True, help_text="Null: nothing is limited.")
    scope = serializers.CharField(help_text="house, person, account, strategy, or default where nobody has set one.")
    default = BoundText(allow_null=True)
    house = DecimalText(allow_null=True)
    person = DecimalText(source="persons", allow_null=True)
    account = DecimalText(source="own", allow_null=True)
    used = DecimalText(allow_null=True)
    used_at = serializers.DateTimeField(allow_null=True)


class LimitsSerializer(serializers.Serializer[Any]):
    """The limits of one account."""

    account = serializers.UUIDField()
    limits = LimitSerializer(many=True)


class LimitBody(serializers.Serializer[Any]):
    """A value for one limit: of the account that is named, or of the person where none is."""

    value = DecimalText()
    account = serializers.UUIDField(required=False, allow_null=True)
    password = serializers.CharField(
        required=False, write_only=True, trim_whitespace=False, max_length=256,
        help_text="One's own; needed where the limit is to allow more than now.",
    )  # fmt: skip

    def to_internal_value(self, data: Any) -> Any:
        """The values, where every field is one of ours."""
        if isinstance(data, Mapping) and (unknown := [str(name) for name in data if name not in self.fields]):
            reason = ErrorDetail("There is no field of this name here.", "unknown_field")
            raise serializers.ValidationError({name[:NAME_SHOWN]: reason for name in unknown[:20]})
        return super().to_internal_value(data)


class RemovalBody(LimitBody):
    """Whose limit is taken away."""

    value = None  # type: ignore[assignment]


_PROBLEM = OpenApiResponse({"$ref": "#/components/schemas/Problem"}, "A problem.")
ANSWERS: dict[Any, Any] = {
    200: LimitsSerializer,
    **{(status, PROBLEM_TYPE): _PROBLEM for status in (400, 403, 404, 429)},
}
EXAMPLES = [OpenApiExample("At most 5,000 USD an order", value={"value": "5000"}, request_only=True)]


class LimitsDoor(APIView):
    """What both addresses share. How much is used only the books know: who opens these doors reads it there."""

    permission_classes = (MayTrade,)

    def usage(self, account: BrokerAccount, at: datetime) -> Usage | None:
        """How the account stands at this moment; None leaves what the desk saw when it last judged an order."""
        return None

    def answer(self, account: BrokerAccount) -> Response:
        """Every limit of the account as it is now."""
        at = SYSTEM.now()
        lines = limits_with_usage(account, at, usage=self.usage(account, at))
        return Response(LimitsSerializer({"account": account.public_id, "limits": lines}).data)


class LimitsView(LimitsDoor):
    """`risk/limits/`: the limits in force for an account, whose they are, and how much of each is used."""

    @described(operation_id="risk_limits_list", parameters=[ACCOUNT], responses=LimitsSerializer)
    def get(self, request: Request) -> Response:
        """Every limit, with how much of it is used now."""
        given = request.query_params.getlist("account")
        if len(given) > 1:
            raise InvalidInput.of("account", "repeated", "Give this once.")
        return self.answer(_account(signed_in(request), given[0] if given else None))


class LimitView(LimitsDoor):
    """`risk/limits/{name}/`: sets or takes away one's own limit."""

    @described(operation_id="risk_limits_set", request=LimitBody, responses=ANSWERS, examples=EXAMPLES)
    def put(self, request: Request, name: str) -> Response:
        """Set it; what allows more than now needs the password. The answer is all limits as they are then."""
        return self._set(request, name)

    @described(operation_id="risk_limits_change", request=LimitBody, responses=ANSWERS, examples=EXAMPLES)
    def patch(self, request: Request, name: str) -> Response:
        """The same."""
        return self._set(request, name)

    @described(operation_id="risk_limits_remove", request=RemovalBody, responses=ANSWERS)
    def delete(self, request: Request, name: str) -> Response:
        """Take it away, so that the next wider one holds; the password where that allows more."""
        person, said = signed_in(request), _read(RemovalBody(data=request.data))
        scope, account = _scope(person, said.get("account"))
        remove_limit(scope=scope, name=_known(name), actor=person, password=said.get("password"))
        return self.answer(account)

    def _set(self, request: Request, name: str) -> Response:
        person, said = signed_in(request), _read(LimitBody(data=request.data))
        scope, account = _scope(person, said.get("account"))
        set_limit(scope=scope, name=_known(name), value=said["value"], actor=person, password=said.get("password"))
        return self.answer(account)


def _read(form: LimitBody) -> Mapping[str, Any]:
    form.is_valid(raise_exception=True)
    said: Mapping[str, Any] = form.validated_data
    return said


def _scope(person: User, account: UUID | None) -> tuple[Scope, BrokerAccount]:
    """Whose limit it is, and the account whose limits are answered."""
    found = _account(person, account)
    return (Scope(user=person) if account is None else Scope(account=found)), found


def _account(person: User, public_id: UUID | str | None) -> BrokerAccount:
    """The person's account that is named, or the first in use; another's is as unknown as none."""
    own = BrokerAccount.objects.filter(user=person)
    if not public_id:
        first = own.filter(archived_at=None).first()
        if first is None:
            raise NotFound("There is no account yet.")
        return first
    try:
        found = own.filter(public_id=UUID(str(public_id))).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput.of("account", "unknown_account", "There is no such account.")
    return found


def _known(name: str) -> str:
    if name not in LimitName.values:
        raise NotFound("There is no limit of this name.")
    return name
