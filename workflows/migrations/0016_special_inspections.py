"""Special inspections get verbs: what was found stands in rows of its own that nobody changes.

Lists written before keep their order and their results; who wrote those is not known.
"""

from pathlib import Path
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import notifications.ids
from notifications.ids import uuid7
from workflows import clock

SQL = Path(__file__).resolve().parent.parent / "sql"


def numbered(apps: Any, _editor: Any) -> None:
    """Number the entries of each list as they stand and carry what was found into findings."""
    entries, findings = (
        apps.get_model("workflows", name) for name in ("SpecialInspectionEntry", "SpecialInspectionFinding")
    )
    last: dict[int, int] = {}
    for entry in entries.objects.select_related("inspection").order_by("inspection", "id"):
        entry.number = last[entry.inspection_id] = last.get(entry.inspection_id, 0) + 1
        entry.public_id, entry.added_at = uuid7(), clock.now()
        entry.save(update_fields=["number", "public_id", "added_at"])
        if entry.result and (entry.result == "complaint") == (entry.complaint_id is not None):
            findings.objects.create(
                entry=entry, result=entry.result, found=entry.found or "（未写明）", complaint_id=entry.complaint_id,
                looked_on=entry.inspection.from_day, at=clock.now(),
            )  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [("workflows", "0015_wiring_of_shared_data")]

    operations = [
        migrations.AlterModelOptions(name='specialinspection', options={'ordering': ['-from_day', '-id']}),
        migrations.CreateModel(
            name='SpecialInspectionChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('told', models.JSONField(default=dict)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer')),
                ('inspection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='workflows.specialinspection')),
            ],
            options={'ordering': ['id']},
        ),
        migrations.AddField(
            model_name='specialinspectionentry', name='public_id',
            field=models.UUIDField(null=True, editable=False),
        ),
        migrations.AddField(
            model_name='specialinspectionentry', name='number', field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='specialinspectionentry', name='added_at', field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='specialinspectionentry', name='added_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer'),
        ),
        migrations.AddField(
            model_name='specialinspectionentry', name='employer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.employer'),
        ),
        migrations.AddField(
            model_name='specialinspectionentry', name='project',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.project'),
        ),
        migrations.CreateModel(
            name='SpecialInspectionFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('result', models.CharField(choices=[('in_order', '未发现问题'), ('corrected', '当场整改'), ('complaint', '转为案源'), ('dropped', '移出名单')], max_length=20)),
                ('found', models.TextField(blank=True)),
                ('looked_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer')),
                ('complaint', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.complaint')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='workflows.specialinspectionentry')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='workflows.specialinspectionfinding')),
            ],
            options={'ordering': ['id']},
        ),
        migrations.RunPython(numbered, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='specialinspectionentry', name='public_id',
            field=models.UUIDField(default=notifications.ids.uuid7, editable=False, unique=True),
        ),
        migrations.AlterField(
            model_name='specialinspectionentry', name='number', field=models.PositiveIntegerField(),
        ),
        migrations.AlterField(
            model_name='specialinspectionentry', name='added_at', field=models.DateTimeField(),
        ),
        migrations.RemoveField(model_name='specialinspectionentry', name='complaint'),
        migrations.RemoveField(model_name='specialinspectionentry', name='found'),
        migrations.RemoveField(model_name='specialinspectionentry', name='result'),
        migrations.AlterModelOptions(name='specialinspectionentry', options={'ordering': ['number']}),
        migrations.AddConstraint(
            model_name='specialinspectionentry',
            constraint=models.UniqueConstraint(fields=('inspection', 'number'), name='special_entry_number_once'),
        ),
        migrations.AddConstraint(
            model_name='specialinspectionfinding',
            constraint=models.UniqueConstraint(condition=models.Q(('replaces', None)), fields=('entry',), name='special_finding_begins_once'),
        ),
        migrations.AddConstraint(
            model_name='specialinspectionfinding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('complaint__isnull', False), ('result', 'complaint')), models.Q(models.Q(('result', 'complaint'), _negated=True), ('complaint', None)), _connector='OR'), name='special_finding_complaint'),
        ),
        migrations.AddConstraint(
            model_name='specialinspectionfinding',
            constraint=models.CheckConstraint(condition=models.Q(('result', 'in_order'), models.Q(('found', ''), _negated=True), _connector='OR'), name='special_finding_says_what_was_found'),
        ),
        migrations.AddConstraint(
            model_name='specialinspectionfinding',
            constraint=models.CheckConstraint(condition=models.Q(('replaces', models.F('id')), _negated=True), name='special_finding_replaces_another'),
        ),
        migrations.RunSQL((SQL / "guards_4.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
