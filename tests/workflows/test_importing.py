"""Import of messages: every line ends as a draft, as one that is there already, or in the report with its reason."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config import embedded
from notifications.models import Notice
from tests import servers, walks
from workflows import clock
from workflows.importing import LONGEST_LINE
from workflows.models import Complaint, Event, InboundMessage, Intake, Limit
from workflows.perform import perform

REAL = embedded.REPOSITORY.parent / "shared" / "data" / "complaints"
NOW = walks.MONDAY


def message(number: int = 1, **other) -> dict:
    """An invented message as an export has it."""
    return {
        "id": f"m-{number}",
        "title": "工地拖欠工资",
        "body": f"去年在青石岭工地干活，第{number}次来信，工资一直没有结。",
        "time": "2026-02-27T16:20:00",
        "user": "网友甲",
        "reply": "已转交办理",
    } | other


def without(name: str) -> dict:
    return {key: value for key, value in message().items() if key != name}


class Imported:
    """One run of the command on a file: what it said and how it ended."""

    def __init__(self, file: Path, *arguments: str) -> None:
        out, self.code = StringIO(), 0
        with clock.at(NOW):
            try:
                call_command("import_complaints", str(file), *arguments, stdout=out)
            except CommandError as ended:
                self.code, self.why = ended.returncode, str(ended)
        self.said = out.getvalue()


@pytest.fixture
def written(tmp_path):
    """A file of these lines: objects as JSON, bytes and text as they are."""

    def write(*lines: dict | str | bytes, name: str = "export.jsonl", end: bytes = b"\n") -> Path:
        file = tmp_path / name
        raw = [
            line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
            for line in lines
        ]
        file.write_bytes(b"".join(line + end for line in raw))
        return file

    return write


# --- what is taken -----------------------------------------------------------------------------------------


def test_a_line_becomes_a_draft_with_nothing_guessed(database, written):
    done = Imported(written(message(body="第一行\r\n第二行：工资没有结")))
    assert done.code == 0 and "导入 1，" in done.said
    complaint = Complaint.objects.get()
    assert complaint.intake.state == Intake.State.DRAFT
    assert (complaint.channel, complaint.source_id, complaint.title) == ("web", "m-1", "工地拖欠工资")
    assert complaint.violation_facts == "第一行\n第二行：工资没有结"
    assert complaint.received_at.astimezone(clock.SHANGHAI).isoformat() == "2026-02-27T16:20:00+08:00"
    assert complaint.complainant_name == complaint.employer_name == complaint.complainant_phone == ""
    assert complaint.employed_in_county is None and complaint.operator is None and complaint.amount_claimed is None
    event = Event.objects.get()
    assert (event.act, event.by_name, event.reason) == ("log", "系统", "导入 export.jsonl")
    assert (event.at, event.recorded_at) == (complaint.received_at, NOW)
    assert "工资" not in json.dumps(event.inputs, ensure_ascii=False)


def test_limits_run_from_its_time_and_show_overdue_but_nobody_is_told(database, written):
    Imported(written(message(time="2026-01-05T09:00:00")))
    assert {x.rule for x in Limit.objects.all()} == {"ACC-01", "ACC-09"}
    assert all(x.due_at < NOW and x.stopped_at is None for x in Limit.objects.all())
    assert Limit.objects.get(rule="ACC-01").due_on.isoformat() == "2026-01-12"
    assert Notice.objects.count() == 0


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2026-02-27T16:20:00", "2026-02-27T16:20:00+08:00"),
        ("2026-02-27 16:20", "2026-02-27T16:20:00+08:00"),
        ("2026-02-27T08:20:00Z", "2026-02-27T16:20:00+08:00"),
        ("2026-02-27T16:20:00+09:00", "2026-02-27T15:20:00+08:00"),
        ("2011-02-28T21:23:43", "2011-02-28T21:23:43+08:00"),
    ],
)
def test_a_time_without_a_zone_is_that_of_shanghai(database, written, time, moment):
    assert Imported(written(message(time=time))).code == 0
    assert Complaint.objects.get().received_at.astimezone(clock.SHANGHAI).isoformat() == moment


def test_a_number_as_id_and_a_missing_title_are_taken(database, written):
    assert Imported(written(without("title") | {"id": 417})).code == 0
    assert (Complaint.objects.get().source_id, Complaint.objects.get().title) == ("417", "")


def test_the_channel_is_chosen(database, written):
    assert Imported(written(message()), "--channel", "petition").code == 0
    assert Complaint.objects.get().channel == "petition"
    assert Imported(written(message())).said.startswith("共 1 行：导入 1"), (
        "the same number of another channel is another"
    )


def test_marks_line_ends_and_blank_lines_of_a_file_do_no_harm(database, written):
    file = written(b"\xef\xbb\xbf" + json.dumps(message(1)).encode(), b"", b"   ", message(2), end=b"\r\n")
    done = Imported(file)
    assert done.code == 0 and "共 4 行：导入 2" in done.said and "空行 2" in done.said


def test_what_is_invisible_is_shown_and_counted(database, written):
    body = "工资\u200b没有\x00结\u202e，家里\U0001f468\u200d\U0001f469急\ue5e5用\ud800钱\t完"
    done = Imported(written(message(1, body=body, title="拖欠\u00adA\n工资"), message(2)))
    assert done.code == 0 and "1 行含有控制字符" in done.said
    kept = Complaint.objects.get(source_id="m-1")
    assert kept.violation_facts == (
        "工资⟦U+200B⟧没有⟦U+0000⟧结⟦U+202E⟧，家里\U0001f468⟦U+200D⟧\U0001f469急⟦U+E5E5⟧用⟦U+D800⟧钱\t完"
    )
    assert kept.title == "拖欠⟦U+00AD⟧A 工资"
    assert Imported(written(message(1, body=body, title="拖欠\u00adA\n工资"), message(2))).said.count("已有 2") == 1


def test_a_bare_control_character_inside_a_string_is_kept_too(database, written):
    assert Imported(written(json.dumps(message(body="甲")).replace('"\\u7532"', '"甲\t乙\x07"'))).code == 0
    assert Complaint.objects.get().violation_facts == "甲\t乙⟦U+0007⟧"


def test_rare_characters_and_other_forms_of_one_are_real_text(database, written):
    done = Imported(written(message(body="阿卜杜拉·买买提和𠮷田在\uf900\u0065\u0301工地🙂")))
    assert done.code == 0 and "1 行含有异体编码" in done.said
    assert Complaint.objects.get().violation_facts == "阿卜杜拉·买买提和𠮷田在\u8c48\u00e9工地🙂"


def test_twenty_thousand_characters_are_taken(database, written):
    assert Imported(written(message(body="欠" * 20_000))).code == 0


# --- what is not, and why ----------------------------------------------------------------------------------

REFUSED = {
    "no JSON": ('{"id": "x", ', "不是完整的 JSON"),
    "a list": ("[1, 2]", "应为一个 JSON 对象"),
    "null": ("null", "应为一个 JSON 对象"),
    "two objects": ('{"id": 1}{"id": 2}', "不是完整的 JSON"),
    "a name twice": (json.dumps(message())[:-1] + ', "body": "另一段"}', "重复的字段名"),
    "deep": ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "嵌套过深"),
    "a number of 5000 digits": ('{"id": ' + "9" * 5000 + "}", "数字过长"),
    "GBK": ('{"id": "g", "body": "工资没有结"}'.encode("gbk"), "像是 GBK 编码"),
    "bytes of nothing": (b'{"id": "g", "body": "\xff\x81\xff"}', "不是 UTF-8"),
    "no id": (without("id"), "没有编号"),
    "an empty id": (message(id="  "), "没有编号"),
    "a true id": (message(id=True), "没有编号"),
    "an id with a control character": (message(id="a\u200bb"), "控制字符"),
    "a long id": (message(id="x" * 81), "超过 80 字"),
    "no body": (without("body"), "没有正文"),
    "a blank body": (message(body=" \n\t"), "没有正文"),
    "an invisible body": (message(body="\u200b\u200d"), "没有正文"),
    "a body of numbers": (message(body=5), "应为文字"),
    "a title of lists": (message(title=["x"]), "应为文字"),
    "a long body": (message(body="欠" * 20_001), "超过 20000 字"),
    "a long title": (message(title="欠" * 201), "超过 200 字"),
    "no time": (without("time"), "没有时间"),
    "an empty time": (message(time=""), "没有时间"),
    "seconds since 1970": (message(time=1772000000), "应为文字"),
    "another form of time": (message(time="2026年2月27日"), "ISO 8601"),
    "a day that is none": (message(time="2026-02-30T10:00:00"), "ISO 8601"),
    "a leap second": (message(time="2026-02-27T23:59:60"), "ISO 8601"),
    "before all": (message(time="0001-01-01T00:00:00"), "1950 至 2100"),
    "after all": (message(time="9999-12-31T00:00:00"), "1950 至 2100"),
    "the future": (message(time="2026-03-02T09:00:01"), "晚于现在"),
}


def test_each_refusal_is_told_with_its_line_and_reason_and_never_the_text(database, written, tmp_path):
    lines = [line for line, _ in REFUSED.values()]
    file, rejected = written(*lines, message(77)), tmp_path / "rejected.jsonl"
    done = Imported(file, "--rejected", str(rejected))
    assert done.code == 1 and done.why == f"{len(REFUSED)} 行没有导入"
    told = done.said.splitlines()
    for number, (what, (_, reason)) in enumerate(REFUSED.items(), start=1):
        assert told[number - 1].startswith(f"第 {number} 行：") and reason in told[number - 1], what
    assert f"导入 1，已有 0，文件内重复 0，空行 0，没有导入 {len(REFUSED)}" in done.said
    assert "青石岭" not in done.said and "网友" not in done.said and "2026年2月27日" not in done.said
    assert Complaint.objects.count() == Event.objects.count() == InboundMessage.objects.count() == 1
    raw = file.read_bytes().splitlines()
    assert rejected.read_bytes().splitlines() == raw[:-1], "the refused lines as they came"
    assert rejected.stat().st_mode & 0o077 == 0, "people's messages are nobody else's business"


def test_one_id_twice_in_a_file(database, written):
    done = Imported(written(message(1), message(1), message(1, body="别的事情，也没有给钱")))
    assert done.code == 1 and "第 3 行：与第 1 行编号相同、内容不同" in done.said
    assert "导入 1，已有 0，文件内重复 1，" in done.said


def test_other_fields_are_named_and_counted(database, written):
    done = Imported(written(message(1), message(2) | {"电话": "13900000001"}))
    assert "未取用的字段：reply 2、user 2、（其他名称） 1" in done.said and "电话" not in done.said


@pytest.mark.parametrize(
    ("head", "reason"),
    [("中文".encode("utf-16"), "UTF-16"), (b"\x1f\x8b\x08", "压缩包"), (b"PK\x03\x04", "压缩包")],
)
def test_a_file_of_another_kind_is_not_begun(database, written, head, reason):
    done = Imported(written(head))
    assert done.code == 2 and reason in done.why


def test_a_line_without_end_is_no_line_of_messages(database, tmp_path):
    file = tmp_path / "blob"
    with file.open("wb") as blob:
        blob.truncate(LONGEST_LINE + 2)
    assert Imported(file).code == 2


def test_a_missing_file_and_a_report_over_the_input(database, written, tmp_path):
    assert Imported(tmp_path / "none.jsonl").code == 2
    file = written(message())
    assert Imported(file, "--rejected", str(file)).code == 2
    assert json.loads(file.read_text())["id"] == "m-1", "the input is not overwritten"


# --- again -------------------------------------------------------------------------------------------------


def test_a_second_run_imports_nothing_and_says_how_many_were_there(database, written):
    file = written(*(message(n) for n in range(1, 8)))
    assert "导入 7，已有 0" in Imported(file).said
    before = Event.objects.count()
    again = Imported(file)
    assert again.code == 0 and "导入 0，已有 7，" in again.said
    assert Event.objects.count() == before


def test_what_officers_did_with_a_draft_meanwhile_does_not_matter(people, written):
    Imported(written(message()))
    with clock.at(NOW):
        inputs = {"complainant_name": "网友甲", "no_contact": True, "violation_facts": "电话核实后改写的要点"}
        perform(Intake.objects.get(), "register", by=people.operator, inputs=inputs)
    again = Imported(written(message()))
    assert again.code == 0 and "已有 1" in again.said
    assert Complaint.objects.get().violation_facts == "电话核实后改写的要点"


def test_other_content_under_a_known_id_is_refused_not_lost(database, written):
    Imported(written(message()))
    again = Imported(written(message(body="补充：班组长姓贺")))
    assert again.code == 1 and "这个编号已有投诉，内容不同" in again.said
    assert Complaint.objects.count() == 1


def test_a_complaint_that_came_by_another_way_under_the_id_is_not_doubled(people, written):
    inputs = {"channel": "web", "source_id": "m-1", "title": "工地拖欠工资", "violation_facts": message()["body"],
              "received_at": message()["time"]}  # fmt: skip
    with clock.at(NOW):
        perform(None, "log", by=people.operator, inputs=inputs, reason="补录")
    assert "已有 1" in Imported(written(message())).said
    assert Imported(written(message(body="别的"))).code == 1
    assert Complaint.objects.count() == 1


def test_two_imports_of_one_file_at_once_take_each_line_once(database, written, race):
    file = written(*(message(n) for n in range(1, 31)))
    one, other = race(lambda: Imported(file), lambda: Imported(file))
    assert one.code == other.code == 0
    assert Complaint.objects.count() == Event.objects.count() == 30


def test_an_import_killed_in_the_middle_is_simply_run_again(database, written):
    """kill -9 of the real command; what it had taken stays, the rest comes with the second run, nothing comes twice."""
    lines = 160
    file = written(*(message(n) for n in range(lines)))
    environment = os.environ | {
        "DATABASE_URL": embedded.urls(servers.var(), database).application,
        "REDIS_URL": embedded.urls(servers.var()).redis,
        "SECRET_KEY": "none needed",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "manage.py", "import_complaints", str(file)]
    running = subprocess.Popen(
        command, cwd=embedded.REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while Complaint.objects.count() < 20:
            assert running.poll() is None and time.monotonic() < until
            time.sleep(0.02)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait(30)
    taken = Complaint.objects.count()
    assert 20 <= taken < lines
    again = subprocess.run(
        command, cwd=embedded.REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert f"已有 {Complaint.objects.count() - (lines - taken)}，" in again.stdout
    assert Complaint.objects.count() == Event.objects.count() == lines
    assert [line for line in again.stderr.splitlines() if line.startswith("导入 ")][-1].startswith("导入 100%")


# --- the real files ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_dir(), reason="the real messages lie outside the repository, in ../shared; not there")
@pytest.mark.parametrize("name", ["wage_messages", "other_messages"])
def test_every_real_message_becomes_a_draft(database, name, tmp_path):
    """All of the wage messages, and every fifth of the others to save time."""
    lines = (REAL / f"{name}.jsonl").read_bytes().splitlines()[:: 1 if name == "wage_messages" else 5]
    file = tmp_path / f"{name}.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    began = clock.now()
    done = Imported(file)
    assert done.code == 0, done.said[-300:]
    assert Complaint.objects.count() == len(lines) > 100
    rows = {row["id"]: row for row in map(json.loads, lines)}
    for complaint in Complaint.objects.select_related("intake"):
        row = rows[complaint.source_id]
        assert complaint.intake.state == "draft"
        assert complaint.violation_facts == row["body"].strip()
        assert complaint.received_at.astimezone(clock.SHANGHAI).isoformat() == row["time"] + "+08:00"
    assert Notice.objects.count() == 0
    assert clock.now() - began < timedelta(seconds=60)
