
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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Halt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200)),
                ('imposed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='halts', to='brokers.brokeraccount')),
                ('imposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='halts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('lifted_at', None)), fields=['imposed_at'], name='halt_in_force')],
                'constraints': [models.CheckConstraint(condition=models.Q(('user__isnull', True), ('account__isnull', True), _connector='OR'), name='halt_one_scope')],
            },
        ),
        migrations.CreateModel(
            name='RiskDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('approved', models.BooleanField()),
                ('code', models.CharField(blank=True, help_text='Of the first refusal; empty when approved.', max_length=40)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('checks', models.JSONField(help_text='Each rule: name, passed, code, detail, value, limit.')),
                ('snapshot', models.JSONField(help_text='The figures that the rules saw.')),
                ('decided_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='risk_decisions', to='brokers.brokeraccount')),
            ],
            options={
                'indexes': [models.Index(fields=['account', '-decided_at'], name='decision_recent')],
            },
        ),
        migrations.CreateModel(
            name='RiskLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('order_value_usd', 'Largest value of one order, USD'), ('position_value_usd', 'Largest value of one position, USD'), ('daily_loss_usd', 'Largest loss of one day, USD'), ('orders_per_minute', 'Most orders in a minute')], max_length=24)),
                ('value', arbion.lib.fields.MoneyField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='brokers.brokeraccount')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('account', None), ('user', None)), fields=('name',), name='risk_limit_of_house'), models.UniqueConstraint(fields=('name', 'user'), name='risk_limit_of_person'), models.UniqueConstraint(fields=('name', 'account'), name='risk_limit_of_account'), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='risk_limit_not_negative'), models.CheckConstraint(condition=models.Q(('name__in', ['order_value_usd', 'position_value_usd', 'daily_loss_usd', 'orders_per_minute'])), name='risk_limit_known'), models.CheckConstraint(condition=models.Q(('user__isnull', True), ('account__isnull', True), _connector='OR'), name='risk_limit_one_scope')],
            },
        ),
        refuse_changes("riskdesk_riskdecision"),
    ]
