import arbion.lib.fields
import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('brokers', '0004_fills_in_order'),
        ('marketdata', '0003_default_motion'),
        ('trading', '0008_halt_receipts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stop',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('client_key', models.CharField(max_length=80)),
                ('body_hash', models.CharField(help_text='Of what was asked under this key at first.', max_length=64)),
                ('kind', models.CharField(choices=[('fixed', 'At a price'), ('percent', 'So many percent from the entry'), ('trail_amount', 'Trails the price by an amount'), ('trail_percent', 'Trails the price by a percentage'), ('break_even', 'Moves to the entry after a gain'), ('take_profit', 'Takes the profit at a price'), ('time', 'Closes at a time')], max_length=13)),
                ('is_long', models.BooleanField(help_text='Whether the position is held; else it is owed.')),
                ('price', arbion.lib.fields.PriceField(null=True)),
                ('percent', arbion.lib.fields.PriceField(null=True)),
                ('amount', arbion.lib.fields.PriceField(null=True)),
                ('closes_at', models.DateTimeField(null=True)),
                ('quantity', arbion.lib.fields.QuantityField(help_text='In units; empty: the whole position.', null=True)),
                ('entry', arbion.lib.fields.PriceField()),
                ('extreme', arbion.lib.fields.PriceField(help_text='The best price since it was attached.', null=True)),
                ('level', arbion.lib.fields.PriceField(help_text='The price that sets it off.', null=True)),
                ('armed_at', models.DateTimeField(help_text='When a break-even stop moved to the entry.', null=True)),
                ('status', models.CharField(choices=[('guarding', 'Guarding'), ('alarm', 'Guarding, but the price cannot be read'), ('triggered', 'Went off, the position is being closed'), ('done', 'Done'), ('canceled', 'Canceled')], default='guarding', max_length=9)),
                ('reason', models.CharField(blank=True, help_text='Of an alarm, a refusal or an end, in plain words.', max_length=300)),
                ('fires', models.PositiveIntegerField(default=0)),
                ('fence', models.PositiveBigIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=0)),
                ('splits_until', models.DateTimeField(help_text='Splits up to this moment are in its prices.')),
                ('looked_at', models.DateTimeField(help_text='When its level last followed a price, or it went off.', null=True)),
                ('looked_price', arbion.lib.fields.PriceField(null=True)),
                ('triggered_at', models.DateTimeField(null=True)),
                ('triggered_price', arbion.lib.fields.PriceField(help_text="The price that set it off; what is filled is the order's.", null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stops', to='brokers.brokeraccount')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketdata.instrument')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stops', to='trading.order')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(condition=models.Q(('status__in', ['alarm', 'guarding', 'triggered'])), fields=['instrument'], name='stop_standing'), models.Index(fields=['account', 'instrument'], name='stop_of_position'), models.Index(fields=['updated_at'], name='stop_changed')],
                'constraints': [models.UniqueConstraint(fields=('account', 'client_key'), name='stop_key_unique'), models.CheckConstraint(condition=models.Q(('kind__in', ['fixed', 'percent', 'trail_amount', 'trail_percent', 'break_even', 'take_profit', 'time'])), name='stop_kind_known'), models.CheckConstraint(condition=models.Q(('status__in', ['guarding', 'alarm', 'triggered', 'done', 'canceled'])), name='stop_status_known'), models.CheckConstraint(condition=models.Q(('entry__gt', 0), models.Q(('quantity', None), ('quantity__gt', 0), _connector='OR'), models.Q(('level', None), ('level__gt', 0), _connector='OR')), name='stop_positive')],
            },
        ),
        migrations.CreateModel(
            name='WatchMark',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('fence', models.PositiveBigIntegerField(default=0)),
                ('stops', models.PositiveIntegerField(default=0)),
                ('alarms', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='watch_mark_single')],
            },
        ),
    ]
