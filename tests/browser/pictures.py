"""The README's pictures, from the demo county in a real browser; no part of `make test` (see tests/screenshots.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.urls import reverse

from casedesk.demo.county import build
from casedesk.demo.people import PASSWORD
from tests.browser.conftest import entered

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"

#: picture, account, name of the page (or the first case of the queue)
PICTURES = (
    ("queue", "inspector", "work"),
    ("case", "inspector", "first case"),
    ("intake", "operator", "intake"),
    ("approvals", "squad_leader", "approvals"),
    ("police", "police_officer", "police"),
    ("lead", "leader", "lead"),
)


def test_pictures(database: str, live_address: str, settings: Any, browser: Any) -> None:
    settings.DEMO = True
    build()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, account, where in PICTURES:
        page = entered(browser, live_address, account, PASSWORD)
        if where == "first case":
            page.goto(live_address + page.locator("a.case-link").first.get_attribute("href"))
        else:
            page.goto(live_address + reverse(where))
        page.screenshot(path=str(FOLDER / f"{name}.png"))
        page.context.close()
