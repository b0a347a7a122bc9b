"""The words a hotline desk begins with; from here on they are the administrator's."""

from django.db import migrations, models

PHRASES = (
    "口头约定日薪，没有签劳动合同。",
    "项目已完工，工资一直没有结清。",
    "班组长电话不接，找不到人。",
    "老板说等甲方回款再付，催要多次没有结果。",
    "平时只发生活费，其余说年底结清。",
    "打了欠条，约定日期已过仍未付。",
    "工友同样被欠薪，来电人代为反映。",
)
QUESTIONS = (
    "在哪个工地、哪个厂干活？在本县吗？",
    "谁叫来的？谁记工？谁发工资？电话多少？",
    "哪天进场，哪天走的？现在还在干吗？",
    "一天（月、件）多少钱？干了多少？已经给过多少？",
    "一共多少人没拿到？有没有名单？",
    "手里有什么：记工本、聊天记录、欠条、合同、转账？",
    "有没有去仲裁、法院、信访反映过？",
    "要不要对单位保密？回执发到这个手机号行不行？",
)
TOPICS = (
    ("投诉需要什么", "咨询投诉欠薪需要什么材料。",
          "请说明用人单位、工作地点、欠薪起止时间和金额，有记工本、聊天记录、欠条、合同的请保留；没有书面材料也可以投诉。"),
    ("办理时限", "咨询投诉后多久有结果。",
          "登记之日起五个工作日内决定是否受理；受理立案后依法调查处理。可以凭回执码查询进度。"),
    ("劳动仲裁", "咨询申请劳动仲裁的时效。",
          "申请仲裁的时效为一年，在职期间欠薪的不受此限，离职的自劳动关系终止之日起一年内提出（《劳动争议调解仲裁法》第二十七条）。"),
    ("法律援助", "咨询请求支付劳动报酬的法律援助。",
          "进城务工人员请求支付劳动报酬申请法律援助，免予核查经济困难状况，可以向县法律援助中心申请（《法律援助法》第四十二条）。"),
    ("查询进度", "咨询已登记投诉的办理进度。",
          "请在查询网页输入回执码和手机号后四位；忘记回执码的，可以由坐席补发。"),
    ("不在本县", "咨询不在本县务工的欠薪怎么投诉。",
          "请向用工所在地的劳动保障监察机构投诉，也可以通过全国根治欠薪线索反映平台反映。"),
)  # fmt: skip


def stock(apps, schema_editor):
    words = apps.get_model("casedesk", "DeskWords")
    rows = [("phrase", "", text, "") for text in PHRASES]
    rows += [("question", "", text, "") for text in QUESTIONS]
    rows += [("topic", name, asked, answer) for name, asked, answer in TOPICS]
    places = {}
    for kind, name, text, answer in rows:
        places[kind] = places.get(kind, 0) + 1
        words.objects.create(kind=kind, place=places[kind], name=name, text=text, answer=answer)


class Migration(migrations.Migration):

    dependencies = [("casedesk", "0006_preferences")]

    operations = [
        migrations.CreateModel(
            name="DeskWords",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(
                    choices=[("phrase", "常用语"), ("question", "问话提示"), ("topic", "咨询答复")], max_length=10
                )),
                ("place", models.PositiveSmallIntegerField()),
                ("name", models.CharField(blank=True, max_length=20)),
                ("text", models.CharField(max_length=200)),
                ("answer", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["kind", "place", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "text"), name="desk_words_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "topic")), fields=("name",), name="topic_name_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "topic"), _negated=True),
                            models.Q(models.Q(("name", ""), _negated=True), models.Q(("answer", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="topic_has_name_and_answer",
                    ),
                ],
            },
        ),
        migrations.RunPython(stock, migrations.RunPython.noop),
    ]
