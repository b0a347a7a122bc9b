"""Where a complaint goes, who came with it, who stands behind the employer; a project's trade from its newest case."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0016_special_inspections'),
    ]

    operations = [
        migrations.AddField(
            model_name='complaint',
            name='actual_controller',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='complaint',
            name='destination',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.agency'),
        ),
        migrations.AddField(
            model_name='complaint',
            name='destination_basis',
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AddField(
            model_name='complaint',
            name='destination_reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='complaint',
            name='join_case',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.case'),
        ),
        migrations.AddField(
            model_name='complaint',
            name='regulator',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.agency'),
        ),
        migrations.AddField(
            model_name='complaint',
            name='visit_departments',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='complaint',
            name='visit_people',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='complaint',
            name='visit_result',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='employer',
            name='actual_controller',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='project',
            name='industry_sector',
            field=models.CharField(blank=True, choices=[('construction', '工程建设'), ('manufacturing', '制造'), ('catering', '餐饮'), ('services', '服务'), ('platform', '平台用工'), ('other', '其他')], max_length=20),
        ),
        migrations.AddField(
            model_name='project',
            name='regulator',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.agency'),
        ),
        migrations.RunSQL(
            """UPDATE workflows_project p SET industry_sector = c.industry_sector FROM workflows_case c
            WHERE c.id = (SELECT max(id) FROM workflows_case WHERE project_id = p.id AND industry_sector <> '')""",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='complaint',
            constraint=models.CheckConstraint(condition=models.Q(('destination', None), models.Q(('destination_basis', ''), _negated=True), models.Q(('destination_reason', ''), _negated=True), _connector='OR'), name='complaint_destination_has_its_why'),
        ),
    ]
