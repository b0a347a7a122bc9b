"""Shared data asked for, supervision orders and the record of use, with what the database refuses by itself."""

from pathlib import Path

import django.db.models.deletion
import notifications.ids
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_guards_2'),
        ('workflows', '0007_complainants_act'),
    ]

    operations = [
        migrations.CreateModel(
            name='DataRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=notifications.ids.uuid7, editable=False, unique=True)),
                ('wanted', models.TextField()),
                ('scenario', models.TextField()),
                ('basis', models.CharField(max_length=200)),
                ('method', models.CharField(choices=[('platform', '通过政务数据平台'), ('file', '提供文件'), ('check', '核验比对')], max_length=10)),
                ('use_until', models.DateField()),
                ('conditional', models.BooleanField()),
                ('asked_at', models.DateTimeField()),
                ('decision', models.CharField(blank=True, choices=[('agreed', '同意共享'), ('refused', '不同意共享'), ('incomplete', '一次性告知须补充')], max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.TextField(blank=True)),
                ('provided_at', models.DateTimeField(blank=True, null=True)),
                ('provided', models.TextField(blank=True)),
                ('disputed_at', models.DateTimeField(blank=True, null=True)),
                ('correction', models.TextField(blank=True)),
                ('correction_asked_at', models.DateTimeField(blank=True, null=True)),
                ('correction_answer', models.TextField(blank=True)),
                ('corrected_at', models.DateTimeField(blank=True, null=True)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='data_requests', to='workflows.agency')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='data_requests', to='workflows.case')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SupervisionOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=notifications.ids.uuid7, editable=False, unique=True)),
                ('question', models.TextField()),
                ('about_rule', models.CharField(blank=True, max_length=20)),
                ('due_on', models.DateField()),
                ('asked_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supervision_orders', to='workflows.case')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='UseRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=200)),
                ('how', models.CharField(choices=[('read', '查阅'), ('downloaded', '下载'), ('exported', '导出'), ('used', '用于办案'), ('stored', '存储'), ('destroyed', '销毁')], max_length=10)),
                ('purpose', models.CharField(max_length=300)),
                ('note', models.TextField(blank=True)),
                ('by_name', models.CharField(max_length=60)),
                ('agency', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('keep_until', models.DateField()),
                ('case', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='workflows.case')),
                ('complaint', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='workflows.complaint')),
                ('data_request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='workflows.datarequest')),
                ('notice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notifications.notice')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decision', '')), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='data_request_decided'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.CheckConstraint(condition=models.Q(('provided_at', None), ('decision', 'agreed'), _connector='OR'), name='data_request_provided'),
        ),
        migrations.AddIndex(
            model_name='supervisionorder',
            index=models.Index(condition=models.Q(('answered_at__isnull', True)), fields=['due_on'], name='supervision_waiting'),
        ),
        migrations.AddIndex(
            model_name='userecord',
            index=models.Index(fields=['case', 'id'], name='use_of_case'),
        ),
        migrations.AddIndex(
            model_name='userecord',
            index=models.Index(fields=['officer', 'at'], name='use_by_officer'),
        ),
        migrations.RunSQL((SQL / "guards_3.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
