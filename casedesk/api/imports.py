"""Rosters and bank files over the API: handed in, looked at row by row; taken into the ledger by the act of that name.

Handing in writes nothing to the case. What confirms is the act `import_roster` or `record_pay_out` of the inspection.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from casedesk.actor import actor_for, reading_as
from casedesk.api import replies as r
from casedesk.api.desk import AROUND_A_FILE
from casedesk.api.parsing import BodyTooLarge, read_form
from casedesk.api.reading import logged
from casedesk.api.schema import reads, writes
from casedesk.api.shapes import render
from casedesk.api.view import ApiView
from casedesk.files import plain_name
from casedesk.previews import beside, counts_of, row_shown
from casedesk.readings import What
from casedesk.web.matters import Matter, matter_of, seen
from workflows.casefile.case import Case
from workflows.casefile.imports import LARGEST, Encoding, Import, ImportKind, ImportRow
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible
from workflows.inputs import Choice, CleanText, Count, Inputs, Money
from workflows.procedures.import_rows import reconciled
from workflows.roles import Actor
from workflows.taking_in import AT_ONCE, hand_in, read_import
from workflows.tasks import wake_readers

_TAG = "导入"
ACTS = {ImportKind.ROSTER.value: "import_roster", ImportKind.PAY_OUT.value: "record_pay_out"}
#: rows of one answer
MOST = 100


class HandInForm(Inputs):
    """What is said beside the file."""

    kind = Choice(label="种类", choices=ImportKind.choices)
    encoding = Choice(label="csv 的文字编码，缺省为 utf-8", choices=[("", "—"), *Encoding.choices], required=False)
    sheet = CleanText(label="工作表，空为第一张可见的工作表", max_length=40, required=False)
    rate = Money(label="统一日工资（元），花名册没有单价列时使用", required=False)


class RowsQuery(Inputs):
    verdict = Choice(label="只要这一类行", choices=[("", "—"), *ImportRow.Verdict.choices], required=False)
    after = Count(label="上一页的 next（文件行号）", max_value=10_000_000, required=False)
    size = Count(label="每页行数", min_value=1, max_value=MOST, required=False)


def _matter(actor: Actor, case: Case, kind: str) -> Matter:
    """The import as the actor's act on the case. Raises NotVisible, PermissionDenied, NotPossibleNow."""
    if not hasattr(case, "inspection"):
        raise NotVisible()
    matter = matter_of(actor, "inspection", case.inspection.public_id, ACTS[kind])
    if matter.offer is None:
        raise NotPossibleNow("案件已结束，不能导入")
    return matter


class ImportsView(ApiView):
    """The files of a case, and the door for new ones."""

    parser_classes = [MultiPartParser]
    largest = LARGEST + AROUND_A_FILE

    @reads("案件的导入文件，新的在前", r.ImportPage, tag=_TAG, name="imports")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            case: Case = seen(actor, Case, id)
            _matter(actor, case, ImportKind.ROSTER)
            items = [_item(one) for one in Import.objects.filter(case=case)[:MOST]]
            return Response({"results": render(r.ImportItem, items, many=True)})

    @writes(
        "上传花名册、考勤表或者银行发放明细", {201: r.ImportItem}, tag=_TAG, name="hand_in_import",
        description="只读取、逐行判断，不写入台账。确认导入：花名册用动作 inspection/import_roster（roster 为本标识），"
        "银行明细用 inspection/record_pay_out（pay_out 为本标识）。同一案件的同一份文件得到同一标识。"
        "较大的文件由后台读取：state 为 waiting 时请稍后再查。整份文件不能使用的，答复 422，在 file 字段说明工作表、行、列。",
        body={"multipart/form-data": {
            "type": "object",
            "properties": {
                "file": {"type": "string", "format": "binary", "description": "xlsx 或 csv，不超过 20 MB"},
                "kind": {"type": "string", "enum": ImportKind.values, "description": "roster 花名册、考勤表；pay_out 银行发放明细"},
                "encoding": {"type": "string", "enum": Encoding.values, "description": "csv 的文字编码，缺省为 utf-8"},
                "sheet": {"type": "string", "description": "工作表，空为第一张可见的工作表"},
                "rate": {"type": "string", "description": "统一日工资（元），花名册没有单价列时使用"},
            },
            "required": ["file", "kind"],
        }},
    )  # fmt: skip
    def post(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            case: Case = seen(actor, Case, id)
            _matter(actor, case, ImportKind.ROSTER)
        posted: Any = request.data
        told = read_form(HandInForm, {name: value for name, value in posted.items() if name != "file"})
        files = request.FILES.getlist("file")
        if len(files) != 1:
            raise InvalidInput({"file": "请上传一份文件" if not files else "一次只能上传一份文件"})
        if (files[0].size or 0) > LARGEST:
            raise BodyTooLarge({"file": f"文件超过 {LARGEST // 1024 // 1024} MB"})
        actor = actor_for(request.user)
        one = hand_in(
            case, actor.officer_id or 0, told["kind"], files[0], plain_name(files[0].name or ""),
            encoding=told["encoding"] or Encoding.UTF_8, sheet=told["sheet"], rate=told["rate"],
        )  # fmt: skip
        if one.state == Import.State.WAITING and one.size <= AT_ONCE:
            read_import(one.pk)
            one.refresh_from_db()
        elif one.state == Import.State.WAITING:
            wake_readers()
        if one.state == Import.State.REFUSED:
            raise InvalidInput({"file": one.problem})
        return Response(render(r.ImportItem, _item(one)), status=201)


class ImportView(ApiView):
    """One file with its rows, or beside the ledger."""

    query = RowsQuery

    @reads("一份导入文件：逐行判断，或者与台账核对的结果", r.ImportWhole, query=RowsQuery, tag=_TAG, name="import_file")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            one = Import.objects.filter(public_id=id).select_related("case").first()
            if one is None:
                raise NotVisible()
            case: Case = seen(actor, Case, one.case.public_id)
            matter = _matter(actor, case, one.kind)
            whole = _item(one) | self._rows(one)
            if one.kind == ImportKind.PAY_OUT and one.state in (Import.State.READ, Import.State.TAKEN):
                whole["beside"] = beside(one, reconciled(matter.file, one), MOST)
            answer = Response(render(r.ImportWhole, whole))
        if one.state == Import.State.WAITING:
            wake_readers()  # a reader that died is followed by another once its lease has run out
        return logged(request, actor, What.CASE, case, answer)

    def _rows(self, one: Import) -> dict[str, Any]:
        size = self.asked["size"] or MOST
        rows = one.rows.filter(number__gt=self.asked["after"] or 0).order_by("number")
        if self.asked["verdict"]:
            rows = rows.filter(verdict=self.asked["verdict"])
        found = list(rows[: size + 1])
        shown = [row_shown(row) | {"verdict": row.verdict} for row in found[:size]]
        return {"rows": shown, "next": found[size - 1].number if len(found) > size else None, "beside": None}


def _item(one: Import) -> dict[str, Any]:
    return {
        "id": one.public_id, "kind": one.kind, "file_name": one.file_name, "sha256": one.sha256, "size": one.size,
        "encoding": one.encoding, "at": one.at, "state": one.state, "state_label": one.get_state_display(),
        "problem": one.problem, "notes": one.notes, "columns": one.columns, "rows_seen": one.rows_seen,
        "rows_total": one.rows_total, "counts": counts_of(one), "taken_at": one.taken_at, "taken_by": one.taken_by_name,
    }  # fmt: skip
