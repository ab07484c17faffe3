"""Conditions on a figure that the market or the books can be asked for: what may be said, and whether it is so."""

from marketdata.conditions.condition import (
    ABOUT_ACCOUNT,
    ABOUT_POSITION,
    Condition,
    Operator,
    Reference,
    is_indicator,
)

__all__ = ["ABOUT_ACCOUNT", "ABOUT_POSITION", "Condition", "Operator", "Reference", "is_indicator"]
