"""The trading desk: from a sentence to a proposal, and from a confirmed proposal to orders."""

from trading.desk.carrying_out import Outcome, ask_again, dismiss, execute, proposal_of
from trading.desk.conversation import interpret_for
from trading.desk.lines import clear, history, lines_of
from trading.desk.proposing import as_json
from trading.desk.undoing import Undone, undo

__all__ = [
    "Outcome",
    "Undone",
    "as_json",
    "ask_again",
    "clear",
    "dismiss",
    "execute",
    "history",
    "interpret_for",
    "lines_of",
    "proposal_of",
    "undo",
]
