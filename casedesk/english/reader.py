"""How a Chinese text of the rulebook or the record is said in English.

The rulebook speaks Chinese, since its words go into papers and records. A page in English reads them through the
catalogue: the text as a whole, as a sentence with blanks, or piece by piece where it was composed. What the catalogue
does not know is data (names, what people wrote, citations of law); it stays Chinese and is marked so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils import translation

from casedesk.english.catalogue import CATALOGUE
from casedesk.english.po import CONTEXT, read_po

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CHINESE = re.compile(f"[{HAN}]")
#: Chinese with the digits, marks and brackets that belong to it
RUN = re.compile(rf"[《“〔（]*[{HAN}](?:[{HAN}\d〔〕（）《》〈〉“”、，。：；·—…%.\- ]*[{HAN}〕）》”〉。])?")
MARKS = str.maketrans(
    {"：": ": ", "；": "; ", "，": ", ", "、": ", ", "（": " (", "）": ")", "。": ". ", "　": " ", "“": '"', "”": '"'}
)
#: where texts are put together from others, the widest seam first
SEAMS = ("\n", " · ", " → ", "；", "　")
BRACKETS = {"》": ("《", '"', '"'), "）": ("（", " (", ")"), ")": ("(", " (", ")"), "”": ("“", '"', '"')}
COUNTED = re.compile(r"(\d[\d,.]*) ?(\D+)")
#: the number of a case or a paper
NUMBER = re.compile(r"[^\s，。；：、]*〔\d{4}〕[^\s，。；：、]*号?")
#: what pages count, more than one of it; one of it where the word changes otherwise than by its s
COUNTS = (
    "agencies|attempts|cases|characters|complaints|copies|days|deadlines|decimals|employers|entries|files|hours|"
    "instalments|items|lines|matters|minutes|months|notices|orders|pages|people|places|projects|questions|rows|"
    "settlements|tasks|tries|visits|weeks|workers|years"
)
ONE_OF = {"people": "person", "tries": "try", "copies": "copy", "entries": "entry", "agencies": "agency"}
ONE = re.compile(rf"(?<![\w.,–/-])(1 (?:working |calendar |open |running )?)({COUNTS})\b")
BLANK = re.compile(r"\{(\d+)\}")
FILLED = re.compile(r"\{\w*\}|%\(\w+\)s")
LATIN = re.compile("[A-Za-z]{2}")
BEGUN = re.compile(rf"[A-Za-z][A-Za-z' ]*: (?=[{HAN}])")


@dataclass(frozen=True)
class Said:
    """A piece of text in one language."""

    text: str
    chinese: bool = False


@dataclass(frozen=True)
class Pattern:
    """A sentence with blanks: the words it must contain, how it looks in Chinese, what it is in English.

    `fixed` counts its own characters. `touching` are blanks that join a Chinese word of a short sentence: what fills
    them must be a known word, else any text that ends alike would be taken for this sentence.
    """

    word: str
    shape: re.Pattern[str]
    english: str
    fixed: int
    touching: frozenset[str]

    def fits(self, values: Mapping[str, str], words: Mapping[str, str]) -> bool:
        """Whether the values speak for this sentence and no other."""
        said = {name: value for name, value in values.items() if CHINESE.search(value)}
        sure = all(value in words or NUMBER.fullmatch(value) for name, value in said.items() if name in self.touching)
        return not said or (self.fixed > 1 and sure)


def read(text: str) -> list[Said]:
    """A text without outer blanks, in English as far as the catalogue knows it."""
    said: list[Said] = []
    for piece in _read(text) or [Said(text, chinese=True)]:
        if piece.chinese or not CHINESE.search(piece.text):
            said.append(piece)
        else:  # an English sentence that cites Chinese
            said += _runs(piece.text, lambda run: [Said(run, chinese=True)])
    return said


def one(text: str) -> str:
    """An English text, where one of a thing is called so: 1 day, not 1 days."""
    return ONE.sub(lambda m: m[1] + ONE_OF.get(m[2], m[2][:-1]), text)


def plain(text: str) -> str:
    """The same as one text, for what cannot be marked (an attribute, a title)."""
    return "".join(piece.text for piece in read(text))


def _read(text: str) -> list[Said] | None:
    """Its pieces, or None where nothing of it is known."""
    words, patterns, long, citing = _phrasebook()
    if not CHINESE.search(text):
        return [Said(text.translate(MARKS))]
    if text in words:
        return [Said(words[text])]
    if any(sentence.fullmatch(text) for sentence in citing):
        return [Said(text)]  # said in English already; the Chinese in it is what is to be typed or shown
    if found := _sentence(text, words, long):
        return found
    if begun := BEGUN.match(text):  # a page's own words before one of the rulebook
        return [Said(begun.group()), *_anyway(text[begun.end() :])]
    for seam in SEAMS:
        if len(cut := _cut(text, seam)) > 1:
            return _parts(cut, seam.translate(MARKS))
    if found := _sentence(text, words, patterns):
        return found
    if (counted := COUNTED.fullmatch(text)) and counted[2] in words and _is_unit(counted[1], counted[2]):
        return [Said(f"{counted[1]} {words[counted[2]]}")]
    if LATIN.search(text) and any(run.group() != text for run in RUN.finditer(text)):
        return _runs(text, _anyway)
    if text[-1] in "：；，。" and (found := _read(text[:-1])) and not found[-1].chinese:
        return [*found, Said(text[-1].translate(MARKS))]
    label, *more = _cut(text, "：")
    if more:
        value = text[len(label) + 1 :]
        known = _read(label)
        if known or value in words:
            return [*(known or _as_is(label)), Said(": "), *_anyway(value)]
    return (
        _parts(_cut(text, "、"), ", ", enough=all)
        or _parts(_cut(text, " "), " ", enough=any)
        or _bracketed(text)
    )  # fmt: skip


def _is_unit(figure: str, word: str) -> bool:
    """Not the 号 of an address, and a 年 that counts years: 2年, not 2026年."""
    return len(word) > 1 or (word == "年" and len(figure) < 3)


def _anyway(text: str) -> list[Said]:
    return _read(text) or [Said(text, chinese=True)]


def _cut(text: str, seam: str) -> list[str]:
    """The text cut at a seam, but not inside of brackets."""
    if seam not in text:
        return [text]
    parts, depth = [""], 0
    for piece in re.split(f"({re.escape(seam)}|[（《）》])", text):
        depth += (piece in ("（", "《")) - (piece in ("）", "》"))
        if piece == seam and depth <= 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts if part.strip()]


def _parts(parts: list[str], english: str, *, enough: Callable[[list[bool]], bool] | None = None) -> list[Said] | None:
    """The parts read one by one; where the seam is not sure, only if enough of them are known to the catalogue: what
    somebody listed is not said half in English.
    """
    if len(parts) < 2:
        return None
    known = [_read(part) if len(part) > 1 and CHINESE.search(part) else None for part in parts]
    if enough and not enough([bool(words) for part, words in zip(parts, known, strict=True) if CHINESE.search(part)]):
        return None
    said: list[Said] = []
    for part, words in zip(parts, known, strict=True):
        said += [Said(english)] if said else []
        said += words or _as_is(part)
    return said


def _sentence(text: str, words: Mapping[str, str], patterns: Sequence[Pattern]) -> list[Said] | None:
    for pattern in patterns:
        if pattern.word not in text or not (found := pattern.shape.fullmatch(text)):
            continue
        if not pattern.fits(found.groupdict(), words):
            continue
        said: list[Said] = []
        parts = BLANK.split(pattern.english)
        for n, part in enumerate(parts):
            value = found.group(f"b{part}").strip() if n % 2 else part
            if n % 2 and value.isdigit() and (parts[n - 1].endswith("-") or parts[n + 1].startswith("-")):
                value = value.zfill(2)  # a date
            said += (_anyway(value) if n % 2 else [Said(value)]) if value else []
        return said
    return None


def _bracketed(text: str) -> list[Said] | None:
    """《a paper's name》, something（with a remark）: where the name, the remark or what stands before is known."""
    if text[-1] not in BRACKETS:
        return None
    left, opening, closing = BRACKETS[text[-1]]
    depth = start = 0
    for start in range(len(text) - 1, -1, -1):
        depth += (text[start] == text[-1]) - (text[start] == left)
        if not depth:
            break
    before, inside = text[:start], text[start + 1 : -1]
    if depth or not inside:
        return None
    first, second = _read(before) if before else [], _read(inside)
    if not first and not second:
        return None
    return [*(first or _as_is(before)), Said(opening), *(second or _as_is(inside)), Said(closing)]


