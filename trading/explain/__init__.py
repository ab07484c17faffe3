"""Explaining an order: everything that made it and that became of it, in the order of time."""

from trading.explain.story import Story, explain

__all__ = ["Story", "explain"]
