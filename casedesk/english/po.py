"""The catalogue's two files: `.po`, which people read and translate, and `.mo`, which gettext reads.

Written here, so that no gettext program has to be on the machine.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HEAD = """Project-Id-Version: casedesk
Language: en
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Plural-Forms: nplurals=2; plural=(n != 1);
"""
LINE = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)? ?"(.*)"$')
#: between the context of a sentence and the sentence, as gettext's keys have it
CONTEXT = "\x04"
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


@dataclass(frozen=True)
class Entry:
    """What is said in Chinese, and in English: one sentence, or two where a number decides. Empty: not yet."""

    english: tuple[str, ...]
    plural: str = ""


def read_po(path: Path) -> dict[str, Entry]:
    """The entries of a catalogue by their Chinese (where it has a context, by context, CONTEXT, Chinese), its head
    apart."""
    found: dict[str, Entry] = {}
    for block in path.read_text().split("\n\n"):
        said: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if match := LINE.match(line):
                name = match[1] or name
                said[name] = said.get(name, "") + re.sub(r"\\(.)", lambda m: ESCAPES[m[1]], match[2])
        if said.get("msgid"):
            english = tuple(said[key] for key in sorted(said) if key.startswith("msgstr"))
            key = said["msgctxt"] + CONTEXT + said["msgid"] if "msgctxt" in said else said["msgid"]
            found[key] = Entry(english, said.get("msgid_plural", ""))
    return found


def write_po(path: Path, entries: Mapping[str, Entry]) -> None:
    """The catalogue for people, in the order of the entries; nothing else changes from one writing to the next."""
    blocks = ["# English words of the desk. The Chinese text itself is the msgid. Written by `manage.py catalogue`."]
    blocks[0] += '\nmsgid ""\nmsgstr ""\n' + "\n".join(_quoted(line + "\n") for line in HEAD.splitlines())
    for chinese, entry in entries.items():
        *context, sentence = chinese.split(CONTEXT)
        lines = [*(f"msgctxt {_quoted(one)}" for one in context), f"msgid {_quoted(sentence)}"]
        if entry.plural:
            lines.append(f"msgid_plural {_quoted(entry.plural)}")
            lines += [f"msgstr[{n}] {_quoted(words)}" for n, words in enumerate(entry.english)]
        else:
            lines.append(f"msgstr {_quoted(entry.english[0])}")
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def write_mo(path: Path, entries: Mapping[str, Entry]) -> None:
    """The catalogue for gettext (GNU MO, little-endian, no hash table); what has no English is left out."""
    said = dict(sorted(_compiled(entries)))
    start = 28 + 16 * len(said)
    tables, data = b"", b""
    for group in (said.keys(), said.values()):
        for one in group:
            tables += struct.pack("<II", len(one), start + len(data))
            data += one + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(said), 28, 28 + 8 * len(said), 0, start)
    path.write_bytes(header + tables + data)


def _compiled(entries: Mapping[str, Entry]) -> Iterator[tuple[bytes, bytes]]:
    yield b"", HEAD.encode()
    for chinese, entry in entries.items():
        if all(entry.english):
            key = f"{chinese}\0{entry.plural}" if entry.plural else chinese
            yield key.encode(), "\0".join(entry.english).encode()
