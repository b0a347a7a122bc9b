"""Receipts outside the house: a file of them, and whether it holds, judged without a database and without our code.

Standard library only: `python chains.py FILE [EARLIER]` runs anywhere. A file is JSON lines: first what it claims to
hold, then one receipt a line. Each receipt names the hash of the one before it, so that a change, a gap or a swap shows
at the next one; a chain cut at its end shows against the heads of an earlier file, which every agency can keep.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FORMAT = "casedesk receipts 1"
_SAID = ("notice", "content_sha256", "agency", "seq", "signer", "actor", "signed_at", "previous")


def lines(receipts: Iterable[Mapping[str, Any]], exported_at: str) -> Iterator[str]:
    """The file: what it holds, then the receipts, each chain from its first."""
    rows = sorted(receipts, key=lambda row: (row["agency"], row["seq"]))
    heads = {row["agency"]: {"seq": row["seq"], "sha256": row["sha256"]} for row in rows}
    yield heads_line(len(rows), heads, exported_at)
    yield from (_canonical(row) for row in rows)


def heads_line(count: int, heads: Mapping[str, Mapping[str, Any]], exported_at: str) -> str:
    """What a file of so many receipts begins with, and what is given away each day: where each chain ends."""
    return _canonical({"format": FORMAT, "exported_at": exported_at, "count": count, "heads": heads})


def faults(text: Iterable[str], earlier: Iterable[str] = ()) -> list[str]:
    """What is wrong with a file, one line each; empty when every chain holds from its first receipt to its head.

    `earlier` is a file exported before, or its first line alone: its heads must be on the chains of this one.
    """
    said, rows, found = _read(text)
    if said is None:
        return found
    chains: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        chains.setdefault(row["agency"], []).append(row)
    if len(rows) != said.get("count"):
        found.append(f"the file says it holds {said.get('count')!r} receipts and holds {len(rows)}")
    for agency, chain in sorted(chains.items()):
        found += _chain(agency, chain)
    heads = {agency: {"seq": chain[-1]["seq"], "sha256": chain[-1]["sha256"]} for agency, chain in chains.items()}
    if heads != said.get("heads"):
        found.append("the heads the file names are not those of its chains")
    for agency, head in (_heads(earlier) or {}).items():
        kept = {row["seq"]: row["sha256"] for row in chains.get(agency, ())}
        if kept.get(head.get("seq")) != head.get("sha256"):
            found.append(f"{agency or 'persons'}: receipt {head.get('seq')} of the earlier file is gone or another one")
    return found


def _chain(agency: str, chain: list[dict[str, Any]]) -> Iterator[str]:
    previous, name = "", agency or "persons"
    for expected, row in enumerate(chain, start=1):
        if row["seq"] != expected:
            yield f"{name}: receipt {expected} is missing before {row['seq']}"
            return
        if row["previous"] != previous:
            yield f"{name}: receipt {expected} does not follow the one before it"
        if row["sha256"] != hashlib.sha256(_canonical({key: row[key] for key in _SAID}).encode()).hexdigest():
            yield f"{name}: receipt {expected} was altered"
        previous = row["sha256"]


def _read(text: Iterable[str]) -> tuple[dict[str, Any] | None, list[dict[str, Any]], list[str]]:
    said, rows = None, []
    for number, line in enumerate(text, start=1):
        try:
            row = json.loads(line)
            _canonical(row).encode()  # raises where a text could not be hashed or shown
            if number == 1:
                if row["format"] != FORMAT:
                    raise ValueError
                said = row
            elif set(row) != {*_SAID, "sha256"} or type(row["seq"]) is not int or not _words(row):
                raise ValueError
            else:
                rows.append(row)
        except (ValueError, KeyError, TypeError, RecursionError):
            return None, [], [f"line {number} is not of the form “{FORMAT}”"]
    return said, rows, [] if said is not None else ["the file is empty"]


def _words(row: dict[str, Any]) -> bool:
    """Everything but the place in the chain is text."""
    return all(isinstance(row[name], str) for name in (*_SAID, "sha256") if name != "seq")


def _heads(earlier: Iterable[str]) -> dict[str, Any]:
    """Where the chains of the earlier file ended. Raises ValueError when it does not say so."""
    first = next(iter(earlier), None)
    try:
        said = json.loads(first) if first is not None else {"heads": {}}
        _canonical(said).encode()
    except RecursionError as deep:
        raise ValueError(f"the earlier file is not of the form “{FORMAT}”") from deep
    heads = said.get("heads") if isinstance(said, dict) else None
    if not isinstance(heads, dict) or not all(isinstance(head, dict) for head in heads.values()):
        raise ValueError(f"the earlier file is not of the form “{FORMAT}”")
    return heads


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def main(arguments: list[str]) -> int:
    """Say the verdict on a file; 0 when it holds, 1 when not, 2 when it cannot be read."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: FILE [EARLIER_FILE]\n")
        return 2
    try:
        # a line ends with a line feed: other marks that Python takes for one may stand in a name
        read = [Path(name).read_bytes().decode("utf-8").removesuffix("\n").split("\n") for name in arguments]
        found = faults(*read)
    except (OSError, UnicodeDecodeError, ValueError) as trouble:
        sys.stderr.write(f"cannot be read: {trouble}\n")
        return 2
    for fault in found:
        sys.stdout.write(f"BROKEN  {fault}\n")
    if not found:
        sys.stdout.write(f"HOLDS   {max(0, len(read[0]) - 1)} receipts, every chain from its first to its head\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
