"""The halt: blocks first, cancels what rests, closes what is held if asked, and asks the venue until it says zero."""

from trading.execution.halt.impose import halt
from trading.execution.halt.resume import resume
from trading.execution.halt.rounds import work
from trading.execution.halt.unfinished import work_on_halts

__all__ = ["halt", "resume", "work", "work_on_halts"]
