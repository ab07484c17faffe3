"""Repeating orders: what they would do, and keeping, changing and running them."""

from trading.schedules.outlook import NO_END, Outlook, Until, propose
from trading.schedules.verbs import change, create, end, pause, resume

__all__ = ["NO_END", "Outlook", "Until", "change", "create", "end", "pause", "propose", "resume"]
