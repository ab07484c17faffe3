"""REST: alerts, what is watched and how one is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from arbion.domain.errors import InvalidInput
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described
from trading import alerts, selectors, throttle
from trading.alerts import Manner
from trading.api import docs
from trading.api.bodies import ACCOUNT_HELP, WhenBody, given
from trading.api.fields import (
    AskedFigure,
    KnownFieldsOnly,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictMoment,
    StrictText,
    StrictUUID,
)
from trading.api.reading import KEY_HEADER, account_asked, key_asked, one, when_asked
from trading.models import Alert, AlertStatus, Repeat
from trading.wire.conditions import AlertSerializer


class MannerBody(KnownFieldsOnly):
    """How an alert tells."""

    repeat = StrictChoice(choices=Repeat.choices, required=False)
    cooldown_seconds = StrictInteger(
        required=False, allow_null=True, help_text="Of one that tells each time: an hour where it is left out."
    )
    note = StrictText(required=False, allow_blank=True, max_length=200)


class AlertBody(MannerBody):
    """An alert to set. With `each_time` it tells again once its condition was untrue in between."""

    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    when = WhenBody(help_text="Also of a position or an account: `position_profit_percent`, `equity`, `day_profit` …")


class AlertChangeBody(MannerBody):
    """What shall change of an alert; what is left out stays."""

    value = AskedFigure(help_text="The new bound; the alert is watched from now on.")
    expires_at = StrictMoment(required=False, allow_null=True)
    active = StrictBoolean(required=False, help_text="False switches it off, true watches again from now on.")


class AlertPages(NewestFirst):
    """Alerts, newest first."""

    ordering: Any = ("-created_at", "-id")


class AlertsView(generics.ListAPIView[Alert]):
    """`alerts/`: what the person wants to be told of."""

    permission_classes = (MayTrade,)
    serializer_class = AlertSerializer
    pagination_class = AlertPages
    queryset = Alert.objects.none()

    def get_queryset(self) -> QuerySet[Alert]:
        """The person's alerts within the filters."""
        rows = selectors.alerts(signed_in(self.request))
        if status := one(self.request, "status"):
            if status not in AlertStatus.values:
                raise InvalidInput.of("status", "invalid_choice", f"One of {', '.join(AlertStatus.values)}.")
            rows = rows.filter(status=status)
        symbol = one(self.request, "symbol")
        return rows.filter(instrument__symbol=symbol.upper()) if symbol else rows

    @described(operation_id="alerts_list", parameters=[docs.STATUS, docs.SYMBOL, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of alerts."""
        return super().get(request, *args, **kwargs)

    @described(
        operation_id="alerts_create",
        request=AlertBody,
        parameters=[docs.KEY],
        responses=docs.placed_as(AlertSerializer, "The alert that this key set before."),
    )
    def post(self, request: Request) -> Response:
        """Set one: 201; the same key and body again: 200 and the first one."""
        form = AlertBody(data=request.data)
        form.is_valid(raise_exception=True)
        person, said = signed_in(request), given(form.validated_data)
        when = when_asked(said["when"])
        assert when is not None, "the body needs a condition"  # noqa: S101
        manner = _manner({**said, "expires_at": said["when"].get("expires_at")})
        key = key_asked(request.headers.get(KEY_HEADER), None)
        account = account_asked(person, said.get("account"))
        throttle.count_request(person)
        made = alerts.create(person, account, when, manner=manner, client_key=key)
        return Response(AlertSerializer(made.alert).data, status=200 if made.is_repeat else 201)


class AlertView(APIView):
    """`alerts/{id}/`: one of the person's own."""

    permission_classes = (MayTrade,)

    @described(operation_id="alerts_read", responses=AlertSerializer)
    def get(self, request: Request, alert_id: UUID) -> Response:
        """The alert as it stands."""
        return Response(AlertSerializer(selectors.alert_of(signed_in(request), alert_id)).data)

    @described(
        operation_id="alerts_change",
        request=AlertChangeBody,
        responses=docs.with_problems({200: AlertSerializer}, 400, 404, 422, 429),
    )
    def patch(self, request: Request, alert_id: UUID) -> Response:
        """Change it, switch it off, or watch again."""
        person = signed_in(request)
        alert = selectors.alert_of(person, alert_id)
        form = AlertChangeBody(data=request.data)
        form.is_valid(raise_exception=True)
        said = given(form.validated_data)
        throttle.count_request(person)
        manner = None
        if said.keys() - {"value", "active"}:
            manner = _manner(_as_it_is(alert) | said)
        if manner is not None or "value" in said:
            alert = alerts.change(alert, user=person, value=said.get("value"), manner=manner)
        if "active" in said:
            alert = (alerts.resume if said["active"] else alerts.pause)(alert, user=person)
        return Response(AlertSerializer(selectors.alert_of(person, alert.pk)).data)

    @described(operation_id="alerts_delete", request=None, responses=docs.with_problems({204: None}, 404, 429))
    def delete(self, request: Request, alert_id: UUID) -> Response:
        """Delete it; what it told stays in the inbox."""
        person = signed_in(request)
        alerts.delete(selectors.alert_of(person, alert_id), user=person)
        return Response(status=204)


def _manner(said: dict[str, Any]) -> Manner:
    seconds = said.get("cooldown_seconds")
    return Manner(
        repeat=Repeat(said.get("repeat", Repeat.ONCE)),
        cooldown=None if seconds is None else timedelta(seconds=seconds),
        note=said.get("note", ""),
        expires_at=said.get("expires_at"),
    )


def _as_it_is(alert: Alert) -> dict[str, Any]:
    return {
        "repeat": alert.repeat,
        "cooldown_seconds": alert.cooldown_seconds or None,
        "note": alert.note,
        "expires_at": alert.expires_at,
    }


alert_list = AlertsView.as_view()
alert_detail = AlertView.as_view()
