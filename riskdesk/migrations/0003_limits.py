from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("riskdesk", "0002_halt_code"),
    ]

    operations = []
