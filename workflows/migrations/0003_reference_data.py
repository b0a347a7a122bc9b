"""Reference data: townships, villages, agencies, holidays, limits, thresholds."""

from django.db import migrations

from workflows.law import seeding


class Migration(migrations.Migration):
    dependencies = [("workflows", "0002_guards")]

    operations = [
        migrations.RunPython(seeding.seed_divisions_and_agencies, migrations.RunPython.noop),
        migrations.RunPython(seeding.seed_calendar, migrations.RunPython.noop),
        migrations.RunPython(seeding.seed_limit_rules, migrations.RunPython.noop),
        migrations.RunPython(seeding.seed_thresholds, migrations.RunPython.noop),
    ]
