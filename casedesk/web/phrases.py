"""Words an operator uses every day: phrases for the story, questions for the caller, consultations with their answers.

Facts of law stand in the answers with their source; the list is data, not rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

#: 常用语, inserted after a "/"
PHRASES = (
    "口头约定日薪，没有签劳动合同。",
    "项目已完工，工资一直没有结清。",
    "班组长电话不接，找不到人。",
    "老板说等甲方回款再付，催要多次没有结果。",
    "平时只发生活费，其余说年底结清。",
    "打了欠条，约定日期已过仍未付。",
    "工友同样被欠薪，来电人代为反映。",
)
#: 问话提示
QUESTIONS = (
    _("在哪个工地、哪个厂干活？在本县吗？"),
    _("谁叫来的？谁记工？谁发工资？电话多少？"),
    _("哪天进场，哪天走的？现在还在干吗？"),
    _("一天（月、件）多少钱？干了多少？已经给过多少？"),
    _("一共多少人没拿到？有没有名单？"),
    _("手里有什么：记工本、聊天记录、欠条、合同、转账？"),
    _("有没有去仲裁、法院、信访反映过？"),
    _("要不要对单位保密？回执发到这个手机号行不行？"),
)


@dataclass(frozen=True)
class Topic:
    """A consultation that comes every day: what is asked, and what the desk answers."""

    name: str
    asked: str
    answer: str


#: 咨询, chosen by a digit
TOPICS = (
    Topic("投诉需要什么", "咨询投诉欠薪需要什么材料。",
          "请说明用人单位、工作地点、欠薪起止时间和金额，有记工本、聊天记录、欠条、合同的请保留；没有书面材料也可以投诉。"),
    Topic("办理时限", "咨询投诉后多久有结果。",
          "登记之日起五个工作日内决定是否受理；受理立案后依法调查处理。可以凭回执码查询进度。"),
    Topic("劳动仲裁", "咨询申请劳动仲裁的时效。",
          "申请仲裁的时效为一年，在职期间欠薪的不受此限，离职的自劳动关系终止之日起一年内提出（《劳动争议调解仲裁法》第二十七条）。"),
    Topic("法律援助", "咨询请求支付劳动报酬的法律援助。",
          "进城务工人员请求支付劳动报酬申请法律援助，免予核查经济困难状况，可以向县法律援助中心申请（《法律援助法》第四十二条）。"),
    Topic("查询进度", "咨询已登记投诉的办理进度。",
          "请在查询网页输入回执码和手机号后四位；忘记回执码的，可以由坐席补发。"),
    Topic("不在本县", "咨询不在本县务工的欠薪怎么投诉。",
          "请向用工所在地的劳动保障监察机构投诉，也可以通过全国根治欠薪线索反映平台反映。"),
)  # fmt: skip
