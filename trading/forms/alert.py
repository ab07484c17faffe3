"""An alert as a form: what is watched, which way, how far, and how it tells."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms

from arbion.domain.numbers import plain
from arbion.lib.ids import new_id
from marketdata.conditions import ABOUT_ACCOUNT, Condition, Operator, Reference
from marketdata.conditions.condition import CHANGE, PRICE, VOLUME
from trading.alerts import Manner
from trading.forms.fields import RefusingForm, number, segments
from trading.models import Alert, Repeat

FALLS, RISES = "falls", "rises"
SEPARATOR = ":"
FIGURES = [
    (PRICE, "Price"),
    (f"{CHANGE}{SEPARATOR}now", "Change from now, in %"),
    (f"{CHANGE}{SEPARATOR}previous_close", "Change on the day, in %"),
    (f"{CHANGE}{SEPARATOR}average_price", "Change from my average price, in %"),
    ("rsi", "RSI of 14 days"),
    ("sma_50", "50-day average"),
    ("sma_200", "200-day average"),
    (VOLUME, "Volume of the day"),
    ("position_profit_percent", "Profit of my position, in %"),
    ("position_value", "Value of my position"),
    ("equity", "My equity"),
    ("day_profit", "My profit of the day"),
    ("buying_power", "My buying power"),
]
# What an order of the ticket can wait for.
TICKET_FIGURES = [
    ("", "At once"),
    (PRICE, "Only at a price"),
    (f"{CHANGE}{SEPARATOR}now", "Only after a move from now, in %"),
    (f"{CHANGE}{SEPARATOR}previous_close", "Only after a move on the day, in %"),
    ("rsi", "Only at an RSI of 14 days"),
]
COOLDOWNS = [("900", "15 minutes"), ("3600", "1 hour"), ("86400", "1 day")]


def condition_of(figure: str, way: str, value: Decimal, *, symbol: str) -> Condition:
    """The condition that was chosen. Raises InvalidInput for what cannot be watched."""
    metric, _, reference = figure.partition(SEPARATOR)
    if metric == CHANGE and reference != Reference.AVERAGE_PRICE:
        # One says “falls by 5”: the sign goes with the way.
        value = -abs(value) if way == FALLS else abs(value)
    return Condition(
        symbol=None if metric in ABOUT_ACCOUNT else symbol or None,
        metric=metric,
        operator=Operator.AT_MOST if way == FALLS else Operator.AT_LEAST,
        value=value,
        reference=Reference(reference) if reference else None,
    )


class MannerForm(RefusingForm):
    """How an alert tells."""

    shown_as = {"cooldown_seconds": "cooldown", "when.value": "value", "when.symbol": "symbol", "when.metric": "figure"}

    value = number("Value", required=True, hint="0", why="Say at which value.")
    repeat = segments("Tells", Repeat.choices, required=True)
    cooldown = forms.ChoiceField(label="Not again within", choices=COOLDOWNS, required=False)
    note = forms.CharField(label="Note", max_length=200, required=False)

    def manner(self) -> Manner:
        """How it shall tell; the form was found good."""
        said = self.cleaned_data
        return Manner(
            repeat=Repeat(said["repeat"]), cooldown=timedelta(seconds=int(said["cooldown"] or 3600)), note=said["note"]
        )


class AlertForm(MannerForm):
    """One alert to set."""

    client_key = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    symbol = forms.CharField(label="Symbol", max_length=24, required=False)
    figure = forms.ChoiceField(label="What", choices=FIGURES)
    way = segments("Which way", [(FALLS, "Falls to"), (RISES, "Rises to")], required=True)

    @classmethod
    def fresh(cls, symbol: str = "") -> AlertForm:
        """An empty form with a key of its own, so that sending it twice sets one."""
        initial = {"client_key": str(new_id()), "symbol": symbol, "way": RISES, "repeat": Repeat.ONCE.value}
        return cls(initial=initial | {"figure": PRICE, "cooldown": "3600"})

    def condition(self) -> Condition:
        """What shall be watched. Raises InvalidInput for what cannot be."""
        said = self.cleaned_data
        return condition_of(said["figure"], said["way"], said["value"], symbol=said["symbol"].strip().upper())


class AlertChangeForm(MannerForm):
    """What one may change of an alert; its ids are its own, for it opens beside the form that sets another one."""

    def __init__(self, *args: Any, alert: Alert, **more: Any) -> None:
        super().__init__(*args, **{**more, "auto_id": f"alert_{alert.pk}_%s"})

    @classmethod
    def of(cls, alert: Alert) -> AlertChangeForm:
        """The form as the alert stands."""
        cooldown = str(alert.cooldown_seconds or 3600)
        initial = {"value": plain(alert.value), "repeat": alert.repeat, "cooldown": cooldown, "note": alert.note}
        return cls(alert=alert, initial=initial)


class ConditionForm(RefusingForm):
    """The bound that a held order waits for."""

    shown_as = {"when.value": "value"}

    value = number("Value", required=True, why="Say at which value.")

    @classmethod
    def of(cls, value: Decimal) -> ConditionForm:
        """The form as the condition stands."""
        initial: dict[str, Any] = {"value": plain(value)}
        return cls(initial=initial)
