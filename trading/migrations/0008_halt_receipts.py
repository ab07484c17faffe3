import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import arbion.lib.fields


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("brokers", "0004_fills_in_order"),
        ("marketdata", "0003_default_motion"),
        ("riskdesk", "0002_halt_code"),
        ("trading", "0007_fill_multiplier"),
    ]

    operations = [
        migrations.CreateModel(
            name='HaltReceipt',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(choices=[('account', 'One account'), ('user', 'One person'), ('house', 'The whole house')], max_length=7)),
                ('flatten', models.BooleanField(default=False, help_text='Whether positions are closed too.')),
                ('state', models.CharField(choices=[('working', 'Working'), ('done', 'Done'), ('incomplete', 'Not finished')], default='working', max_length=10)),
                ('key', models.CharField(blank=True, max_length=120, null=True, unique=True)),
                ('blocked_at', models.DateTimeField()),
                ('cancels_asked_at', models.DateTimeField(null=True)),
                ('cancels_confirmed_at', models.DateTimeField(null=True)),
                ('venue_zero_at', models.DateTimeField(null=True)),
                ('rounds', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(help_text='When the next round is due.')),
                ('ended_at', models.DateTimeField(help_text='Since then nothing more is done for it.', null=True)),
                ('lift_reason', models.CharField(blank=True, max_length=200)),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('halt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='riskdesk.halt')),
            ],
            options={
                'ordering': ['-blocked_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['next_at'], name='halt_receipt_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['working', 'done', 'incomplete'])), name='halt_receipt_state')],
            },
        ),
        migrations.CreateModel(
            name='HaltLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kept_orders', models.PositiveIntegerField(default=0, help_text='Exits that stay, because they protect.')),
                ('venue_orders', models.PositiveIntegerField(help_text='Orders that rested there, less those that stay.', null=True)),
                ('venue_positions', models.PositiveIntegerField(null=True)),
                ('venue_said_at', models.DateTimeField(null=True)),
                ('trouble', models.CharField(blank=True, max_length=200)),
                ('done_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='brokers.brokeraccount')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='trading.haltreceipt')),
            ],
            options={
                'ordering': ['account_id'],
                'constraints': [models.UniqueConstraint(fields=('receipt', 'account'), name='halt_line_unique')],
            },
        ),
        migrations.CreateModel(
            name='HaltItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('cancel', 'Cancel an order'), ('close', 'Close a position')], max_length=6)),
                ('quantity', arbion.lib.fields.QuantityField(help_text='What was open of it when it was first seen; below zero where it is owed.')),
                ('state', models.CharField(choices=[('left', 'Not asked yet'), ('asked', 'Asked'), ('confirmed', 'Confirmed')], default='left', max_length=9)),
                ('attempt', models.PositiveSmallIntegerField(default=0, help_text='Which closing order is the newest.')),
                ('reason', models.CharField(blank=True, help_text='Why it is not done yet.', max_length=200)),
                ('asked_at', models.DateTimeField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketdata.instrument')),
                ('order', models.ForeignKey(help_text='To be canceled.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trading.order')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='trading.haltline')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'cancel')), fields=('line', 'order'), name='halt_item_order'), models.UniqueConstraint(condition=models.Q(('kind', 'close')), fields=('line', 'instrument'), name='halt_item_position'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'cancel'), ('order__isnull', False)), models.Q(('kind', 'close'), ('order', None)), _connector='OR'), name='halt_item_of_kind')],
            },
        ),
    ]
