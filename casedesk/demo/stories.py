"""The table of the demo's stories: when each begins, at which employer, for how many workers and months, and how it
goes.

Days count back from today. Long stories begin early enough for a long holiday on the way; those of the remedies (催告)
wait half a year by law, so two of them begin long before the ninety days in which the rest takes place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from casedesk.demo import inspection_stories as i
from casedesk.demo import intake_stories as n
from casedesk.demo import police_stories as p
from casedesk.demo.matter import Matter
from casedesk.demo.walk import Story

Path = Callable[[Matter], Story]

ABOUT_OVERTIME = "想问一下，厂里只给基本工资，晚上加班两个小时不算钱，这个归你们管吗？合同还没有到期。"
ABOUT_OVERTIME_TOLD = "已告知加班工资的计算和投诉材料，可以到窗口投诉，也可以申请仲裁。"

#: first day, employer, workers, months owed, path
STORIES: tuple[tuple[int, str, int, int, Path], ...] = (
    # messages and first decisions
    (-4, "竹涧", 1, 2, n.draft),
    (0, "飞梭", 1, 1, n.draft),
    (0, "柳笛", 1, 3, n.registered),
    (-2, "石栗", 4, 2, partial(n.registered, channel="window", by="receptionist2")),
    (-9, "铧犁", 2, 2, n.chased),
    (-11, "霜降", 1, 1, partial(n.registered, channel="letter", by="receptionist2")),
    (-3, "流霞", 5, 2, partial(n.registered, channel="inspection", by="inspector3")),
    (-1, "北斗岭", 9, 3, n.urgent),
    (-26, "槐荫", 1, 1, partial(n.consultation, question=ABOUT_OVERTIME, answer=ABOUT_OVERTIME_TOLD)),
    (-6, "雁回", 1, 2, partial(n.referred, agency="transport", days=4)),
    (-32, "岫石", 1, 1, n.referred_answered),
    (-8, "青榭", 2, 2, n.sent_back),
    (-5, "荷塘", 1, 2, partial(n.supplement, days=6)),
    (-24, "磨盘", 1, 1, partial(n.supplement, days=-2)),
    (-14, "锦榆坡", 2, 2, n.supplement_brought),
    (-36, "曙禾", 1, 1, n.declined_after_date),
    (-29, "枣林", 1, 4, n.declined_elsewhere),
    (-25, "云杉坪", 1, 2, n.declined_then_reopened),
    (-15, "兰渚", 1, 3, n.duplicate),
    (-18, "柳笛", 1, 1, n.withdrawn),
    (-27, "铧犁", 2, 2, n.withdrawn_case_goes_on),
    # joint reception
    (-8, "苇塘", 4, 3, n.visit_planned),
    (-3, "砚北", 3, 2, n.visit_today),
    (-31, "石栗", 1, 2, n.visit_missed),
    (-30, "流霞", 5, 3, n.agreed),
    (-22, "麦垄", 3, 2, n.not_agreed),
    (-34, "北斗岭", 4, 2, n.defaulted),
    (-47, "云杉坪", 2, 2, n.performed),
    (-62, "砥柱", 3, 3, n.visit_closed),
    # inspection: investigation
    (-2, "青榭", 3, 2, i.filed),
    (-10, "石栗", 6, 3, i.informant),
    (-7, "锦榆坡", 23, 3, i.group),
    (-14, "砚北", 3, 2, partial(i.asked, days=3)),
    (-28, "砥柱", 2, 4, partial(i.asked, days=-5)),
    (-20, "苇塘", 3, 2, i.answered),
    (-11, "兰渚", 1, 2, i.preserved),
    (-16, "枣林", 1, 3, i.recusal),
    (-24, "麦垄", 4, 3, i.established),
    (-35, "澄泉", 5, 4, i.extended),
    (-9, "竹涧", 1, 2, i.unlicensed),
    (-13, "磨盘", 1, 5, i.two_years),
    # inspection: orders
    (-26, "云杉坪", 3, 2, i.order_asked),
    (-33, "槐荫", 2, 2, partial(i.ordered, pay_by=0)),
    (-31, "岫石", 4, 3, partial(i.ordered, pay_by=2)),
    (-39, "雁回", 2, 3, partial(i.ordered, pay_by=-3, served=False)),
    (-32, "北斗岭", 12, 2, i.part_paid),
    (-34, "流霞", 2, 2, i.replaced),
    (-30, "砚北", 2, 1, i.wrong_payment),
    (-40, "磨盘", 3, 3, partial(i.expired, pay_by=-4, mode="posted")),
    (-54, "曙禾", 2, 4, i.listing),
    # inspection: decisions and ends
    (-52, "铧犁", 1, 3, i.intent),
    (-66, "青榭", 3, 3, i.decided),
    (-63, "苇塘", 2, 2, partial(i.decided, pay_by=-20, kind="penalty", served=False)),
    (-76, "飞梭", 2, 3, i.remedied),
    (-70, "锦榆坡", 3, 4, i.deposit),
    (-284, "砥柱", 2, 5, i.demanded),
    (-306, "麦垄", 2, 4, i.enforced),
    (-27, "石栗", 2, 1, i.complied),
    (-33, "槐荫", 3, 2, i.close_asked),
    (-44, "竹涧", 2, 1, i.paid_at_a_call),
    (-58, "兰渚", 5, 2, i.closed_with_settlements),
    (-37, "枣林", 1, 2, i.cancelled),
    (-29, "飞梭", 1, 2, i.transferred_out),
    (-25, "北斗岭", 3, 2, i.joined),
    (-21, "霜降", 2, 2, i.split),
    (-56, "柳笛", 2, 2, i.reopened),
    # police
    (-45, "云杉坪", 3, 4, partial(p.proposed, pay_by=-8)),
    (-44, "砚北", 2, 3, partial(p.reported, pay_by=-6)),
    (-46, "澄泉", 2, 5, partial(p.approved, pay_by=-6)),
    (-60, "岫石", 1, 4, partial(p.refused, pay_by=-18)),
    (-58, "青榭", 2, 3, partial(p.abandoned, pay_by=-17)),
    (-50, "锦榆坡", 11, 3, partial(p.sent, pay_by=-8)),
    (-52, "磨盘", 2, 4, partial(p.from_paper, pay_by=-10)),
    (-51, "石栗", 3, 3, partial(p.received, pay_by=-9)),
    (-57, "流霞", 2, 4, partial(p.forwarded, pay_by=-16)),
    (-53, "麦垄", 2, 3, partial(p.supplement_asked, pay_by=-11)),
    (-59, "砥柱", 3, 4, partial(p.police_filed, pay_by=-15)),
    (-68, "北斗岭", 10, 3, partial(p.handed_over, pay_by=-26)),
    (-74, "曙禾", 2, 5, partial(p.closed_after_filing, pay_by=-32)),
    (-62, "铧犁", 1, 3, partial(p.not_filed, pay_by=-15)),
    (-64, "兰渚", 2, 4, partial(p.reconsidering, pay_by=-17)),
    (-67, "槐荫", 1, 5, partial(p.upheld, pay_by=-21)),
    (-69, "云杉坪", 2, 3, partial(p.supervision_suggested, pay_by=-23)),
    (-75, "砚北", 3, 3, partial(p.upheld_finally, pay_by=-32)),
    (-65, "澄泉", 2, 3, partial(p.returned, pay_by=-21)),
    (-72, "雁回", 1, 4, partial(p.dropped, pay_by=-30)),
    (-96, "石栗", 4, 4, partial(p.prosecuted, pay_by=-55)),
    (-94, "岫石", 2, 3, partial(p.not_prosecuted, pay_by=-52)),
    (-142, "锦榆坡", 5, 5, partial(p.judged, pay_by=-100)),
    (-71, "飞梭", 1, 3, partial(p.closed, pay_by=-29)),
    (-29, "砥柱", 3, 2, p.unlawful_demand),
)
