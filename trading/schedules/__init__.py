"""Repeating orders: what they would do, and keeping, changing and running them."""

from trading.schedules.outlook import NO_END, Outlook, Until, propose
from trading.schedules.verbs import create, end, pause, resize, resume

__all__ = ["NO_END", "Outlook", "Until", "create", "end", "pause", "propose", "resize", "resume"]
