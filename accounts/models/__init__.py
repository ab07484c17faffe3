"""The tables of people."""

from accounts.models.audit import AuditEntry
from accounts.models.language import Effort, KeyOwner, LanguageModel, ModelApi, ModelCall, ModelRole
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
from accounts.models.secret import Secret, SecretPurpose
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
    "Effort",
    "KeyOwner",
    "LanguageModel",
    "LinkCode",
    "ModelApi",
    "ModelCall",
    "ModelRole",
    "Notification",
    "NotificationPreference",
    "Scope",
    "Secret",
    "SecretPurpose",
    "Urgency",
    "User",
    "Viewing",
    "ViewingEnd",
]
