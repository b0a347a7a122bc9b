"""When the nearest running limit of a case ends, beside the case, so that the queue is read along an index."""

import datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0011_money'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='nearest_at',
            field=models.DateTimeField(db_default=datetime.datetime(9998, 12, 31, 16, 0, tzinfo=datetime.timezone.utc), default=datetime.datetime(9998, 12, 31, 16, 0, tzinfo=datetime.timezone.utc)),
        ),
        migrations.RunSQL(
            """
            UPDATE workflows_case c SET nearest_at = l.nearest FROM (
                SELECT case_id, min(due_at) AS nearest FROM workflows_limit
                WHERE stopped_at IS NULL AND case_id IS NOT NULL
                  AND rule NOT IN (SELECT rule_id FROM workflows_limitrule WHERE kind = 'window')
                GROUP BY case_id
            ) l WHERE l.case_id = c.id
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['nearest_at', 'id'], name='case_nearest'),
        ),
    ]
