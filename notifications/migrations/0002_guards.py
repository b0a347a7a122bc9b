"""The mailroom's guards in the database: content stays as posted, proofs are only added."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [migrations.RunSQL((SQL / "guards_1.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
