"""Where other agencies' systems speak to us: signed messages, judged by their signature and nothing else.

No token, no session: the key of the agency in the address signs moment and raw body (`notifications.signing`).
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from casedesk.api import replies as r
from casedesk.api.forms import check_types, form_schema
from casedesk.api.parsing import no_strangers, read_object, utf8_only
from casedesk.api.problems import problem
from casedesk.api.schema import JSON, writes
from casedesk.api.view import ApiView
from notifications import signing
from workflows import peers

_HEADERS = [
    OpenApiParameter(signing.KEY_HEADER, str, OpenApiParameter.HEADER, required=True, description="密钥编号"),
    OpenApiParameter(
        signing.MOMENT_HEADER, str, OpenApiParameter.HEADER, required=True,
        description=f"发出时刻，UTC 整秒；与本系统相差超过 {signing.WINDOW} 秒的不收",
    ),
    OpenApiParameter(
        signing.SIGNATURE_HEADER, str, OpenApiParameter.HEADER, required=True,
        description="v1= 后接 HMAC-SHA256(密钥, 时刻 + '.' + 请求体原文) 的 64 位小写十六进制",
    ),
]  # fmt: skip
_SHOWN = {
    "message_id": "GA-2026-000123", "kind": "receipt", "notice": "0196f3a0-7c00-7000-8000-000000000001",
    "signer": "某民警", "at": "2026-11-23T10:00:00+08:00", "content_sha256": "0" * 64,
}  # fmt: skip


def _body() -> dict[str, Any]:
    shape = form_schema(peers.MessageForm)
    shape["properties"]["inputs"] = {"type": "object", "description": "决定时：该动作的办理内容，同各动作的请求体"}
    return {JSON: shape}


class MessagesView(ApiView):
    """Receipts, answers and decisions of one agency's system."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @writes(
        "其他单位业务系统的来文：签收、答复、决定", {200: r.PeerAnswer}, tag="单位系统", name="receive_peer_message",
        parameters=_HEADERS, body=_body(), shown=_SHOWN,
        description="以消息编号去重：同一编号、同一内容重复发送得到同一回答，内容不同回答 422；被拒绝的消息不留下任何记录。"
        "receipt 签收通知（须附内容摘要）；answer 答复通知，通知由办案程序发出的同时办理相应的答复动作；"
        "decision 在通知所属的程序上办理一个动作（公安、检察院的接收、立案、不予立案等）。",
    )  # fmt: skip
    def post(self, request: Request, agency: str) -> Response:
        raw, headers = request._request.body, request.headers
        try:
            signing.verify(
                agency,
                headers.get(signing.KEY_HEADER, ""),
                headers.get(signing.MOMENT_HEADER, ""),
                headers.get(signing.SIGNATURE_HEADER, ""),
                raw,
            )
        except signing.BadSignature as bad:
            return problem(401, _REASONS.get(str(bad), "签名不符"), kind="bad_signature", title="签名不能通过验证",
                           headers={"WWW-Authenticate": "Signature"})  # fmt: skip
        if request.content_type.partition(";")[0].strip().lower() != JSON:
            return problem(415)
        utf8_only(request.content_type)
        body = read_object(raw)
        no_strangers(body)
        check_types(peers.MessageForm.base_fields, {name: body[name] for name in body if name != "inputs"})
        answer = peers.receive(peers.read(agency, body))
        # the table keeps no order of names, and equal answers are equal to the byte
        return Response(dict(sorted(answer.items())))


_REASONS = {
    "the timestamp is missing or no number of seconds": "缺少时间戳，或者时间戳不是整秒数",
    f"the timestamp is more than {signing.WINDOW} seconds off": f"时间戳与本系统相差超过 {signing.WINDOW} 秒",
    "the signature is missing or not of the form v1=<64 hex digits>": "缺少签名，或者签名不是 v1= 加 64 位小写十六进制",
}
