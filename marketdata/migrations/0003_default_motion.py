from django.db import migrations, models

import marketdata.models.instrument


class Migration(migrations.Migration):
    """New instruments without figures of their own take the installation's; those that are there keep theirs."""

    dependencies = [("marketdata", "0002_exchange")]

    operations = [
        migrations.AlterField(
            "instrument",
            "drift",
            models.FloatField(
                default=marketdata.models.instrument.default_drift, help_text="Of the simulated price, per year."
            ),
        ),
        migrations.AlterField(
            "instrument",
            "volatility",
            models.FloatField(
                default=marketdata.models.instrument.default_volatility,
                help_text="Of the simulated price, per square root of a year.",
            ),
        ),
    ]
