"""Guards of the agencies' channels, keys and decisions."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_channels_of_agencies")]

    operations = [migrations.RunSQL((SQL / "guards_2.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
