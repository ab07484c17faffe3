"""The tables of people."""

from accounts.models.audit import AuditEntry
from accounts.models.token import ApiToken, Scope
from accounts.models.user import User
from accounts.models.viewing import Viewing, ViewingEnd

__all__ = ["ApiToken", "AuditEntry", "Scope", "User", "Viewing", "ViewingEnd"]
