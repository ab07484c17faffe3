"""The locks of trading, in the one order they are taken: the broker account first, and nothing without it.

On PostgreSQL the row is locked; on SQLite the IMMEDIATE transaction already holds the only write lock there is.
"""

from __future__ import annotations

from django.db import connection

from brokers.models import BrokerAccount


def lock_account(pk: int) -> BrokerAccount:
    """The account, locked until the transaction ends. Needs an open transaction."""
    rows = BrokerAccount.objects.select_related("user")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    return rows.get(pk=pk)
