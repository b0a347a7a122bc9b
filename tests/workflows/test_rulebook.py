"""The generated rulebook: current, readable, and the same arrows in code, file and database."""

import io
import re
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from config import embedded
from workflows import rulebook
from workflows.action import Procedure
from workflows.casefile.papers import PaperKind
from workflows.notices import MATRIX
from workflows.procedures.guards import served, two_inspectors
from workflows.procedures.intake import Intake
from workflows.procedures.joint_rows import day_checked
from workflows.procedures.registry import PROCEDURES
from workflows.record import RULES_VERSION, Edge
from workflows.rulebook_pages import pages
from workflows.sentences import refusals, sentences

DOCS = embedded.REPOSITORY / "docs" / "rulebook"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A copy of the pages as they stand, to be spoiled."""
    return Path(shutil.copytree(DOCS, tmp_path / "rulebook"))


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files of arrows, to be spoiled."""
    copy = Path(shutil.copytree(rulebook.SQL, tmp_path / "sql"))
    monkeypatch.setattr(rulebook, "SQL", copy)
    return copy


def check(docs: Path = DOCS) -> tuple[int, list[str]]:
    """The exit code of `write_rulebook --check` and what it said."""
    said = io.StringIO()
    try:
        call_command("write_rulebook", check=True, docs=docs, stdout=said)
    except SystemExit as end:
        return int(end.code or 0), said.getvalue().splitlines()
    return 0, said.getvalue().splitlines()


def without_act(monkeypatch: pytest.MonkeyPatch, procedure: type[Procedure], act: str) -> None:
    kept = {name: rules for name, rules in procedure.acts().items() if name != act}
    assert len(kept) == len(procedure.acts()) - 1
    monkeypatch.setattr(procedure, "RULES", kept)


# --- current ---------------------------------------------------------------------------------------------------------


def test_pages_arrows_and_database_are_current(shared_database):
    assert check() == (0, [])


def test_the_same_code_writes_the_same_bytes(docs, sql):
    call_command("write_rulebook", docs=docs, stdout=io.StringIO())
    assert {f.name: f.read_bytes() for f in docs.iterdir()} == {f.name: f.read_bytes() for f in DOCS.iterdir()}
    assert set(pages()) == {f.name for f in DOCS.iterdir()}


def test_a_changed_line_is_named(shared_database, docs):
    page = docs / "inspection.md"
    lines = page.read_text().split("\n")
    number = next(n for n, line in enumerate(lines) if line.startswith("| 责令限期支付 "))
    lines[number] = lines[number].replace("监察大队长", "局负责人")
    page.write_text("\n".join(lines))
    assert page.read_text() != (DOCS / "inspection.md").read_text()
    code, said = check(docs)
    assert code == 1
    assert said[0] == f"rulebook/inspection.md 第 {number + 1} 行与代码不一致"


def test_a_line_added_at_the_end_is_named(shared_database, docs):
    with (docs / "police.md").open("a") as page:
        page.write("手写的一行\n")
    code, said = check(docs)
    assert (code, len(said)) == (1, 2)
    assert said[0].startswith("rulebook/police.md 第 ")


def test_a_missing_and_a_strange_page_are_named(shared_database, docs):
    (docs / "joint.md").rename(docs / "joint_old.md")
    code, said = check(docs)
    assert code == 1
    assert said[:2] == ["rulebook/joint.md：没有这一页", "rulebook/joint_old.md：代码不再生成这一页"]


def test_checking_writes_nothing(shared_database, docs, sql):
    (docs / "joint.md").unlink()
    (sql / f"edges_{RULES_VERSION}.sql").write_text("-- spoiled\n")
    assert check(docs)[0] == 1
    assert not (docs / "joint.md").exists()
    assert (sql / f"edges_{RULES_VERSION}.sql").read_text() == "-- spoiled\n"


# --- arrows ----------------------------------------------------------------------------------------------------------


def test_code_file_and_database_hold_the_same_arrows(shared_database):
    declared = set(rulebook.arrows())
    rows = Edge.objects.filter(rules_version=RULES_VERSION)
    assert set(rows.values_list("procedure", "from_state", "act", "to_state")) == declared
    assert rulebook.edges_file().read_text() == rulebook.edges_sql()
    assert ("intake", "registered", "accept", "accepted") in declared
    assert ("intake", "", "log", "draft") in declared
    assert ("intake", "draft", "amend", "draft") in declared, "a side act leads back to where it stands"


def test_an_arrow_that_the_code_lost_is_named_in_file_and_database(shared_database, monkeypatch, docs):
    without_act(monkeypatch, Intake, "mark_duplicate")
    differing = rulebook.edges_differ()
    assert differing == [
        f"workflows/sql/edges_{RULES_VERSION}.sql：多出 intake.mark_duplicate（registered → duplicate）",
        f"数据库 workflows_edge 第 {RULES_VERSION} 版：多出 intake.mark_duplicate（registered → duplicate）",
    ]


