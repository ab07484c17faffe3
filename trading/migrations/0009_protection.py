from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("trading", "0008_halt_receipts"),
    ]

    operations = []
