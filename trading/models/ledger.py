"""The ledger: transfers of one positive amount of one asset from one ledger account to another."""

from __future__ import annotations

from django.db import models

from arbion.lib.fields import MoneyField
from brokers.models import BrokerAccount
from trading.models.order import Order


class LedgerKind(models.TextChoices):
    """Whose column it is."""

    CASH = "cash", "Cash"
    UNITS = "units", "Units held"
    FEES = "fees", "Fees paid"
    OUTSIDE = "outside", "The outside world"


class JournalCode(models.TextChoices):
    """Why something was booked."""

    OPENING = "opening", "Opening balance"
    FILL = "fill", "Fill"


class LedgerAccount(models.Model):
    """One column of the books: one kind of one asset of one broker account.

    `balance` is the sum of its transfers and `held` the sum of its open holds, both kept in the transaction that moves
    them; `check_books` proves it. Cash and units never go below zero; the outside world's column may.
    """

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="ledger_accounts")
    kind = models.CharField(max_length=8, choices=LedgerKind)
    asset = models.CharField(max_length=24, help_text="A currency code or a symbol.")
    balance = MoneyField(default=0)
    held = MoneyField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "asset"], name="ledger_account_unique"),
            models.CheckConstraint(
                name="ledger_not_negative", condition=models.Q(kind=LedgerKind.OUTSIDE) | models.Q(balance__gte=0)
            ),
            models.CheckConstraint(name="ledger_held_not_negative", condition=models.Q(held__gte=0)),
        ]


class Journal(models.Model):
    """One business fact; its reference is unique, so that it is booked once."""

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="journals")
    code = models.CharField(max_length=12, choices=JournalCode)
    reference = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "-id"], name="journal_of_account")]


class Transfer(models.Model):
    """One amount of one asset from `credit` to `debit`; balanced by construction."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="transfers")
    debit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="debits")
    credit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="credits")
    asset = models.CharField(max_length=24)
    amount = MoneyField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="transfer_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(name="transfer_moves", condition=~models.Q(debit=models.F("credit"))),
        ]


class Hold(models.Model):
    """Cash or units that an open order has claimed; what is not used by its fills is given back when it closes."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="hold")
    ledger_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="holds")
    amount = MoneyField()
    remaining = MoneyField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hold_remaining",
                condition=models.Q(amount__gt=0, remaining__gte=0, remaining__lte=models.F("amount")),
            )
        ]