def test_an_arrow_that_the_file_lost_is_named(shared_database, sql):
    file = sql / f"edges_{RULES_VERSION}.sql"
    row = f"    ({RULES_VERSION}, 'police', 'reported', 'approve', 'approved'),\n"
    assert row in file.read_text()
    file.write_text(file.read_text().replace(row, ""))
    code, said = check()
    assert code == 1
    assert f"workflows/sql/{file.name}：缺少 police.approve（reported → approved）" in said


def test_a_file_touched_by_hand_is_named(shared_database, sql):
    file = sql / f"edges_{RULES_VERSION}.sql"
    file.write_text(file.read_text() + "-- 手写\n")
    assert rulebook.edges_differ() == [f"workflows/sql/{file.name}：箭头相同，文字不是本命令写出的"]


def test_an_arrow_that_only_the_database_knows_is_named(database, owner_connection: psycopg.Connection):
    owner_connection.execute(
        "INSERT INTO workflows_edge (rules_version, procedure, from_state, act, to_state) VALUES (%s, %s, %s, %s, %s)",
        [RULES_VERSION, "police", "proposed", "send", "sent"],
    )
    code, said = check()
    assert code == 1
    assert said == [
        f"数据库 workflows_edge 第 {RULES_VERSION} 版：多出 police.send（proposed → sent）",
        "规则手册与代码不一致：请运行 manage.py migrate；发布前的数据库请重建",
    ]


def test_a_newer_version_in_the_database_is_named(database, owner_connection: psycopg.Connection):
    owner_connection.execute(
        "INSERT INTO workflows_edge (rules_version, procedure, from_state, act, to_state) VALUES (%s, %s, %s, %s, %s)",
        [RULES_VERSION + 1, "intake", "", "log", "draft"],
    )
    assert rulebook.edges_differ() == [f"数据库：最新的规则版本是 {RULES_VERSION + 1}，代码中是 {RULES_VERSION}"]


def test_the_newest_file_must_be_that_of_the_code(sql):
    (sql / f"edges_{RULES_VERSION + 1}.sql").write_text("-- another\n")
    assert rulebook.edges_differ() == [
        f"workflows/sql：最新的箭头文件是 edges_{RULES_VERSION + 1}.sql，代码中的规则版本是 {RULES_VERSION}"
    ]


def test_changed_arrows_are_written_until_their_version_is_released(sql, docs, monkeypatch):
    file = sql / f"edges_{RULES_VERSION}.sql"
    before = file.read_text()
    without_act(monkeypatch, Intake, "flag_urgent")
    monkeypatch.setattr(rulebook, "RELEASED_VERSION", RULES_VERSION)
    with pytest.raises(CommandError, match="RULES_VERSION 加一"):
        call_command("write_rulebook", docs=docs, stdout=io.StringIO(), skip_checks=True)
    assert file.read_text() == before
    monkeypatch.setattr(rulebook, "RELEASED_VERSION", RULES_VERSION - 1)
    call_command("write_rulebook", docs=docs, stdout=io.StringIO(), skip_checks=True)
    assert file.read_text() == rulebook.edges_sql() != before


# --- readable --------------------------------------------------------------------------------------------------------


