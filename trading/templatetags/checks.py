"""How a risk check reads on a page: its question in words, and its figure beside its limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django import template

from arbion.lib.templatetags.arbion import money, price, quantity, words

register = template.Library()

# Rule, its question answered with yes, the unit of its figures.
RULES: dict[str, tuple[str, str]] = {
    "account_is_own": ("The account is yours", ""),
    "live_grant_is_given": ("The account may trade", ""),
    "not_halted": ("Trading is not halted", ""),
    "stops_are_watched": ("The stop monitor is awake", "seconds"),
    "no_unknown_orders": ("No earlier order is unaccounted for", "count"),
    "books_agree": ("The venue's book and ours agree", "count"),
    "instrument_is_tradable": ("It can be traded here", ""),
    "market_is_open": ("The market is open", ""),
    "quote_is_fresh": ("The price is fresh", "seconds"),
    "limit_is_near_the_market": ("The limit is near the market", "price"),
    "quote_is_within_band": ("The price is near the last trade", "percent"),
    "order_value_within_limit": ("Order value within your limit", "money"),
    "order_units_within_limit": ("Order size within your limit", "quantity"),
    "position_value_within_limit": ("Position within your limit", "money"),
    "buying_power_suffices": ("Buying power covers it", "money"),
    "units_suffice": ("You hold enough to close", "quantity"),
    "short_is_allowed": ("The account may sell short", ""),
    "options_are_covered": ("Sold options are covered", ""),
    "daily_loss_within_limit": ("Loss of the day within your limit", "money"),
    "drawdown_within_limit": ("Fall from the peak within your limit", "percent"),
    "trades_per_day_within_limit": ("Trades of the day within your limit", "count"),
    "orders_per_minute_within_limit": ("Orders a minute within your limit", "count"),
    "not_a_duplicate": ("Not the same order again", ""),
    "not_cooling_down": ("No pause after losses", "count"),
    "instrument_share_within_limit": ("Share of the account within your limit", "percent"),
    "sector_share_within_limit": ("Share of the sector within your limit", "percent"),
    "asset_class_share_within_limit": ("Share of its kind within your limit", "percent"),
    "leverage_within_limit": ("Held and owed within your limit", "multiple"),
    "entry_has_stop": ("It has the stop loss that you ask for", ""),
}


def _seconds(value: Any) -> str:
    return f"{Decimal(str(value)):.1f} s"


def _percent(value: Any) -> str:
    return f"{Decimal(str(value)):.1f}%"


def _multiple(value: Any) -> str:
    return f"{Decimal(str(value)):.2f} times"


WRITE: dict[str, Callable[[Any], str]] = {
    "money": money,
    "price": price,
    "quantity": quantity,
    "count": quantity,
    "seconds": _seconds,
    "percent": _percent,
    "multiple": _multiple,
}


@register.filter
def check_label(check: Mapping[str, Any]) -> str:
    """The rule in words."""
    name = str(check["name"])
    return RULES[name][0] if name in RULES else words(name)


@register.filter
def check_figures(check: Mapping[str, Any]) -> str:
    """`$1,872.00 of $25,000.00`; empty for a rule without figures."""
    unit = RULES.get(str(check["name"]), ("", ""))[1]
    if not unit or check.get("value") is None or check.get("limit") is None:
        return ""
    write = WRITE[unit]
    return f"{write(check['value'])} of {write(check['limit'])}"


@register.filter
def failed(checks: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The checks that said no."""
    return [check for check in checks if not check["passed"]]
