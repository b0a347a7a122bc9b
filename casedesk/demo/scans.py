"""Pictures that stand for scanned papers: a white page with grey lines, different for each title, a few hundred
bytes.
"""

from __future__ import annotations

import io
import struct
from zlib import compress, crc32

from django.core import signing

from casedesk.demo.places import spread
from workflows.casefile.evidence import keep_file
from workflows.procedures.intake_rows import UPLOAD_SALT

_WIDTH, _HEIGHT, _LINE = 210, 297, 11
_PAPER, _INK = 0xFA, 0x70


def uploaded(title: str) -> str:
    """Keep the picture as the desk keeps an upload; the signed token by which an act takes it into the file."""
    sha256, content_type, size = keep_file(io.BytesIO(_page(title)))
    return signing.dumps(
        {"sha256": sha256, "type": content_type, "size": size, "name": f"{title}.png"}, salt=UPLOAD_SALT
    )


def _page(title: str) -> bytes:
    """A PNG in eight-bit grey: a heading and lines of uneven length."""
    rows = []
    for y in range(_HEIGHT):
        row = bytearray([_PAPER] * _WIDTH)
        line, within = divmod(y - 30, _LINE)
        if 0 <= line < 21 and within < 3:
            left, length = (70, 70) if line == 0 else (24, spread(f"{title}:{line}", 60, 160))
            row[left : left + length] = bytes([_INK] * length)
        rows.append(b"\x00" + row)
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", compress(b"".join(rows), 9)), (b"IEND", b""))
    )
