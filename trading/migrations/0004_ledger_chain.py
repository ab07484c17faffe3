"""Journals become a chain: what each says and follows is covered by a keyed digest, also of those that are there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from arbion.lib.append_only import let_changes, refuse_changes
from trading.books.chain import Entry, Line, link


def chain(apps, schema_editor):
    """Number and bind the journals of each account in the order in which they were booked."""
    Journal, Transfer = apps.get_model("trading", "Journal"), apps.get_model("trading", "Transfer")
    LedgerHead = apps.get_model("trading", "LedgerHead")
    heads = {}
    for journal in Journal.objects.select_related("account").order_by("id").iterator(chunk_size=500):
        rows = Transfer.objects.filter(journal=journal).select_related("debit", "credit").order_by("id")
        number, digest = heads.get(journal.account_id, (0, ""))
        # A fill's journal is about the symbol of the units that it moved.
        symbol = next((row.asset for row in rows if "units" in (row.debit.kind, row.credit.kind)), "")
        entry = Entry(
            account=str(journal.account.public_id),
            sequence=number + 1,
            code=journal.code,
            reference=journal.reference,
            at=journal.at,
            symbol=symbol,
            lines=tuple(
                Line.of((row.debit.kind, row.debit.asset), (row.credit.kind, row.credit.asset), row.asset, row.amount)
                for row in rows
            ),
        )
        digest = link(digest, entry)
        heads[journal.account_id] = number + 1, digest
        Journal.objects.filter(pk=journal.pk).update(sequence=number + 1, digest=digest, symbol=symbol)
    LedgerHead.objects.bulk_create(
        LedgerHead(account_id=account, sequence=number, digest=digest) for account, (number, digest) in heads.items()
    )


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("brokers", "0002_exchange"),
        ("trading", "0003_holds"),
    ]

    operations = [
        let_changes("trading_journal", "trading_lotclosure"),
        migrations.AddField("journal", "symbol", models.CharField(blank=True, default="", help_text="What it is about; empty: cash alone.", max_length=24), preserve_default=False),
        migrations.AddField("journal", "note", models.CharField(blank=True, default="", help_text="Why somebody booked it by hand.", max_length=200), preserve_default=False),
        migrations.AddField("journal", "actor", models.ForeignKey(help_text="Empty: the system.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        migrations.AddField("journal", "reverses", models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="reversal", to="trading.journal")),
        migrations.AddField("journal", "sequence", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("journal", "digest", models.CharField(default="", max_length=80), preserve_default=False),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=80)),
                ("account", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="ledger_head", to="brokers.brokeraccount")),
            ],
        ),
        migrations.RunPython(chain, migrations.RunPython.noop),
        refuse_changes("trading_journal", "trading_lotclosure"),
    ]
