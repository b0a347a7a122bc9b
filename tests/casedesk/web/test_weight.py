"""How heavy a page is when nothing is cached: requests and bytes, counted from the page itself.

The HTML counts as it leaves the application, gzipped; style sheet and script as collectstatic leaves them, in brotli.
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from casedesk.joined import JOINED
from tests.casedesk.web.county import WORK, County

STAFF_REQUESTS, STAFF_BYTES = 6, 60 * 1024
PUBLIC_REQUESTS, PUBLIC_BYTES = 2, 15 * 1024
STYLE_SHEET_BYTES = 12 * 1024
ASKED = re.compile(r'<(?:link|script|img)\b[^>]*?\s(?:href|src)="(?!data:)([^"]+)"')


@cache
def squeezed(path: str) -> int:
    """How many bytes of a file go over the line."""
    found = finders.find(path)
    assert found, f"{path} is asked for and nowhere to be found"
    return len(brotli.compress(Path(str(found)).read_bytes()))


def weight(client: Client, address: str) -> tuple[int, int]:
    """Requests and bytes of one page, cold."""
    response = client.get(address, headers={"accept-encoding": "gzip"})
    assert response.status_code == 200 and response.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(response.content).decode()
    files = [address.removeprefix("/static/") for address in ASKED.findall(html)]
    return 1 + len(files), len(response.content) + sum(squeezed(file) for file in files)


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("lead", WORK),
        ("lead", "/cases/{expired}/"),
        ("operator", "/intake/"),
        ("squad_leader", "/approvals/"),
        ("squad_leader", "/cases/"),
        ("leader", "/lead/"),
        ("police", "/transfers/{transfer}/"),
    ],
)
def test_a_staff_page_is_light_when_nothing_is_cached(county: County, role: str, address: str) -> None:
    requests, size = weight(county.client(role), address.format(**county.ids))
    assert requests <= STAFF_REQUESTS and size <= STAFF_BYTES, (requests, size)


def test_the_public_page_is_lighter_still(county: County) -> None:
    requests, size = weight(Client(), "/p/")
    assert requests <= PUBLIC_REQUESTS and size <= PUBLIC_BYTES, (requests, size)


def test_the_style_sheet_keeps_to_its_cap_and_every_part_is_in_a_joined_file() -> None:
    assert squeezed("cd/desk.css") <= STYLE_SHEET_BYTES
    folder = Path(__file__).resolve().parents[3] / "casedesk" / "static" / "cd"
    parts = {part for joined in JOINED.values() for part in joined}
    assert {f"cd/{path.name}" for path in folder.iterdir() if path.suffix in (".css", ".js")} <= parts


def test_what_is_for_paper_stays_on_paper() -> None:
    words = Path(str(finders.find("cd/desk.css"))).read_text()
    assert words.count("{") == words.count("}") and "@media print {" in words
