"""A real browser on this process's own web server: Chromium by Playwright, one business moment for all threads.

Without Chromium these tests are skipped and say so; REQUIRE_BROWSER=1 makes its absence a failure.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from workflows import clock

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, and skip it where there is nothing to drive."""
    missing = not Path(CHROMIUM).exists() and os.environ.get("REQUIRE_BROWSER") != "1"
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(
                    pytest.mark.skip(reason=f"no browser at {CHROMIUM}; REQUIRE_BROWSER=1 makes this a failure")
                )


def entered(browser: Any, address: str, account: str, password: str, **more: Any) -> Any:
    """A page of somebody signed in, in a context of its own; `more` are that context's options."""
    desk = {"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
    page = browser.new_context(**{**desk, **more}).new_page()
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=username]", account)
    page.fill("input[name=password]", password)
    page.click("#sign-in button.primary")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium with the flags under which it asks no other host for anything."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk in the county: Chinese, Shanghai time."""
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


class Moment:
    """Business time for the whole process, the web server's threads among it; `pass_days` moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    """Business time stands still until the test moves it. A context variable would not reach the server's threads."""
    standing = Moment(datetime(2026, 9, 28, 9, 0, tzinfo=clock.SHANGHAI))
    inner = clock.now
    monkeypatch.setattr(clock, "now", lambda: frozen if (frozen := clock._frozen.get()) else standing.now)
    assert inner is not clock.now
    return standing


@pytest.fixture
def watched() -> Iterator[Callable[[Any, str], Any]]:
    """Watch a page: no console error, no failed script, no request to another host."""
    found: list[str] = []

    def watch(page: Any, address: str) -> Any:
        page.on("console", lambda said: found.append(f"console: {said.text}") if _is_error(said) else None)
        page.on("pageerror", lambda failure: found.append(f"script: {failure}"))
        page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else found.append(asked.url))
        return page

    yield watch
    assert found == []


def _is_error(said: Any) -> bool:
    """A refused form is an answer, though Chromium reports its status as an error."""
    return said.type == "error" and "status of 4" not in said.text
