"""The arrows of rules version 2."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("workflows", "0004_clocks")]

    operations = [migrations.RunSQL((SQL / "edges_2.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
