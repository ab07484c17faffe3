"""The ledger: transfers of one positive amount of one asset from one ledger account to another."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from arbion.lib.fields import MoneyField, QuantityField
from brokers.models import BrokerAccount
from trading.models.order import Order


class LedgerKind(models.TextChoices):
    """Whose column it is."""

    CASH = "cash", "Cash"
    UNITS = "units", "Units held"
    FEES = "fees", "Fees paid"
    INCOME = "income", "Dividends received"
    OUTSIDE = "outside", "The outside world"


class JournalCode(models.TextChoices):
    """Why something was booked."""

    OPENING = "opening", "Opening balance"
    FILL = "fill", "Fill"
    DEPOSIT = "deposit", "Deposit"
    WITHDRAWAL = "withdrawal", "Withdrawal"
    DIVIDEND = "dividend", "Dividend"
    SPLIT = "split", "Split"
    EXERCISE = "exercise", "Exercise"
    ASSIGNMENT = "assignment", "Assignment"
    EXPIRY = "expiry", "Expiry"
    REVERSAL = "reversal", "Reversal"


class LedgerAccount(models.Model):
    """One column of the books: one kind of one asset of one broker account.

    `balance` is the sum of its transfers and `held` the sum of its open holds, both kept in the transaction that moves
    them; `check_books` proves it. Cash and units never go below zero unless an approved order opened the position
    short (`may_be_negative`); the outside world's column may.
    """

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="ledger_accounts")
    kind = models.CharField(max_length=8, choices=LedgerKind)
    asset = models.CharField(max_length=24, help_text="A currency code or a symbol.")
    balance = MoneyField(default=0)
    held = MoneyField(default=0)
    may_be_negative = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "asset"], name="ledger_account_unique"),
            models.CheckConstraint(
                name="ledger_not_negative",
                condition=models.Q(kind=LedgerKind.OUTSIDE)
                | models.Q(kind=LedgerKind.INCOME)
                | models.Q(may_be_negative=True)
                | models.Q(balance__gte=0),
            ),
            models.CheckConstraint(name="ledger_held_not_negative", condition=models.Q(held__gte=0)),
        ]


class Journal(models.Model):
    """One business fact; its reference is unique, so that it is booked once.

    The journals of one account are a chain: `digest` covers what the journal and its transfers say and the digest
    before it (trading.books.chain), `sequence` counts from 1 without a gap. A correction is another journal, with the
    code of a reversal and the transfers the other way round; a journal is reversed once.
    """

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="journals")
    code = models.CharField(max_length=12, choices=JournalCode)
    reference = models.CharField(max_length=120, unique=True)
    symbol = models.CharField(max_length=24, blank=True, help_text="What it is about; empty: cash alone.")
    note = models.CharField(max_length=200, blank=True, help_text="Why somebody booked it by hand.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the system."
    )
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    sequence = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["account", "-id"], name="journal_of_account"),
            models.Index(fields=["account", "code", "at"], name="journal_of_kind"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "sequence"], name="journal_chain"),
            models.CheckConstraint(
                name="journal_reversal",
                condition=models.Q(code=JournalCode.REVERSAL, reverses__isnull=False)
                | (~models.Q(code=JournalCode.REVERSAL) & models.Q(reverses=None)),
            ),
        ]


class LedgerHead(models.Model):
    """The end of an account's chain of journals, kept apart from it: what was cut off would be missed."""

    account = models.OneToOneField(BrokerAccount, on_delete=models.PROTECT, related_name="ledger_head")
    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=80, blank=True)


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
    """Cash or units that an open order has claimed; what is not used by its fills is given back when it closes.

    An order claims at most once of each column: a covered call, say, cash for its fee and the shares that cover it.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    ledger_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="holds")
    amount = MoneyField()
    remaining = MoneyField()
    quantity = QuantityField(null=True, help_text="The size of the order that was claimed for; empty: the order's own.")
    filled_before = QuantityField(default=0, help_text="Units of the order that were filled before the claim.")
    spent_before = MoneyField(default=0, help_text="Cash that its fills had taken before the claim.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "ledger_account"], name="hold_once"),
            models.CheckConstraint(
                name="hold_remaining",
                condition=models.Q(amount__gt=0, remaining__gte=0, remaining__lte=models.F("amount")),
            ),
        ]
