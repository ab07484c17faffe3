"""The REST door to option chains."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arbion.domain.enums import OptionRight
from arbion.domain.numbers import plain
from arbion.lib.api import DecimalText
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described
from marketdata import instruments
from marketdata.frames import timestamp
from marketdata.models import Instrument
from marketdata.options import chain
from marketdata.options.contracts import terms_of

UNDERLYING = OpenApiParameter("symbol", str, OpenApiParameter.PATH, description="A share or a fund: AAPL, SPY.")


class ChainQuery(serializers.Serializer[Any]):
    """Which part of the chain."""

    expiration = serializers.DateField(
        required=False, help_text="One of `expirations`, as 2026-12-18; by default the nearest."
    )

    def to_internal_value(self, data: Any) -> Any:
        """What is left blank was not given."""
        return super().to_internal_value({name: value for name, value in data.dict().items() if value.strip()})


class SideShape(serializers.Serializer[Any]):
    """One contract: prices per unit of the underlying (one contract is `multiplier` of them), and its Greeks."""

    symbol = serializers.CharField()
    bid = DecimalText()
    ask = DecimalText()
    last = DecimalText()
    mark = DecimalText(help_text="The middle of bid and ask.")
    implied_volatility = DecimalText(help_text="Per square root of a year: 0.25 is 25 %.")
    delta = DecimalText(help_text="For a move of 1 of the underlying.")
    gamma = DecimalText(help_text="Change of delta for a move of 1 of the underlying.")
    theta = DecimalText(help_text="For a calendar day that passes.")
    vega = DecimalText(help_text="For one volatility point, 0.01.")
    rho = DecimalText(help_text="For one percent of interest, 0.01.")
    volume = serializers.IntegerField(help_text="Contracts traded today, synthetic as all of it.")
    open_interest = serializers.IntegerField(help_text="Contracts that are held.")
    in_the_money = serializers.BooleanField()


class StrikeShape(serializers.Serializer[Any]):
    """One strike; a side is null where no such contract is listed."""

    strike = DecimalText()
    at_the_money = serializers.BooleanField(help_text="The strike nearest to the underlying's price.")
    call = SideShape(allow_null=True)
    put = SideShape(allow_null=True)


class ChainShape(serializers.Serializer[Any]):
    """One expiration of the chain as of the underlying's newest quote, and the other expirations."""

    underlying = serializers.CharField()
    last = DecimalText(allow_null=True, help_text="Of the underlying; null while it has no price.")
    time = serializers.DateTimeField(allow_null=True, help_text="Of the underlying's quote, which makes all others.")
    expiration = serializers.DateField(allow_null=True, help_text="Null where no options are listed.")
    days = serializers.IntegerField(help_text="Calendar days until then.")
    expirations = serializers.ListField(child=serializers.DateField())
    rows = StrikeShape(many=True, help_text="The lowest strike first.")


class OptionTermsShape(serializers.Serializer[Any]):
    """What an option contract entitles to."""

    underlying = serializers.CharField()
    right = serializers.ChoiceField(choices=OptionRight.choices)
    strike = DecimalText()
    expiration = serializers.DateField()
    multiplier = DecimalText(help_text="Units of the underlying for one contract.")

    def to_representation(self, instance: Instrument) -> Any:
        """The terms of an instrument that is a contract; None for any other."""
        terms = terms_of(instance)
        if terms is None:
            return None
        return {
            "underlying": terms.underlying,
            "right": terms.right.value,
            "strike": plain(terms.strike),
            "expiration": terms.expires_on.isoformat(),
            "multiplier": plain(instance.multiplier),
        }


class OptionChain(APIView):
    """The option chain of one share or fund."""

    @described(parameters=[UNDERLYING, ChainQuery], responses=ChainShape, tags=["market"])
    def get(self, request: Request, symbol: str) -> Response:
        """One expiration; a contract of it can be ordered by its symbol. Coins have no expirations and no rows."""
        query = ChainQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        instrument = instruments.get_instrument(symbol)
        found = chain.chain(instrument, query.validated_data.get("expiration"), SYSTEM.now())
        return Response(
            {
                "underlying": instrument.symbol,
                "last": None if found.last is None else plain(found.last),
                "time": None if found.at is None else timestamp(found.at),
                "expiration": found.expiration,
                "days": found.days,
                "expirations": found.expirations,
                "rows": [
                    {
                        "strike": plain(row.strike),
                        "at_the_money": row.at_the_money,
                        "call": _shown(row.call),
                        "put": _shown(row.put),
                    }
                    for row in found.rows
                ],
            }
        )


def _shown(side: chain.Side | None) -> dict[str, Any] | None:
    return None if side is None else SideShape(asdict(side)).data
