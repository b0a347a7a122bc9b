"""Which Chinese sentences a page may show, found in the sources: what `locale/en` must have English for.

Three kinds. What pages say themselves stands in `{% translate %}` and `gettext(…)`. What the rulebook says (labels of
acts, states, inputs, roles, notices; reasons of refusals; lines of the timeline) are plain Chinese literals, because
the same words go into papers and records, which stay Chinese; a literal with blanks (an f-string) is a sentence with
{0}, {1} … in their order. Names of limits, agencies and holidays are data under `law/data`. Papers' wording, exports,
the API's own words and the rulebook for the lawyer are Chinese by purpose and left out.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from django.template.base import Lexer, Token, TokenType
from django.utils.text import smart_split
from django.utils.translation import trim_whitespace

from casedesk.english.po import CONTEXT, Entry
from workflows.wording.threshold import TITLE as THRESHOLD_SHEET

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOGUE = REPOSITORY / "locale" / "en" / "LC_MESSAGES" / "django.po"
PACKAGES = ("config", "casedesk", "workflows", "notifications")
GETTEXT = ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy")
CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")

#: modules whose Chinese is for papers, files, the API, the record or the lawyer
CHINESE_BY_PURPOSE = re.compile(
    r"/(migrations|management|demo|papers|api|english)/|/wording/(?!serving|required)|config/"
    r"|casedesk/(models|web/(report|files))\.py|notifications/(apps|corrections|receipts|chains|channels/.*)\.py"
    r"|workflows/(rulebook\w*|checks|invariants|ledger_export|inbound|recompute|sentences|importing"
    r"|casefile/secrets|law/instruments|reading/lookup|procedures/money_content)\.py"
)
#: modules that know headings of other people's tables or letters of numbers: only what they answer is said to anybody
HEADINGS = re.compile(r"workflows/(rosters|pay_outs|columns|tables|procedures/papers)\.py")
#: words that are no sentence: patterns, citations of law
NO_SENTENCE = re.compile(r"[\\^]|\[一|^[一鿿]$|^《[^》]*》(第[^；（]*)?(；|$)|^[A-Z].*\d.*一\(|SELECT |^said\.|%Y|〔\{")


def sought() -> dict[str, str]:
    """Every sentence that needs English, with its plural where a number decides, in a fixed order."""
    found: dict[str, str] = {}
    for path in _sources("html"):
        for one, plural in _of_template(path.read_text()):
            found[one] = found.get(one) or plural
    modules = [(path, ast.parse(path.read_text())) for path in _sources("py")]
    for _, tree in modules:
        for one, plural in _of_gettext(tree):
            found[one] = found.get(one) or plural
    for path, tree in modules:
        place = path.relative_to(REPOSITORY).as_posix()
        if not CHINESE_BY_PURPOSE.search(f"/{place}"):
            for one in _literals(tree, bool(HEADINGS.search(place))):
                found.setdefault(one, "")
    for name in _names_of_data():
        found.setdefault(name, "")
    return found


def _names_of_data() -> Iterator[str]:
    """Limits, agencies and holidays as the data of the law call them, and an annex that lists name by its title."""
    data = REPOSITORY / "workflows" / "law" / "data"
    yield THRESHOLD_SHEET
    yield from (rule["name"] for rule in yaml.safe_load((data / "deadlines.yaml").read_text()))
    with (data / "agencies.csv").open() as agencies:
        yield from (row["name"] for row in csv.DictReader(agencies))
    for path in sorted((data / "holidays").glob("*.json")):
        for day in json.loads(path.read_text())["days"]:
            yield from day["name"].split("、")


def merged(sentences: dict[str, str], known: dict[str, Entry]) -> dict[str, Entry]:
    """The sought sentences with the English there is; what is no longer said goes."""
    nothing = {True: Entry(("", "")), False: Entry(("",))}
    return {
        chinese: Entry((known.get(chinese) or nothing[bool(plural)]).english, plural)
        for chinese, plural in sentences.items()
    }


def _sources(ending: str) -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((REPOSITORY / package).rglob(f"*.{ending}"))


# --- templates -------------------------------------------------------------------------------------------------------


def _of_template(text: str) -> Iterator[tuple[str, str]]:
    tokens = iter(Lexer(text).tokenize())
    for token in tokens:
        if token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for quoted in re.findall(r"""_\(("[^"]*"|'[^']*')\)""", token.contents):
                yield quoted[1:-1].replace("%", "%%"), ""
        if token.token_type is not TokenType.BLOCK:
            continue
        words = list(smart_split(token.contents))
        if words[0] in ("translate", "trans") and words[1][0] in "\"'":
            yield words[1].split("|")[0][1:-1].replace("%", "%%"), ""
        elif words[0] in ("blocktranslate", "blocktrans"):
            yield _of_block(tokens, trimmed="trimmed" in words)


def _of_block(tokens: Iterator[Token], *, trimmed: bool) -> tuple[str, str]:
    said: list[str] = [""]
    for token in tokens:
        if token.token_type is TokenType.BLOCK and token.contents.startswith("end"):
            break
        if token.token_type is TokenType.BLOCK:
            said.append("")  # {% plural %}
        elif token.token_type is TokenType.VAR:
            said[-1] += f"%({token.contents.split('|')[0]})s"
        else:
            said[-1] += token.contents.replace("%", "%%")
    one, *more = [trim_whitespace(words) if trimmed else words for words in said]
    return one, more[0] if more else ""


# --- sources ---------------------------------------------------------------------------------------------------------


def _of_gettext(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
            said = [a.value for a in node.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if node.func.id.startswith("pgettext"):  # a sentence whose Chinese means two things
                said = [CONTEXT.join(said)] if len(said) > 1 else []
            if said:
                yield said[0], said[1] if node.func.id.startswith("ngettext") else ""


def _literals(tree: ast.Module, only_functions: bool) -> Iterator[str]:
    """The Chinese literals of a module, but docstrings, arguments of gettext, citations and patterns."""
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
            silent.update(node.args)
    if only_functions:
        silent.update(p for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) for p in ast.walk(node))
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and node not in silent:
            inside.update(part for part in node.values if isinstance(part, ast.Constant))
            words = _with_blanks(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent | inside:
            words = node.value
        else:
            continue
        if CHINESE.search(words) and not NO_SENTENCE.search(words):
            yield words.strip()


def _with_blanks(node: ast.JoinedStr) -> str:
    """An f-string as a sentence with {0}, {1} … for what is filled in."""
    said, blanks = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            said += str(part.value)
        else:
            said += f"{{{blanks}}}"
            blanks += 1
    return said
