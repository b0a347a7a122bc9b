"""Why a delivery did not arrive: every reason of the mailroom has words of its own, in both languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.utils import translation

import notifications
from casedesk.web.failures import why_failed

FAILURES = ("PermanentRefusal", "TemporaryFailure", "AmbiguousOutcome", "ByHand")
OURS, UNKNOWN = "本系统投递时出错，对方可能已经收到", "没有投递成功"


def reasons() -> list[str]:
    """What the mailroom raises, as it begins: the fixed words of each failure."""
    found = []
    for path in sorted(Path(notifications.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in FAILURES and node.args:
                words = node.args[0].values[0] if isinstance(node.args[0], ast.JoinedStr) else node.args[0]
                if isinstance(words, ast.Constant) and isinstance(words.value, str):
                    found.append(words.value)
    return found


def test_every_reason_of_the_mailroom_has_words() -> None:
    assert len(reasons()) > 20
    with translation.override("zh-hans"):
        assert [words for words in reasons() if why_failed(words) in (OURS, UNKNOWN)] == []
        assert why_failed("ValueError") == OURS  # a fault of ours is told by its type alone
        assert why_failed("something new, in two words") == UNKNOWN


@pytest.mark.parametrize(
    ("error", "peer", "chinese", "english"),
    [
        ("no connection (ConnectionRefusedError)", "", "对方拒绝连接：服务没有开，或者端口不对", "The other side refused the connection: "
         "its service is off, or the port is wrong"),
        ("no connection (TimeoutError)", "", "连接超时：对方没有应答", "The connection timed out: the other side did not answer"),
        ("no TLS connection: certificate has expired", "", "对方的安全证书已过期", "The other side's certificate has expired"),
        ("no TLS connection: Hostname mismatch, certificate is not valid for 'a.example'", "", "对方的安全证书与登记的地址不符",
         "The other side's certificate does not fit the address on record"),
        ("refused", "422", "对方拒绝接收（对方答复 422）", "The other side refused it (the other side answered 422)"),
        ("refused", "401", "对方不认可本系统的身份，请核对密钥（对方答复 401）",
         "The other side does not recognise us; check the keys (the other side answered 401)"),
        ("the peer failed, before or after it took it", "500", "对方系统出错，可能已经收到（对方答复 500）",
         "The other side's system failed; it may have it (the other side answered 500)"),
        ("the payload is no longer what was posted", "", "通知内容与发出时不一致，不能投递，请立即报告",
         "The notice is not what was posted and cannot be delivered; report this at once"),
    ],
)  # fmt: skip
def test_the_kinds_of_failure_are_told_apart(error: str, peer: str, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert why_failed(error, peer) == chinese
    with translation.override("en"):
        assert why_failed(error, peer) == english
