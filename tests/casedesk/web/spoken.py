"""Which words of a page are said in which language: texts and spoken attributes, with the `lang` they stand under."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CHINESE = re.compile(f"[{HAN}、。，：；（）]")
#: what an attribute or a title, which cannot be marked, may cite: articles of law, numbers of papers and cases
CITED = re.compile(rf"《[^》]*》[{HAN}（）]*|[{HAN}]+〔\d{{4}}〕\d+号")
VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
SILENT = ("script", "style")
SPOKEN = ("aria-label", "title", "placeholder", "alt", "label")


class Listener(HTMLParser):
    """Hears a page: `marked` is the Chinese marked as such, papers apart; `unmarked` is (where, words) of the rest,
    with `alone` for what no mark can reach.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.path: list[tuple[str, str, str]] = []
        self.unmarked: list[tuple[str, str]] = []
        self.alone: list[tuple[str, str]] = []
        self.marked: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang", self.path[-1][1] if self.path else "")
        name = f"{tag}.{'.'.join(given.get('class', '').split())}"
        for spoken in SPOKEN:
            self._hear(f"{name}[{spoken}]", "", given.get(spoken, ""), self.alone)
        if tag == "input" and given.get("type", "text") in ("text", "search", "tel"):
            self.marked.update(CHINESE.findall(given.get("value", "")) and [given["value"]])
        if tag not in VOID:
            self.path.append((tag, language, name))

    def handle_endtag(self, tag: str) -> None:
        if any(one == tag for one, _, _ in self.path):
            while self.path.pop()[0] != tag:
                pass

    def handle_data(self, words: str) -> None:
        tag, language, _ = self.path[-1] if self.path else ("", "", "")
        if tag not in SILENT:
            where = " ".join(name for _, _, name in self.path[-3:])
            self._hear(where, language, words, self.alone if tag == "title" else self.unmarked)

    def _hear(self, where: str, language: str, words: str, heard: list[tuple[str, str]]) -> None:
        said = " ".join(words.split())
        if not CHINESE.search(said):
            return
        if not language.startswith("zh"):
            heard.append((where, said))
        elif not any(".paper" in name for _, _, name in self.path):
            self.marked.add(said)


def heard(html: str) -> Listener:
    """The page as it is heard."""
    listener = Listener()
    listener.feed(html)
    return listener


def left_in_chinese(html: str) -> list[tuple[str, str]]:
    """What an English page says in Chinese and does not mark: (where, words). An attribute may name what is shown."""
    page = heard(html)
    shown = " ".join(page.marked)
    for where, words in page.alone:
        rest = CITED.sub("", words)
        runs = re.findall(f"[{HAN}]+", rest)
        if not all(run in shown for run in runs):
            page.unmarked.append((where, words))
    return page.unmarked
