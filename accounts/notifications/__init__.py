"""Telling people things through one port: written with the event, sent from an outbox, never twice."""

from accounts.notifications.notices import notify, notify_operators, notify_people, operators

__all__ = ["notify", "notify_operators", "notify_people", "operators"]
