"""The tables of people."""

from accounts.models.audit import AuditEntry
from accounts.models.notification import (
    ChannelName,
    Delivery,
    DeliveryStatus,
    Destination,
    LinkCode,
    Notification,
    NotificationPreference,
    Urgency,
)
from accounts.models.token import ApiToken, Scope
from accounts.models.user import User
from accounts.models.viewing import Viewing, ViewingEnd

__all__ = [
    "ApiToken",
    "AuditEntry",
    "ChannelName",
    "Delivery",
    "DeliveryStatus",
    "Destination",
    "LinkCode",
    "Notification",
    "NotificationPreference",
    "Scope",
    "Urgency",
    "User",
    "Viewing",
    "ViewingEnd",
]
