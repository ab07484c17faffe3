
import arbion.lib.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from arbion.lib.append_only import refuse_changes


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('brokers', '0001_initial'),
        ('marketdata', '0001_initial'),
        ('riskdesk', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Fill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue_fill_id', models.CharField(max_length=64)),
                ('side', models.CharField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('quantity', arbion.lib.fields.QuantityField()),
                ('price', arbion.lib.fields.PriceField()),
                ('gross', arbion.lib.fields.MoneyField(help_text='Quantity times price, at money scale.')),
                ('fee', arbion.lib.fields.MoneyField()),
                ('filled_at', models.DateTimeField()),
                ('booked_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fills', to='brokers.brokeraccount')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketdata.instrument')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Intent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(choices=[('ticket', 'Ticket'), ('api', 'API'), ('desk', 'Desk'), ('strategy', 'Strategy'), ('agent', 'Agent'), ('webhook', 'Webhook'), ('risk', 'Risk desk')], max_length=8)),
                ('client_key', models.CharField(max_length=80)),
                ('body_hash', models.CharField(help_text='SHA-256 of the instruction: a repeat must say the same.', max_length=64)),
                ('instruction', models.JSONField()),
                ('words', models.TextField(blank=True, help_text='The sentence it was read from, where there was one.')),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='intents', to='brokers.brokeraccount')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='intents', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Journal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('opening', 'Opening balance'), ('fill', 'Fill')], max_length=12)),
                ('reference', models.CharField(max_length=120, unique=True)),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='journals', to='brokers.brokeraccount')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='LedgerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('cash', 'Cash'), ('units', 'Units held'), ('fees', 'Fees paid'), ('outside', 'The outside world')], max_length=8)),
                ('asset', models.CharField(help_text='A currency code or a symbol.', max_length=24)),
                ('balance', arbion.lib.fields.MoneyField(default=0)),
                ('held', arbion.lib.fields.MoneyField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ledger_accounts', to='brokers.brokeraccount')),
            ],
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', arbion.lib.fields.QuantityField()),
                ('cost', arbion.lib.fields.MoneyField()),
                ('remaining_quantity', arbion.lib.fields.QuantityField()),
                ('remaining_cost', arbion.lib.fields.MoneyField()),
                ('opened_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='brokers.brokeraccount')),
                ('fill', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='lot', to='trading.fill')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketdata.instrument')),
            ],
            options={
                'ordering': ['opened_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='LotClosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', arbion.lib.fields.QuantityField()),
                ('cost', arbion.lib.fields.MoneyField()),
                ('proceeds', arbion.lib.fields.MoneyField()),
                ('fill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='trading.fill')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to='trading.lot')),
            ],
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('side', models.CharField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('order_type', models.CharField(choices=[('market', 'Market'), ('limit', 'Limit')], max_length=13)),
                ('time_in_force', models.CharField(choices=[('day', 'Day'), ('gtc', 'Good till canceled')], max_length=3)),
                ('quantity', arbion.lib.fields.QuantityField()),
                ('notional', arbion.lib.fields.MoneyField(help_text='The size in money, where that was asked.', null=True)),
                ('limit_price', arbion.lib.fields.PriceField(null=True)),
                ('status', models.CharField(choices=[('initialized', 'Initialized'), ('denied', 'Denied by the risk desk'), ('held', 'Held for a condition'), ('submitted', 'Submitted'), ('unknown', "Unknown: the venue's answer was lost"), ('accepted', 'Working at the venue'), ('partially_filled', 'Partially filled'), ('filled', 'Filled'), ('canceled', 'Canceled'), ('expired', 'Expired'), ('rejected', 'Rejected by the venue')], default='initialized', max_length=16)),
                ('pending_request', models.CharField(blank=True, choices=[('', 'Nothing'), ('cancel', 'Cancel')], default='', max_length=8)),
                ('filled_quantity', arbion.lib.fields.QuantityField(default=0)),
                ('filled_value', arbion.lib.fields.MoneyField(default=0, help_text='Sum of quantity times price over the fills.')),
                ('fees', arbion.lib.fields.MoneyField(default=0)),
                ('venue_order_id', models.CharField(blank=True, max_length=64)),
                ('reject_code', models.CharField(blank=True, max_length=40)),
                ('reject_reason', models.CharField(blank=True, max_length=300)),
                ('version', models.PositiveIntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('absent_checks', models.PositiveSmallIntegerField(default=0, help_text='Complete looks that did not find it.')),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='brokers.brokeraccount')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='order', to='riskdesk.riskdecision')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketdata.instrument')),
                ('intent', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='order', to='trading.intent')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', arbion.lib.fields.MoneyField()),
                ('remaining', arbion.lib.fields.MoneyField()),
                ('ledger_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='trading.ledgeraccount')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='hold', to='trading.order')),
            ],
        ),
        migrations.AddField(
            model_name='fill',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fills', to='trading.order'),
        ),
        migrations.CreateModel(
            name='OrderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trigger', models.CharField(blank=True, choices=[('deny', 'The risk desk refused it'), ('hold', 'It waits for a condition'), ('submit', 'On its way to the venue'), ('lose', "The venue's answer was lost"), ('accept', 'The venue took it'), ('reject', 'The venue refused it'), ('fill_part', 'A part was filled'), ('fill_all', 'Filled in full'), ('cancel', 'It was canceled'), ('expire', 'Its time ran out')], max_length=16)),
                ('before', models.CharField(choices=[('initialized', 'Initialized'), ('denied', 'Denied by the risk desk'), ('held', 'Held for a condition'), ('submitted', 'Submitted'), ('unknown', "Unknown: the venue's answer was lost"), ('accepted', 'Working at the venue'), ('partially_filled', 'Partially filled'), ('filled', 'Filled'), ('canceled', 'Canceled'), ('expired', 'Expired'), ('rejected', 'Rejected by the venue')], max_length=16)),
                ('after', models.CharField(choices=[('initialized', 'Initialized'), ('denied', 'Denied by the risk desk'), ('held', 'Held for a condition'), ('submitted', 'Submitted'), ('unknown', "Unknown: the venue's answer was lost"), ('accepted', 'Working at the venue'), ('partially_filled', 'Partially filled'), ('filled', 'Filled'), ('canceled', 'Canceled'), ('expired', 'Expired'), ('rejected', 'Rejected by the venue')], max_length=16)),
                ('version', models.PositiveIntegerField()),
                ('cause', models.CharField(help_text='Who or what brought it about, in plain words.', max_length=60)),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='brokers.brokeraccount')),
                ('actor', models.ForeignKey(help_text='Empty: the system.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='trading.order')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', arbion.lib.fields.QuantityField()),
                ('cost', arbion.lib.fields.MoneyField(help_text='Of the open lots, fees included.')),
                ('realized', arbion.lib.fields.MoneyField(default=0, help_text='Profit of all closed lots, net of fees.')),
                ('updated_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='brokers.brokeraccount')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketdata.instrument')),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('interpretation', models.JSONField()),
                ('previews', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('executed_at', models.DateTimeField(null=True)),
                ('dismissed_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='brokers.brokeraccount')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('speaker', models.CharField(choices=[('person', 'You'), ('desk', 'Arbion')], max_length=6)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='trading.proposal')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asset', models.CharField(max_length=24)),
                ('amount', arbion.lib.fields.MoneyField()),
                ('credit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='trading.ledgeraccount')),
                ('debit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='debits', to='trading.ledgeraccount')),
                ('journal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='trading.journal')),
            ],
        ),
        migrations.CreateModel(
            name='VenueCursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fills_after', models.BigIntegerField(default=0)),
                ('orders_since', models.DateTimeField()),
                ('reconciled_at', models.DateTimeField(null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cursor', to='brokers.brokeraccount')),
            ],
        ),
        migrations.CreateModel(
            name='Discrepancy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asset', models.CharField(max_length=24)),
                ('ours', arbion.lib.fields.MoneyField()),
                ('theirs', arbion.lib.fields.MoneyField()),
                ('seen_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discrepancies', to='brokers.brokeraccount')),
            ],
            options={
                'verbose_name_plural': 'discrepancies',
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('account', 'asset'), name='discrepancy_open_once')],
            },
        ),
        migrations.CreateModel(
            name='EquityPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('equity', arbion.lib.fields.MoneyField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='equity_points', to='brokers.brokeraccount')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'at'), name='equity_point_unique')],
            },
        ),
        migrations.AddConstraint(
            model_name='intent',
            constraint=models.UniqueConstraint(fields=('user', 'client_key'), name='intent_client_key'),
        ),
        migrations.AddConstraint(
            model_name='intent',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['ticket', 'api', 'desk', 'strategy', 'agent', 'webhook', 'risk'])), name='intent_source'),
        ),
        migrations.AddIndex(
            model_name='journal',
            index=models.Index(fields=['account', '-id'], name='journal_of_account'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.UniqueConstraint(fields=('account', 'kind', 'asset'), name='ledger_account_unique'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'outside'), ('balance__gte', 0), _connector='OR'), name='ledger_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0)), name='ledger_held_not_negative'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('remaining_quantity__gt', 0)), fields=['account', 'instrument', 'opened_at', 'id'], name='lot_open'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('remaining_cost__gte', 0), ('remaining_cost__lte', models.F('cost')), ('remaining_quantity__gte', 0), ('remaining_quantity__lte', models.F('quantity'))), name='lot_remaining'),
        ),
        migrations.AddConstraint(
            model_name='lotclosure',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='closure_positive'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['account', '-created_at'], name='order_of_account'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('status__in', frozenset(['canceled', 'denied', 'expired', 'filled', 'rejected'])), _negated=True), fields=['status', 'updated_at'], name='order_open'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['initialized', 'denied', 'held', 'submitted', 'unknown', 'accepted', 'partially_filled', 'filled', 'canceled', 'expired', 'rejected'])), name='order_status_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['buy', 'sell'])), name='order_side_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('filled_quantity__gte', 0), ('quantity__gt', 0)), name='order_positive'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('limit_price', None), ('order_type', 'market')), models.Q(('limit_price__gt', 0), ('order_type', 'limit')), _connector='OR'), name='order_limit_price'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('remaining__gte', 0), ('remaining__lte', models.F('amount'))), name='hold_remaining'),
        ),
        migrations.AddConstraint(
            model_name='fill',
            constraint=models.UniqueConstraint(fields=('account', 'venue_fill_id'), name='fill_once'),
        ),
        migrations.AddConstraint(
            model_name='fill',
            constraint=models.CheckConstraint(condition=models.Q(('fee__gte', 0), ('price__gt', 0), ('quantity__gt', 0)), name='fill_positive'),
        ),
        migrations.AddIndex(
            model_name='orderevent',
            index=models.Index(fields=['account', 'id'], name='order_event_cursor'),
        ),
        migrations.AddConstraint(
            model_name='orderevent',
            constraint=models.UniqueConstraint(fields=('order', 'version'), name='order_event_version'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.UniqueConstraint(fields=('account', 'instrument'), name='position_unique'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.CheckConstraint(condition=models.Q(('cost__gte', 0), ('quantity__gte', 0)), name='position_long'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(fields=['user', '-created_at'], name='proposal_recent'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['user', '-id'], name='message_recent'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='transfer_positive'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('debit', models.F('credit')), _negated=True), name='transfer_moves'),
        ),
        refuse_changes("trading_orderevent", "trading_fill", "trading_lotclosure", "trading_journal", "trading_transfer"),
    ]
