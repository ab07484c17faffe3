"""The bodies that trading's REST doors take: every field known, every value in one spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from arbion.domain.enums import (
    FillModel,
    GroupKind,
    LotMethod,
    OptionRight,
    OrderType,
    PositionEffect,
    Side,
    TimeInForce,
)
from arbion.domain.orders import LEGS_MAX
from marketdata.conditions import Operator, Reference
from marketdata.conditions.condition import METRIC_LENGTH_MAX
from trading.api.fields import (
    AskedFigure,
    KnownFieldsOnly,
    StrictBoolean,
    StrictChoice,
    StrictDate,
    StrictInteger,
    StrictMoment,
    StrictText,
    StrictUUID,
)

SYMBOL_LENGTH_MAX = 24
ACCOUNT_HELP = "One's simulated account where it is left out."
# An order cannot close more lots than a list of them may name.
LOTS_MAX = 200


class OptionBody(KnownFieldsOnly):
    """Which contract of the underlying in `symbol`."""

    right = StrictChoice(choices=OptionRight.choices)
    strike = AskedFigure(required=True)
    expiration = StrictDate()
    effect = StrictChoice(choices=PositionEffect.choices, required=False, allow_null=True)


class BracketBody(KnownFieldsOnly):
    """Exits that come into force once the entry has filled: a stop loss, a take profit or both, each in one way."""

    stop_loss_price = AskedFigure()
    stop_loss_percent = AskedFigure()
    take_profit_price = AskedFigure()
    take_profit_percent = AskedFigure()


class WhenBody(KnownFieldsOnly):
    """A condition: the figure `metric` of `symbol` at or beyond `value`; a fall of 5 % is `-5` with `<=`."""

    symbol = StrictText(
        max_length=SYMBOL_LENGTH_MAX,
        trim_whitespace=False,
        required=False,
        allow_null=True,
        help_text="What is watched; left out for a figure of the whole account.",
    )
    metric = StrictText(
        max_length=METRIC_LENGTH_MAX,
        help_text="`price`, `percent_change`, `volume`, `rsi`, `sma_200`, `macd_histogram` …, on daily candles.",
    )
    operator = StrictChoice(choices=Operator.choices)
    value = AskedFigure(required=True)
    reference = StrictChoice(
        choices=Reference.choices, required=False, allow_null=True, help_text="What a change is counted from."
    )
    expires_at = StrictMoment(
        required=False,
        allow_null=True,
        help_text="How long it is waited for: ninety days where left out, a move of the day until the day's close.",
    )


class LegBody(KnownFieldsOnly):
    """One leg of a package: `ratio` units for each package, so 100 for the shares beside a contract."""

    symbol = StrictText(max_length=SYMBOL_LENGTH_MAX, trim_whitespace=False)
    side = StrictChoice(choices=Side.choices)
    ratio = StrictInteger(required=False, default=1)
    effect = StrictChoice(choices=PositionEffect.choices, required=False, allow_null=True)


class OrderRequestSerializer(KnownFieldsOnly):
    """An order to place or to look at. Give one size; the key makes a repeat the same order."""

    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    symbol = StrictText(
        max_length=SYMBOL_LENGTH_MAX,
        trim_whitespace=False,
        help_text="Of an option the underlying, with `option`, or the contract's own symbol.",
    )
    side = serializers.ChoiceField(choices=Side.choices, help_text="Of several legs, that of the first.")
    order_type = serializers.ChoiceField(choices=OrderType.choices, default=OrderType.MARKET)
    quantity = AskedFigure(help_text="In shares, coins, contracts or packages.")
    notional = AskedFigure(help_text="In the account's currency.")
    percent_of_position = AskedFigure()
    percent_of_cash = AskedFigure()
    limit_price = AskedFigure(help_text="Of several legs net a package: positive is paid, negative received.")
    stop_price = AskedFigure()
    trail_amount = AskedFigure()
    trail_percent = AskedFigure()
    time_in_force = serializers.ChoiceField(
        choices=TimeInForce.choices,
        required=False,
        allow_null=True,
        help_text="`gtc` for coins, else `day`, where left out.",
    )
    expires_at = StrictMoment(required=False, allow_null=True, help_text="The date of a good-till-date order.")
    extended_hours = StrictBoolean(required=False, allow_null=True, help_text="Also before and after regular hours.")
    effect = StrictChoice(
        choices=PositionEffect.choices, required=False, allow_null=True, help_text="Worked out where left out."
    )
    option = OptionBody(required=False, allow_null=True)
    bracket = BracketBody(required=False, allow_null=True)
    when = WhenBody(required=False, allow_null=True, help_text="The order waits here until this is so.")
    legs = serializers.ListField(
        child=LegBody(), required=False, allow_null=True, max_length=LEGS_MAX, help_text="Options and at most shares."
    )
    lot_method = StrictChoice(choices=LotMethod.choices, required=False, allow_null=True)
    lots = serializers.ListField(
        child=StrictUUID(), required=False, allow_null=True, max_length=LOTS_MAX, help_text="With `chosen`: which."
    )
    client_order_id = StrictText(required=False, allow_null=True, allow_blank=True, trim_whitespace=False)


class ReplaceBody(KnownFieldsOnly):
    """What shall change of a working order; what is left out stays."""

    quantity = AskedFigure(help_text="The whole order's, what is filled already included.")
    limit_price = AskedFigure()
    stop_price = AskedFigure()


class GroupBody(KnownFieldsOnly):
    """Two orders that depend on each other: one cancels the other, or the first triggers the second."""

    kind = StrictChoice(choices=GroupKind.choices, help_text="`oco` or `oto`; a bracket is asked for with its entry.")
    orders = serializers.ListField(child=OrderRequestSerializer(), min_length=2, max_length=2)
    client_order_id = StrictText(required=False, allow_null=True, allow_blank=True, trim_whitespace=False)

    def validate_kind(self, value: str) -> str:
        """A bracket is an order with a field of that name."""
        if value == GroupKind.BRACKET:
            self.fields["kind"].fail("invalid_choice", input=value)
        return value


class CashBody(KnownFieldsOnly):
    """Cash to put into or to take out of a simulated account."""

    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    amount = AskedFigure(required=True)


class AccountBody(KnownFieldsOnly):
    """What a person may change of an account; what is left out stays."""

    name = StrictText(required=False, max_length=60)
    fill_model = StrictChoice(choices=FillModel.choices, required=False)
    margin = StrictBoolean(required=False, help_text="Whether it may sell short, against cash as security.")
    lot_method = StrictChoice(
        choices=LotMethod.choices, required=False, help_text="Any but `chosen`, which names the lots of one order."
    )

    def validate_lot_method(self, value: str) -> str:
        """Lots are chosen order by order."""
        if value == LotMethod.CHOSEN:
            self.fields["lot_method"].fail("invalid_choice", input=value)
        return value


class ResetBody(KnownFieldsOnly):
    """The account's name, written out: what is reset is archived and cannot trade again."""

    confirm = StrictText(trim_whitespace=False)


class ExerciseBody(KnownFieldsOnly):
    """How many contracts of a long option to exercise now."""

    account = StrictUUID(required=False, allow_null=True, help_text=ACCOUNT_HELP)
    quantity = AskedFigure(required=True)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were sent and are not null."""
    return {name: value for name, value in values.items() if value is not None}
