"""Decisions about the law by two persons; a figure known from an excerpt confirmed by a document."""

from pathlib import Path

import django.db.models.deletion
import notifications.ids
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0018_a_use_that_came_to_nothing'),
    ]

    operations = [
        migrations.AddField(
            model_name='thresholdfigure',
            name='confirmed_document',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name='lawdecision',
            name='about',
            field=models.CharField(max_length=80),
        ),
        migrations.AlterField(
            model_name='lawdecision',
            name='decided_by_name',
            field=models.CharField(max_length=130),
        ),
        migrations.AlterField(
            model_name='lawdecision',
            name='kind',
            field=models.CharField(choices=[('breach', '以哪个期限认定逾期'), ('confirmed', '确认规则条文'), ('figure', '确认数额标准')], max_length=10),
        ),
        migrations.CreateModel(
            name='LawProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=notifications.ids.uuid7, editable=False, unique=True)),
                ('requested_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('requested', '待审批'), ('approved', '已批准'), ('refused', '未批准'), ('withdrawn', '已撤回')], default='requested', max_length=10)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.TextField(blank=True)),
                ('kind', models.CharField(choices=[('breach', '以哪个期限认定逾期'), ('confirmed', '确认规则条文'), ('figure', '确认数额标准')], max_length=10)),
                ('about', models.CharField(max_length=80)),
                ('value', models.CharField(max_length=20)),
                ('document', models.CharField(max_length=120)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='lawdecision',
            name='proposal',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='workflows.lawproposal'),
        ),
        migrations.AddConstraint(
            model_name='lawproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'requested')), fields=('kind', 'about'), name='one_open_law_proposal'),
        ),
        migrations.AddConstraint(
            model_name='lawproposal',
            constraint=models.CheckConstraint(condition=models.Q(('document', ''), _negated=True), name='law_proposal_has_document'),
        ),
        migrations.AddConstraint(
            model_name='lawproposal',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), ('state', 'withdrawn'), models.Q(('decided_by', models.F('requested_by')), _negated=True), _connector='OR'), name='law_proposal_second_person'),
        ),
        migrations.AddConstraint(
            model_name='lawproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='law_proposal_approved_by'),
        ),
        migrations.RunSQL((SQL / "guards_5.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
