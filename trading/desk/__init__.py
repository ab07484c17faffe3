"""The trading desk: from a sentence to a proposal, and from a confirmed proposal to orders."""

from trading.desk.carrying_out import Outcome, dismiss, execute
from trading.desk.conversation import as_json, history, interpret_for

__all__ = ["Outcome", "as_json", "dismiss", "execute", "history", "interpret_for"]
