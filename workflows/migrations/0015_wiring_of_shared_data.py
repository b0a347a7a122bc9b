"""Rules whose acts came after the first release get their wiring where the database is older than the acts."""

from django.db import migrations

from workflows.law import seeding


class Migration(migrations.Migration):
    dependencies = [("workflows", "0014_the_package_as_data")]

    operations = [migrations.RunPython(seeding.wire_limit_rules, migrations.RunPython.noop)]
