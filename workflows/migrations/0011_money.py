"""Money: reckoning and evidence of lines, imports, the contract chain, deposit and fund, and the guards that hold them."""

from pathlib import Path

import django.db.models.deletion
import notifications.ids
import workflows.casefile.personal
from decimal import Decimal
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0010_papers_and_their_service'),
    ]

    operations = [
        migrations.CreateModel(
            name='Chain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('developer', models.CharField(blank=True, max_length=120)),
                ('general_contractor', models.CharField(blank=True, max_length=120)),
                ('subcontractor', models.CharField(blank=True, max_length=120)),
                ('crew_leader', models.CharField(blank=True, max_length=60)),
                ('user_unit', models.CharField(blank=True, max_length=120)),
                ('lending_unit', models.CharField(blank=True, max_length=120)),
                ('investor', models.CharField(blank=True, max_length=120)),
                ('successor', models.CharField(blank=True, max_length=120)),
                ('general_contractor_licensed', models.BooleanField(null=True)),
                ('subcontractor_licensed', models.BooleanField(null=True)),
                ('supplied_without_licence', models.BooleanField(default=False)),
                ('name_lent', models.BooleanField(default=False)),
                ('personal_business', models.BooleanField(default=False)),
                ('merged_or_split', models.BooleanField(default=False)),
                ('successor_agreed', models.BooleanField(default=False)),
                ('closing', models.CharField(blank=True, choices=[('before_deregistration', '被吊销、责令关闭或者解散，尚未注销'), ('new_registration', '未清偿即要办理新的登记')], max_length=24)),
                ('developer_did_not_pay', models.BooleanField(default=False)),
                ('unsettled_price', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('subcontractor_owes', models.BooleanField(default=False)),
                ('passed_on', models.BooleanField(default=False)),
                ('contracted_unqualified_by', models.CharField(blank=True, max_length=24)),
                ('project_illegal', models.BooleanField(default=False)),
                ('dispute_about_work', models.BooleanField(default=False)),
                ('basis', models.TextField(blank=True)),
                ('established_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='FundShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='FundUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=notifications.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('deposit', '工资保证金'), ('relief', '应急周转金')], max_length=10)),
                ('state', models.CharField(choices=[('asked', '已申请'), ('refused', '未批准'), ('granted', '已批准（已通知银行）'), ('paid', '已支付')], max_length=10)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('source', models.CharField(blank=True, max_length=120)),
                ('recover_from', models.CharField(max_length=120)),
                ('asked_at', models.DateTimeField()),
                ('granted_paper', models.CharField(blank=True, max_length=120)),
                ('granted_at', models.DateTimeField(blank=True, null=True)),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('paid', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14)),
                ('recovered', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14)),
                ('top_up_by', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=notifications.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('roster', '花名册、考勤表'), ('pay_out', '银行发放明细')], max_length=10)),
                ('at', models.DateTimeField()),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('encoding', models.CharField(choices=[('utf-8', 'UTF-8'), ('gb18030', 'GB18030（GBK）')], default='utf-8', max_length=10)),
                ('sheet', models.CharField(blank=True, max_length=40)),
                ('rate', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ('state', models.CharField(choices=[('waiting', '正在读取'), ('read', '已读取，待确认'), ('refused', '不能使用'), ('taken', '已导入')], default='waiting', max_length=10)),
                ('problem', models.TextField(blank=True)),
                ('notes', models.JSONField(default=list)),
                ('columns', models.JSONField(default=list)),
                ('rows_seen', models.PositiveIntegerField(default=0)),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('taken_by_name', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('verdict', models.CharField(choices=[('good', '可以导入'), ('warned', '请核对'), ('bad', '不能导入'), ('left_out', '不导入')], max_length=10)),
                ('said', workflows.casefile.personal.PersonalText(blank=True)),
                ('problems', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['of', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Recovery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=notifications.ids.uuid7, editable=False, unique=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('at', models.DateTimeField()),
                ('from_whom', models.CharField(max_length=120)),
                ('proof', models.CharField(max_length=200)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='ledgerline',
            name='line_claimed_sane',
        ),
        migrations.RemoveConstraint(
            model_name='ledgerline',
            name='line_verified_sane',
        ),
        migrations.RemoveConstraint(
            model_name='ledgerline',
            name='line_ordered_sane',
        ),
        migrations.RemoveConstraint(
            model_name='ledgerline',
            name='line_settled_sane',
        ),
        migrations.AddField(
            model_name='inspection',
            name='decision_pay_by',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='already_paid',
            field=models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='corrects',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='countered_by', to='workflows.ledgerline'),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='countered',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='due',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='quantity',
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='rate',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='verified_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.evidence'),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='verified_on',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name='paper',
            name='kind',
            field=models.CharField(choices=[('decline_notice', '不予受理通知书'), ('supplement_notice', '补正告知书'), ('referral_letter', '转送单'), ('filing_form', '立案审批表'), ('reception_record', '联合接待记录'), ('inquiry_notice', '调查询问通知书'), ('interview_record', '调查询问笔录'), ('site_check_record', '现场检查笔录'), ('preservation_notice', '先行登记保存通知书'), ('assistance_letter', '协助函'), ('summons', '约谈通知书'), ('extension_form', '延期审批表'), ('order', '限期改正指令书'), ('intent_notice', '事先告知书'), ('handling_form', '案件处理报批表'), ('decision', '行政处理（处罚）决定书'), ('demand_letter', '催告书'), ('enforcement_application', '强制执行申请书'), ('deposit_notice', '农民工工资保证金支付通知书'), ('fund_application', '应急周转金申请表'), ('cancellation', '撤销立案审批表'), ('transfer_out_letter', '案件移送函'), ('closing_form', '结案审批表'), ('investigation_report', '案件调查报告'), ('transfer_approval', '移送审批表'), ('transfer_letter', '涉嫌犯罪案件移送书'), ('supplement_to_police', '补充材料清单'), ('hand_over_list', '交接清单'), ('reconsideration_request', '提请复议书'), ('supervision_suggestion', '立案监督建议书')], max_length=30),
        ),
        migrations.AddField(
            model_name='chain',
            name='case',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='chain', to='workflows.case'),
        ),
        migrations.AddField(
            model_name='chain',
            name='evidence',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.evidence'),
        ),
        migrations.AddField(
            model_name='fundshare',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fund_shares', to='workflows.ledgerline'),
        ),
        migrations.AddField(
            model_name='funduse',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fund_uses', to='workflows.case'),
        ),
        migrations.AddField(
            model_name='funduse',
            name='paper',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.paper'),
        ),
        migrations.AddField(
            model_name='fundshare',
            name='use',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='workflows.funduse'),
        ),
        migrations.AddField(
            model_name='payment',
            name='fund_use',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='workflows.funduse'),
        ),
        migrations.AddField(
            model_name='import',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='workflows.case'),
        ),
        migrations.AddField(
            model_name='import',
            name='officer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workflows.officer'),
        ),
        migrations.AddField(
            model_name='importrow',
            name='of',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='workflows.import'),
        ),
        migrations.AddField(
            model_name='ledgerline',
            name='import_row',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='line', to='workflows.importrow'),
        ),
        migrations.AddField(
            model_name='payment',
            name='import_row',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='workflows.importrow'),
        ),
        migrations.AddConstraint(
            model_name='ledgerline',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', False), ('claimed__gte', 0), _connector='OR'), name='line_claimed_sane'),
        ),
        migrations.AddConstraint(
            model_name='ledgerline',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', False), ('verified__isnull', True), ('verified__gte', 0), _connector='OR'), name='line_verified_sane'),
        ),
        migrations.AddConstraint(
            model_name='ledgerline',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', False), ('ordered__isnull', True), ('ordered__gte', 0), _connector='OR'), name='line_ordered_sane'),
        ),
        migrations.AddConstraint(
            model_name='ledgerline',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', False), ('settled_otherwise__gte', 0), _connector='OR'), name='line_settled_sane'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True), ('import_row__isnull', False)), fields=('import_row', 'line'), name='payment_of_a_row_once'),
        ),
        migrations.AddField(
            model_name='recovery',
            name='corrects',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='workflows.recovery'),
        ),
        migrations.AddField(
            model_name='recovery',
            name='use',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recoveries', to='workflows.funduse'),
        ),
        migrations.AddConstraint(
            model_name='chain',
            constraint=models.CheckConstraint(condition=models.Q(('contracted_unqualified_by__in', ['', 'developer', 'general_contractor'])), name='chain_contracted_by_known'),
        ),
        migrations.AddConstraint(
            model_name='chain',
            constraint=models.CheckConstraint(condition=models.Q(('unsettled_price__isnull', True), ('unsettled_price__gte', 0), _connector='OR'), name='chain_price_sane'),
        ),
        migrations.AddIndex(
            model_name='funduse',
            index=models.Index(fields=['case'], name='fund_use_case'),
        ),
        migrations.AddConstraint(
            model_name='funduse',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='fund_amount_sane'),
        ),
        migrations.AddConstraint(
            model_name='funduse',
            constraint=models.CheckConstraint(condition=models.Q(('paid__gte', 0)), name='fund_paid_sane'),
        ),
        migrations.AddConstraint(
            model_name='funduse',
            constraint=models.CheckConstraint(condition=models.Q(('recovered__gte', 0), ('recovered__lte', models.F('paid'))), name='fund_recovered_sane'),
        ),
        migrations.AddConstraint(
            model_name='fundshare',
            constraint=models.UniqueConstraint(fields=('use', 'line'), name='fund_share_once'),
        ),
        migrations.AddConstraint(
            model_name='fundshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='fund_share_sane'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(fields=('case', 'kind', 'sha256'), name='import_once_a_case'),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'taken'), _negated=True), ('taken_at__isnull', False), _connector='OR'), name='import_taken_has_moment'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('of', 'number'), name='import_row_once'),
        ),
        migrations.AddConstraint(
            model_name='recovery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('corrects__isnull', True)), models.Q(('amount__lt', 0), ('corrects__isnull', False)), _connector='OR'), name='recovery_sane'),
        ),
        migrations.RunSQL((SQL / "guards_money.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
