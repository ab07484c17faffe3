"""Where allauth asks the house: addresses, redirects, mails, and what is written in the audit log."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.context import client_address

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Our answers to allauth's questions."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that our own limits use."""
        return client_address(request) or "unknown"
