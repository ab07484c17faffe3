"""Alerts: telling a person once, or each time, that a figure of the market or of their books has come to a bound."""

from trading.alerts.verbs import ONCE, Made, Manner, change, create, delete, pause, resume

__all__ = ["ONCE", "Made", "Manner", "change", "create", "delete", "pause", "resume"]