def _as_is(text: str) -> list[Said]:
    return [Said(text, chinese=bool(CHINESE.search(text)))] if text else []


def _runs(text: str, each: Callable[[str], list[Said]]) -> list[Said]:
    """The Chinese runs of a mixed text, each read; what stands between them is English."""
    said: list[Said] = []
    end = 0
    for run in RUN.finditer(text):
        _join(said, [Said(text[end : run.start()].translate(MARKS))] if run.start() > end else [])
        _join(said, each(run.group()))
        end = run.end()
    _join(said, [Said(text[end:].translate(MARKS))] if end < len(text) else [])
    return said


def _join(said: list[Said], more: list[Said]) -> None:
    """Add what follows; Chinese stands next to a figure, an English word stands off it."""
    last, first = (said[-1].text[-1:] if said else ""), (more[0].text[:1] if more else "")
    if last.isalnum() and first.isalnum() and not said[-1].chinese and not more[0].chinese:
        said.append(Said(" "))
    said += more


# --- the phrasebook --------------------------------------------------------------------------------------------------


@cache
def _phrasebook() -> tuple[dict[str, str], list[Pattern], list[Pattern], list[re.Pattern[str]]]:
    """Every sentence of the catalogue; those with blanks, the longest first; those of them that hold a seam; and the
    English ones that cite Chinese.
    """
    words: dict[str, str] = {}
    heads: dict[str, str] = {}
    patterns, citing = [], []
    for chinese, entry in read_po(CATALOGUE).items():
        if not all(entry.english) or entry.plural or CONTEXT in chinese:
            continue
        english = entry.english[0]
        if CHINESE.search(english):
            citing.append(re.compile(".*".join(map(re.escape, FILLED.split(english)))))
        if BLANK.search(chinese):
            patterns.append(_pattern(chinese.strip("，；"), english.strip(",; ")))
        else:
            words[chinese] = english
            if chinese.endswith("）") and english.endswith(")"):  # a label is shown without its remark too
                heads.setdefault(chinese.split("（")[0], english.split(" (")[0])
    patterns.sort(key=lambda pattern: (-pattern.fixed, -len(pattern.shape.pattern)))
    long = [pattern for pattern in patterns if any(re.escape(seam) in pattern.shape.pattern for seam in SEAMS)]
    return heads | words, patterns, long, citing


def _pattern(chinese: str, english: str) -> Pattern:
    parts = BLANK.split(chinese)
    fixed, shape, touching = "".join(parts[::2]), "", set()
    for n, part in enumerate(parts):
        if n % 2:
            before, after = parts[n - 1][-1:], parts[n + 1][:1]
            shape += f"(?P<b{part}>.*)" if after == "（" else f"(?P<b{part}>.*?)"
            if CHINESE.match(before) or CHINESE.match(after):
                touching.add(f"b{part}")
        else:
            shape += re.escape(part)
    short = len(CHINESE.findall(fixed)) < 4
    return Pattern(
        max(parts[::2], key=len), re.compile(shape, re.DOTALL), english,
        fixed=len(fixed.replace(" ", "")), touching=frozenset(touching if short else ()),
    )  # fmt: skip


def speaking() -> bool:
    """Whether the reader of this request asked for English."""
    return translation.get_language() == "en"


def pieces(text: str) -> Iterator[Said]:
    """What `read` gives, blanks at both ends kept."""
    inner = text.strip()
    start = text.find(inner) if inner else len(text)
    yield Said(text[:start])
    yield from read(inner) if inner else ()
    yield Said(text[start + len(inner) :])
