"""Employers, projects and names of the demo, all invented; the townships are those of 渑池县."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

TOWNSHIPS = {
    "城关镇": "411221100", "英豪镇": "411221101", "张村镇": "411221102", "洪阳镇": "411221103", "天池镇": "411221104",
    "仰韶镇": "411221105", "仁村乡": "411221203", "果园乡": "411221206", "陈村乡": "411221207", "坡头乡": "411221208",
    "段村乡": "411221209", "南村乡": "411221210",
}  # fmt: skip


@dataclass(frozen=True)
class Employer:
    """An employer with its project, if it has one, and the trades of its people."""

    name: str
    sector: str
    township: str
    trades: tuple[str, ...]
    project: str = ""
    developer: str = ""
    contractor: str = ""
    crew_leader: str = ""
    boss: str = ""


#: who stands behind firms that have somebody else in their papers: two of them share one man
CONTROLLERS = {
    "渑池县北斗岭建筑劳务有限公司": "孟三省", "三门峡砥柱滩钢结构有限公司": "孟三省",
    "渑池县石栗湾劳务有限公司": "卢石头",
}  # fmt: skip


def _e(
    short: str, name: str, sector: str, township: str, trades: str, *chain: str, boss: str = ""
) -> tuple[str, Employer]:
    """A row of the table; the chain is project, developer, general contractor, crew leader."""
    project, developer, contractor, crew_leader = chain or ("", "", "", "")
    return short, Employer(
        name, sector, township, tuple(trades.split()), project, developer, contractor, crew_leader, boss
    )


C = "construction"
EMPLOYERS: dict[str, Employer] = dict(
    (
        _e("锦榆坡", "渑池县锦榆坡建筑劳务有限公司", C, "城关镇", "砌筑工 抹灰工 小工", "会盟家园二期", "渑池县椿庭置业有限公司",
           "河南霁山砚建设工程有限公司", "贺来财", boss="罗锦榆"),
        _e("苇塘", "河南苇塘渡路桥工程有限公司", C, "洪阳镇", "路基工 压路机手 普工", "洪阳至坡头县道改造", "渑池县通途公路管理站",
           "河南苇塘渡路桥工程有限公司", "段老三", boss="苗润田"),
        _e("砚北", "三门峡砚北装饰工程有限公司", C, "城关镇", "木工 油漆工 瓦工", "澧泉社区商业街装修", "渑池县柏棠商业管理有限公司",
           "三门峡砚北装饰工程有限公司", "葛顺", boss="葛砚生"),
        _e("石栗", "渑池县石栗湾劳务有限公司", C, "英豪镇", "钢筋工 架子工 混凝土工", "英豪镇中学宿舍楼", "英豪镇教育工程代建办",
           "河南椿阳岭建设集团有限公司", "卢石头", boss="卢石栗"),
        _e("云杉坪", "河南云杉坪光伏安装有限公司", C, "段村乡", "安装工 电工", "段村乡屋顶光伏", "豫西云杉坪新能源有限公司",
           "河南云杉坪光伏安装有限公司", "翟电", boss="翟云杉"),
        _e("麦垄", "渑池县麦垄农田建设有限公司", C, "果园乡", "管道工 挖掘机手 普工", "果园乡高标准农田", "果园乡农田项目部",
           "渑池县麦垄农田建设有限公司", "吕二夯", boss="吕麦收"),
        _e("澄泉", "河南澄泉沟水利工程有限公司", C, "南村乡", "石工 浇筑工", "南村乡小型水库除险加固", "渑池县澄泉水利项目部",
           "河南澄泉沟水利工程有限公司", "蒋石匠", boss="蒋澄"),
        _e("曙禾", "渑池县曙禾建材有限公司", "manufacturing", "张村镇", "制砖工 叉车工 装卸工", boss="耿曙禾"),
        _e("青榭", "渑池县青榭酒店", "catering", "城关镇", "厨师 服务员 洗碗工", boss="尚青"),
        _e("岫石", "渑池县岫石渡铝制品厂", "manufacturing", "仰韶镇", "打磨工 电工 质检员", boss="常岫"),
        _e("柳笛", "渑池县柳笛保洁服务部", "services", "城关镇", "保洁员", boss="温柳"),
        _e("飞梭", "三门峡飞梭云配送有限公司", "platform", "城关镇", "骑手", boss="邵云"),
        _e("枣林", "渑池县枣林沟养殖场", "other", "陈村乡", "饲养员", boss="原枣"),
        _e("铧犁", "渑池县铧犁家具厂", "manufacturing", "天池镇", "木工 喷漆工 包装工", boss="蔚来喜"),
        _e("槐荫", "河南槐荫渡安保服务有限公司", "services", "城关镇", "保安员", boss="祁槐"),
        _e("北斗岭", "渑池县北斗岭建筑劳务有限公司", C, "仁村乡", "砌筑工 钢筋工 塔吊司机", "仁村乡搬迁安置房", "仁村乡安置房项目部",
           "河南磐石岭建设有限公司", "郝三斗", boss="郝北斗"),
        _e("磨盘", "渑池县磨盘山石料厂", "manufacturing", "坡头乡", "破碎工 装载机手", boss="席磨"),
        _e("兰渚", "渑池县兰渚服饰加工店", "manufacturing", "仰韶镇", "缝纫工 熨烫工", boss="景兰"),
        _e("霜降", "渑池县霜降果品冷库", "services", "果园乡", "分拣工 搬运工", boss="霍霜"),
        _e("流霞", "河南流霞园林绿化有限公司", C, "天池镇", "绿化工 浇水工", "天池镇滨河绿化", "天池镇城建办公室",
           "河南流霞园林绿化有限公司", "汪树", boss="汪流霞"),
        _e("竹涧", "渑池县竹涧民宿", "catering", "段村乡", "服务员 厨师", boss="水竹"),
        _e("雁回", "渑池县雁回驾驶员培训部", "services", "张村镇", "教练员", boss="燕回"),
        _e("砥柱", "三门峡砥柱滩钢结构有限公司", C, "英豪镇", "焊工 安装工", "英豪镇粮食仓库", "英豪镇粮站项目部",
           "三门峡砥柱滩钢结构有限公司", "庞铁", boss="庞砥"),
        _e("荷塘", "渑池县荷塘里幼儿托管中心", "services", "城关镇", "保育员", boss="荷文"),
    )
)  # fmt: skip

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
_GIVEN = [
    "大河", "小川", "建设", "春生", "秀兰", "桂花", "长根", "满囤", "玉梅", "石头", "保平", "国顺", "红霞", "双喜",
    "铁柱", "麦香", "金锁", "长江", "立秋", "冬至", "来顺", "有粮", "翠英", "志强", "晓东", "文革", "卫星", "和平",
    "跃进", "援朝", "爱莲", "改花", "新年", "留柱", "万福", "喜成", "树森", "振山", "海水", "月娥", "银环", "天亮",
    "会民", "全有", "福来", "水生",
]  # fmt: skip


def person(number: int) -> str:
    """The name of the n-th invented person; different numbers below four thousand give different names."""
    return _SURNAMES[number * 7 % len(_SURNAMES)] + _GIVEN[(number * 5 + number // len(_SURNAMES)) % len(_GIVEN)]


def spread(key: str, low: int, high: int) -> int:
    """A number between low and high, both included: the same for a key at every building of the county."""
    return low + crc32(key.encode()) % (high - low + 1)


def phone(number: int) -> str:
    """A number that no operator gives out."""
    return f"1390000{number:04d}"


def id_number(number: int) -> str:
    """An identity number of nobody: the serial 000 is never issued; the check character is right."""
    digits = f"411221{1962 + number % 40}{1 + number % 12:02d}{1 + number % 28:02d}000"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def credit_code(number: int) -> str:
    """A unified credit code of nobody, with its check character (GB 32100)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91411221MA00000{number:02d}"
    total = sum(alphabet.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]
