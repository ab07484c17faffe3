import arbion.lib.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('brokers', '0004_fills_in_order'),
        ('riskdesk', '0002_halt_code'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EquityPeak',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='brokers.brokeraccount')),
                ('equity', arbion.lib.fields.MoneyField()),
                ('counted_until', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='risklimit',
            name='risk_limit_of_person',
        ),
        migrations.RemoveConstraint(
            model_name='risklimit',
            name='risk_limit_of_account',
        ),
        migrations.RemoveConstraint(
            model_name='risklimit',
            name='risk_limit_known',
        ),
        migrations.AddField(
            model_name='risklimit',
            name='strategy',
            field=models.CharField(blank=True, help_text="A strategy's key; empty: all.", max_length=40),
        ),
        migrations.AlterField(
            model_name='risklimit',
            name='name',
            field=models.CharField(choices=[('order_value_usd', 'Largest value of one order, USD'), ('order_units', 'Largest size of one order, units'), ('position_value_usd', 'Largest value of one position, USD'), ('instrument_percent', 'Most in one instrument, % of the account'), ('sector_percent', 'Most in one sector, % of the account'), ('equity_percent', 'Most in shares and funds, % of the account'), ('option_percent', 'Most in options, % of the account'), ('crypto_percent', 'Most in coins, % of the account'), ('leverage', 'Most that is held and owed, times the account'), ('daily_loss_usd', 'Largest loss of one day, USD'), ('drawdown_percent', "Largest fall from the account's peak, %"), ('trades_per_day', 'Most trades in a day'), ('orders_per_minute', 'Most orders in a minute'), ('duplicate_seconds', 'Wait before the same order again, seconds'), ('losing_streak', 'Losing trades in a row before a pause'), ('cool_down_minutes', 'Length of that pause, minutes'), ('price_band_percent', 'How far a price may be from the last trade, %'), ('entry_needs_stop', 'Orders that open need a stop loss (1 yes, 0 no)')], max_length=24),
        ),
        migrations.AddConstraint(
            model_name='risklimit',
            constraint=models.UniqueConstraint(fields=('name', 'user', 'strategy'), name='risk_limit_of_person'),
        ),
        migrations.AddConstraint(
            model_name='risklimit',
            constraint=models.UniqueConstraint(fields=('name', 'account', 'strategy'), name='risk_limit_of_account'),
        ),
        migrations.AddConstraint(
            model_name='risklimit',
            constraint=models.CheckConstraint(condition=models.Q(('name__in', ['order_value_usd', 'order_units', 'position_value_usd', 'instrument_percent', 'sector_percent', 'equity_percent', 'option_percent', 'crypto_percent', 'leverage', 'daily_loss_usd', 'drawdown_percent', 'trades_per_day', 'orders_per_minute', 'duplicate_seconds', 'losing_streak', 'cool_down_minutes', 'price_band_percent', 'entry_needs_stop'])), name='risk_limit_known'),
        ),
        migrations.AddConstraint(
            model_name='risklimit',
            constraint=models.CheckConstraint(condition=models.Q(('strategy', ''), ('user__isnull', False), ('account__isnull', False), _connector='OR'), name='risk_limit_strategy_owned'),
        ),
    ]