def table_under(page: str, heading: str) -> list[dict[str, str]]:
    """The rows of the table below a heading, by column."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.split("\n") if line.startswith("| ")]
    head, _, *rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert all(len(row) == len(head) for row in rows)
    return [dict(zip(head, row, strict=True)) for row in rows]


def row_of(rows: list[dict[str, str]], act: str) -> dict[str, str]:
    return next(row for row in rows if f"`{act}`" in row["动作"])


@pytest.mark.parametrize("name", PROCEDURES)
def test_the_drawing_shows_every_arrow_and_no_side_act(name: str):
    procedure = PROCEDURES[name]
    drawing = pages()[f"{name}.md"].split("```mermaid\n")[1].split("```")[0]
    arrows = re.findall(r"^    (\S+) --> (\w+): (.+)$", drawing, re.MULTILINE)
    drawn = {(source, target, label) for source, target, labels in arrows for label in labels.split(" / ")}
    moving = [rule for rule in procedure.rules() if rule.target is not None]
    wanted: set[tuple[str, str, str]] = set()
    for rule in moving:
        sources = [str(s) or "[*]" for s in rule.sources] if len(rule.sources) <= 4 else ["any_open"]
        wanted |= {(source, str(rule.target), rule.label) for source in sources}
    assert drawn == wanted
    for state, label in rulebook.state_labels(procedure).items():
        assert f'    state "{label}" as {state}\n' in drawing


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_act_stands_in_one_of_the_two_tables(name: str):
    page, procedure = pages()[f"{name}.md"], PROCEDURES[name]
    for heading, side in (("改变状态的动作", False), ("不改变状态的动作", True)):
        rows = table_under(page, heading) if any((r.target is None) == side for r in procedure.rules()) else []
        shown = sorted(row["动作"].removesuffix("（可更正）") for row in rows)
        assert shown == sorted(f"{r.label} `{r.name}`" for r in procedure.rules() if (r.target is None) == side)
        assert all(row["依据"] and re.search("[\u4e00-\u9fff]", row["依据"]) for row in rows)


def test_the_row_of_an_act_says_all_a_lawyer_asks():
    row = row_of(table_under(pages()["inspection.md"], "改变状态的动作"), "order_payment")
    assert (row["从"], row["到"], row["阶段"]) == ("事实已查清", "已责令支付", "责令支付")
    assert row["由谁办理（审批）"] == "承办监察员（监察大队长审批）"
    assert row["依据"].startswith("《劳动保障监察条例》第二十六条")
    assert "须有两名持有效执法证件的监察员承办" in row["何时不能办理"].split("<br>")
    assert "停止 处理决定期限（DEC-01）" in row["期限"].split("<br>")
    assert "设定 责令支付期限（PAY_BY）（逾期由系统办理“责令期满未付”）" in row["期限"].split("<br>")
    assert row["通知"] == "已责令用人单位限期支付 → 投诉人"


def test_acts_from_a_signed_paper_name_the_second_officer():
    rows = table_under(pages()["police.md"], "改变状态的动作")
    paper = "由承办监察员凭签章纸质文书补录（须另一名监察员或监察大队长确认）"
    assert row_of(rows, "file")["由谁办理（审批）"] == f"公安机关；或者{paper}"
    assert row_of(rows, "judge")["由谁办理（审批）"] == paper


def test_open_states_are_called_so_with_those_left_out():
    rows = table_under(pages()["inspection.md"], "改变状态的动作")
    assert row_of(rows, "close")["从"] == "任一在办状态"
    assert row_of(rows, "record_compliance")["从"] == "任一在办状态（已履行除外）"
    aside = table_under(pages()["inspection.md"], "不改变状态的动作")
    assert row_of(aside, "record_payment")["可在何时办理"] == "任一在办状态、已结案、已撤销立案、已移送有权单位"


def test_limits_show_article_length_and_confidence():
    rows = {row["编号"]: row for row in table_under(pages()["inspection.md"], "期限")}
    investigation = rows["`INV-01`"]
    assert investigation["依据"].startswith("《劳动保障监察条例》第十七条")
    assert investigation["长度"] == "60个工作日；经局负责人批准可延长一次，不超过30个工作日"
    assert investigation["可信度"] == "V"
    assert "监察：查清事实" in investigation["停止"].split("<br>")
    assert rows["`BLK-06`"]["长度"].endswith("程序终结后继续")
    assert "`AFT-03`" not in rows
    assert "`AFT-03`" in {row["编号"] for row in table_under(pages()["police.md"], "期限")}


def test_every_wired_limit_stands_on_one_page_and_every_other_on_the_page_of_the_rest():
    shown = [row["编号"] for name in PROCEDURES for row in table_under(pages()[f"{name}.md"], "期限")]
    assert sorted(shown) == [f"`{limit}`" for limit in rulebook.wired_limits()]
    rest = re.findall(r"^\| (`[\w-]+`) ", pages()["limits.md"], re.MULTILINE)
    assert sorted(rest) == sorted(f"`{limit}`" for limit in rulebook.law_rules() if f"`{limit}`" not in shown)


def test_the_matrix_page_shows_each_row_with_who_sends_and_answers():
    lines = [line for line in pages()["notices.md"].split("\n") if line.startswith("| `")]
    assert {line.split("`")[1] for line in lines} == set(MATRIX)
    asked = next(line for line in lines if line.startswith("| `ASSISTANCE_ASKED`"))
    assert "监察：请求协助调查" in asked
    assert "被请求单位联络员" in asked
    assert "按“请于此日前答复”所填日期" in asked


def test_no_english_condition_stands_on_a_page():
    for name in PROCEDURES:
        for heading in ("改变状态的动作", "不改变状态的动作"):
            for row in table_under(pages()[f"{name}.md"], heading):
                said = [s for s in row["何时不能办理"].split("<br>") if s]
                assert all(re.search("[\u4e00-\u9fff]", s) and "{" not in s for s in said)


# --- the sentences of conditions -------------------------------------------------------------------------------------


def test_a_guard_is_quoted_with_what_does_not_depend_on_the_case():
    assert sentences(two_inspectors) == ["须有两名持有效执法证件的监察员承办"]
    assert sentences(served(PaperKind.DEMAND_LETTER))[:2] == ["还没有催告书", "…尚未送达"]


def test_a_check_is_quoted_with_its_figures():
    assert "走访形式的代表不超过 5 人（《信访工作条例》第二十条）" in refusals(day_checked)


def test_a_guard_that_says_nothing_in_chinese_is_quoted_with_nothing():
    def silent(file: Any, subject: Any, at: Any) -> str | None:
        return None

    assert sentences(silent) == []
