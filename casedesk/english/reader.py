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
from casedesk.english.po import read_po

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
BLANK = re.compile(r"\{(\d+)\}")
LATIN = re.compile("[A-Za-z]{2}")


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
        sure = all(value in words or "〔" in value for name, value in said.items() if name in self.touching)
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


def plain(text: str) -> str:
    """The same as one text, for what cannot be marked (an attribute, a title)."""
    return "".join(piece.text for piece in read(text))


def _read(text: str) -> list[Said] | None:
    """Its pieces, or None where nothing of it is known."""
    words, patterns = _phrasebook()
    if not CHINESE.search(text):
        return [Said(text.translate(MARKS))]
    if text in words:
        return [Said(words[text])]
    for seam in SEAMS:
        if len(cut := _cut(text, seam)) > 1:
            return _parts(cut, seam.translate(MARKS))
    if found := _sentence(text, words, patterns):
        return found
    if (counted := COUNTED.fullmatch(text)) and counted[2] in words and len(counted[2]) > 1:
        return [Said(f"{counted[1]} {words[counted[2]]}")]
    if LATIN.search(text) and any(run.group() != text for run in RUN.finditer(text)):
        return _runs(text, _anyway)
    if text[-1] in "：；，。" and (found := _read(text[:-1])):
        return [*found, Said(text[-1].translate(MARKS))]
    label, *more = _cut(text, "：")
    if more:
        value = text[len(label) + 1 :]
        known = _read(label)
        if known or value in words:
            return [*(known or _as_is(label)), Said(": "), *_anyway(value)]
    return (
        _parts(_cut(text, "、"), ", ", sure=False)
        or _parts(_cut(text, " "), " ", sure=False)
        or _bracketed(text)
    )  # fmt: skip


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


def _parts(parts: list[str], english: str, *, sure: bool = True) -> list[Said] | None:
    """The parts read one by one; where the seam is not sure, only if one of them is known to the catalogue."""
    if len(parts) < 2:
        return None
    known = [_read(part) if len(part) > 1 and CHINESE.search(part) else None for part in parts]
    if not sure and not any(known):
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
        for n, part in enumerate(BLANK.split(pattern.english)):
            value = found.group(f"b{part}").strip() if n % 2 else part
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
    said, end = [], 0
    for run in RUN.finditer(text):
        said += [Said(text[end : run.start()].translate(MARKS))] if run.start() > end else []
        said += each(run.group())
        end = run.end()
    return [*said, Said(text[end:].translate(MARKS))] if end < len(text) else said


# --- the phrasebook --------------------------------------------------------------------------------------------------


@cache
def _phrasebook() -> tuple[dict[str, str], list[Pattern]]:
    """Every sentence of the catalogue, and those with blanks, the longest first."""
    words, patterns = {}, []
    for chinese, entry in read_po(CATALOGUE).items():
        if not all(entry.english) or entry.plural:
            continue
        if BLANK.search(chinese):
            patterns.append(_pattern(chinese.strip("，；"), entry.english[0].strip(",; ")))
        else:
            words[chinese] = entry.english[0]
    return words, sorted(patterns, key=lambda pattern: -pattern.fixed)


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
