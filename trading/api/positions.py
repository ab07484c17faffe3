"""REST: positions, the lots that they are made of, and exercising options."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from accounts.api.permissions import MayTrade
from arbion.lib.openapi import described
from brokers.accounts import accounts_of
from brokers.models import BrokerAccount
from trading import selectors, throttle
from trading.api import docs
from trading.api.bodies import ExerciseBody
from trading.api.reading import KEY_HEADER, account_asked, instrument_asked, key_asked, one
from trading.contracts import instrument_called
from trading.desk.naming import is_about
from trading.execution.exercise import exercise as ask_exercise
from trading.models import OptionExercise
from trading.wire.books import ExerciseSerializer, LotPageSerializer
from trading.wire.shapes import PositionPageSerializer


class PositionsView(APIView):
    """`positions/`: what the person holds, valued; all on one page, since they belong together."""

    @described(operation_id="positions_list", parameters=[docs.SYMBOL, docs.ACCOUNT], responses=PositionPageSerializer)
    def get(self, request: Request) -> Response:
        """All open positions; an underlying's symbol leaves its options too."""
        rows = [row for account in accounts_shown(request) for row in selectors.positions(account)]
        if symbol := one(request, "symbol"):
            wanted = instrument_asked(symbol)
            rows = [row for row in rows if is_about(row.instrument, wanted.symbol)]
        return Response(PositionPageSerializer({"results": rows}).data)


class LotsView(APIView):
    """`positions/{symbol}/lots/`: what a position is made of."""

    @described(operation_id="positions_lots", parameters=[docs.ACCOUNT], responses=LotPageSerializer)
    def get(self, request: Request, symbol: str) -> Response:
        """All open lots, oldest first; one that shall be closed is named by its id in an order's `lots`."""
        instrument = instrument_called(symbol)
        rows = [lot for account in accounts_shown(request) for lot in selectors.lots_of(account, instrument)]
        return Response(LotPageSerializer({"results": rows}).data)


class ExerciseView(APIView):
    """`positions/{symbol}/exercise/`: makes use of options that are held, before they expire."""

    permission_classes = (MayTrade,)

    @described(
        operation_id="positions_exercise",
        request=ExerciseBody,
        parameters=[docs.KEY],
        responses=docs.placed_as(ExerciseSerializer, "The exercise that this key asked for before."),
    )
    def post(self, request: Request, symbol: str) -> Response:
        """Ask for it: 201; the same key and body again: 200 and the first one."""
        instrument = instrument_called(symbol)
        form = ExerciseBody(data=request.data)
        form.is_valid(raise_exception=True)
        person = signed_in(request)
        account = account_asked(person, form.validated_data.get("account"))
        key = key_asked(request.headers.get(KEY_HEADER), None)
        is_repeat = OptionExercise.objects.filter(user=person, client_key=key).exists()
        if not is_repeat:
            throttle.count_request(person)
        quantity = form.validated_data["quantity"]
        asked = ask_exercise(account, symbol=instrument.symbol, quantity=quantity, client_key=key, actor=person)
        return Response(ExerciseSerializer(asked).data, status=200 if is_repeat else 201)


def accounts_shown(request: Request) -> list[BrokerAccount]:
    """The account that the query names, or all of the person's that are in use."""
    person = signed_in(request)
    named = one(request, "account")
    return [account_asked(person, named)] if named else list(accounts_of(person))


position_list = PositionsView.as_view()
lots = LotsView.as_view()
exercise = ExerciseView.as_view()
