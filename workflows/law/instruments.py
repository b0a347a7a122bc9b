"""The instruments the desk cites: from the codes of the rule catalogue ("LSIR 17; O25 30") to what a paper says.

Owns the Chinese names and the way articles are written. Knows no rule and no date.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: code of the catalogue → official name
INSTRUMENTS: dict[str, str] = {
    "LSIR": "劳动保障监察条例",
    "O25": "关于实施〈劳动保障监察条例〉若干规定",
    "HNR": "河南省劳动保障监察条例",
    "HNEX": "河南省行政执法条例",
    "HNHEAR": "河南省行政处罚听证办法",
    "HNPET": "河南省信访条例",
    "AES": "行政执法监督条例",
    "WPR": "保障农民工工资支付条例",
    "TRD": "行政执法机关移送涉嫌犯罪案件的规定",
    "MPS159": "公安机关办理刑事案件程序规定",
    "MPS16": "公安机关受理行政执法机关移送涉嫌犯罪案件规定",
    "SPP21": "关于推进行政执法与刑事司法衔接工作的规定",
    "SPP25": "人民检察院行刑反向衔接工作指引",
    "CL": "中华人民共和国刑法",
    "SPC3": "最高人民法院关于审理拒不支付劳动报酬刑事案件适用法律若干问题的解释",
    "HNT": "河南省高级人民法院关于我省拒不支付劳动报酬犯罪数额认定标准的规定",
    "N100": "关于加强涉嫌拒不支付劳动报酬犯罪案件查处衔接工作的通知",
    "O45": "拖欠农民工工资失信联合惩戒对象名单管理暂行办法",
    "O29": "重大劳动保障违法行为社会公布办法",
    "GRADE": "企业劳动保障守法诚信等级评价办法",
    "DEP": "工程建设领域农民工工资保证金规定",
    "ACC": "工程建设领域农民工工资专用账户管理暂行办法",
    "HNF": "河南省省级农民工欠薪应急周转金管理办法",
    "XFR": "信访工作条例",
    "LL": "中华人民共和国劳动法",
    "LCL": "中华人民共和国劳动合同法",
    "LMA": "中华人民共和国劳动争议调解仲裁法",
    "ARB": "劳动人事争议仲裁办案规则",
    "APL": "中华人民共和国行政处罚法",
    "ACL": "中华人民共和国行政强制法",
    "ARL": "中华人民共和国行政复议法",
    "ALL": "中华人民共和国行政诉讼法",
    "CC": "中华人民共和国民法典",
    "CPL": "中华人民共和国民事诉讼法",
    "CrPL": "中华人民共和国刑事诉讼法",
    "LAL": "中华人民共和国法律援助法",
    "DSR": "政务数据共享条例",
    "PIPL": "中华人民共和国个人信息保护法",
    "CSL": "中华人民共和国网络安全法",
    "NDSR": "网络数据安全管理条例",
    "AL": "中华人民共和国档案法",
    "ALR": "中华人民共和国档案法实施条例",
    "HCR": "河南省社会信用条例",
    "HOL": "全国年节及纪念日放假办法",
    "OP2006": "关于在行政执法中及时移送涉嫌犯罪案件的意见",
    "H53": "关于进一步优化地方政务服务便民热线的指导意见",
    "KH33": "保障农民工工资支付工作考核办法",
}

_DIGITS = "零一二三四五六七八九"
_ARTICLE = re.compile(r"^(?P<first>\d+)(?:[-–](?P<second>\d+))?(?:\((?P<item>\d+)\))?$")


@lru_cache(maxsize=512)
def article(law: str) -> str:
    """What a paper says for codes of the catalogue: "LSIR 17; O25 30" → 《劳动保障监察条例》第十七条；《…》第三十条.

    "276-1" is 第二百七十六条之一, "23-25" a range, "15(1)" an item. What is not understood stays as it is written.
    """
    return "；".join(_one(part.strip()) for part in law.split(";") if part.strip())


def chinese_number(number: int) -> str:
    """1 … 999 as articles are counted: 10 → 十, 17 → 十七, 105 → 一百零五."""
    if not 0 < number < 1000:
        raise ValueError(f"no article is numbered {number}")
    hundreds, rest = divmod(number, 100)
    tens, units = divmod(rest, 10)
    words = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and units:
        words += "零"
    return words + (_DIGITS[units] if units else "")


def _one(citation: str) -> str:
    code, _, rest = citation.partition(" ")
    name = INSTRUMENTS.get(code)
    if name is None:
        return citation
    title = f"《{name}》"
    pieces = [piece.strip() for piece in rest.split(",") if piece.strip()]
    return title + "、".join(_article(piece) for piece in pieces)


def _article(piece: str) -> str:
    match = _ARTICLE.match(piece)
    if match is None:
        return piece
    first = int(match["first"])
    words = f"第{chinese_number(first)}条"
    if match["second"]:
        second = int(match["second"])
        # a second number below the first is no range: 276-1 is the inserted article 276之一
        words += f"之{chinese_number(second)}" if second < first else f"至第{chinese_number(second)}条"
    if match["item"]:
        words += f"第（{chinese_number(int(match['item']))}）项"
    return words
