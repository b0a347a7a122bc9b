"""Why a delivery did not arrive, said to who runs the desk: the mailroom keeps a technician's words, in English."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: the mailroom's words (notifications/channels, notifications/outbox), the closer one first, and what they mean
KNOWN: tuple[tuple[re.Pattern[str], Any], ...] = tuple(
    (re.compile(words), said)
    for words, said in (
        (r"no connection to the mail server \((TimeoutError|timeout)", gettext_lazy("连接邮件服务器超时")),
        (r"no connection to the mail server \(SSL", gettext_lazy("与邮件服务器建立不了加密连接，请检查它的安全证书")),
        (r"no connection to the mail server", gettext_lazy("连接不上邮件服务器")),
        (r"the mail server did not take the envelope \(SMTPAuth", gettext_lazy("邮件服务器不认可本系统的账号或者口令")),
        (r"the mail server did not take the envelope", gettext_lazy("邮件服务器没有接受寄件，信件没有发出")),
        (r"the mail server said no", gettext_lazy("邮件服务器拒绝了这封信")),
        (r"no word after the letter", gettext_lazy("信已发出，邮件服务器没有答复，可能已经收到")),
        (r"no connection \(ConnectionRefused", gettext_lazy("对方拒绝连接：服务没有开，或者端口不对")),
        (r"no connection \((TimeoutError|timeout)", gettext_lazy("连接超时：对方没有应答")),
        (r"no connection", gettext_lazy("连接不上对方：网络不通或者中断")),
        (r"no TLS connection: .*expired", gettext_lazy("对方的安全证书已过期")),
        (r"no TLS connection: .*(mismatch|not valid for)", gettext_lazy("对方的安全证书与登记的地址不符")),
        (r"no TLS connection: .*(self.signed|issuer)", gettext_lazy("对方的安全证书不是可信机构签发的")),
        (r"no TLS connection", gettext_lazy("与对方建立不了加密连接")),
        (r"the name is not resolved", gettext_lazy("查不到对方地址中的域名")),
        (r"the address is not allowed", gettext_lazy("登记的地址不允许使用，请检查地址和允许的网段")),
        (r"no answer|the answer did not end", gettext_lazy("已发出，对方在时限内没有答复，可能已经收到")),
        (r"sent us elsewhere", gettext_lazy("对方要求改投其他地址，系统不跟随，请更正登记的地址")),
        (r"cannot take it now", gettext_lazy("对方暂时不能接收，稍后再试")),
        (r"the peer failed", gettext_lazy("对方系统出错，可能已经收到")),
        (r"the peer has a conflict", gettext_lazy("对方称有冲突，没有给出收件编号")),
        (r"the gateway says", gettext_lazy("短信网关答复没有接收")),
        (r"refused", gettext_lazy("对方拒绝接收")),
        (r"taken for later", gettext_lazy("对方只答复稍后处理，没有证明已经收到")),
        (r"answered with|said 200|the answer (is|was)", gettext_lazy("对方有答复，但没有给出收件编号，可能已经收到")),
        (r"the agency has no such channel", gettext_lazy("没有登记这个单位的地址，或者渠道已停用")),
        (r"there is no gateway or no number", gettext_lazy("短信网关没有启用，或者没有登记号码")),
        (r"the agency has no valid key", gettext_lazy("这个单位没有有效的密钥")),
        (r"there is no (channel|folder)", gettext_lazy("系统没有设置这种送达渠道")),
        (
            r"the payload is|the notice is no longer|there is no such notice",
            gettext_lazy("通知内容与发出时不一致，不能投递，请立即报告"),
        ),
        (r"what the message was to say", gettext_lazy("短信的内容已经失效，不再发送")),
        (r"to be printed", gettext_lazy("请打印、送达后确认")),
        (r"the worker stopped|lease ran out", gettext_lazy("投递程序中途停止，对方可能已经收到")),
        (r"[A-Za-z_]+$", gettext_lazy("本系统投递时出错，对方可能已经收到")),
    )
)
#: the peer's own status says more than "refused"
NOT_US = ("401", "403")


def why_failed(error: str, peer_status: str = "") -> str:
    """The failure in the reader's language, with the number the peer answered (HTTP or SMTP), if it did."""
    if peer_status in NOT_US and error.startswith("refused"):
        said = _("对方不认可本系统的身份，请核对密钥")
    else:
        said = next((str(said) for words, said in KNOWN if words.match(error)), _("没有投递成功"))
    return _("{said}（对方答复 {status}）").format(said=said, status=peer_status) if peer_status else said
