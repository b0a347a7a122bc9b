"""The database's own guards and the arrows of rules version 1."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]

    operations = [
        migrations.RunSQL((SQL / "guards_1.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "edges_1.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
