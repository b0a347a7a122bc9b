"""Every page as every role that may open it, in a real browser: axe, widths, targets, focus, console, hosts.

Section 11 of the screens' specification, checks 36–41. One context per role, one page in it; widths are changed on the
page that is open already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Moment
from tests.casedesk.web import county as building
from tests.casedesk.web.county import NOW, County
from tests.casedesk.web.test_pages import LANDINGS, MORE, OPEN_TO
from workflows.models import JointReception

pytestmark = pytest.mark.browser

#: who sees the same page as somebody else of this list sees it need not see it again
SAME_AS = {"bureau_head": "principal_head"}

#: boxes one can press or type in that are lower or narrower than 24 px; words inside a sentence and what only screen
#: readers see are no targets of their own (WCAG 2.5.8)
SMALL = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => { const s = getComputedStyle(e), b = e.getBoundingClientRect();
    if (!b.width || !b.height || s.visibility === 'hidden' || e.closest('.only-read, .skip')) return false;
    if (e.tagName === 'A' && s.display === 'inline' && e.closest('p, li, td, dd')) return false;
    if (/radio|checkbox/.test(e.type) && e.closest('label'))
      return e.closest('label').getBoundingClientRect().height < 24;
    const room = /radio|checkbox/.test(e.type) ? 2 * parseFloat(s.marginTop) : 0; // the space around it is its own
    return b.height + room < 23.5 || b.width + room < 23.5; })
  .map(e => e.outerHTML.slice(0, 90))"""
#: fields and links that, focused, lie wholly under the sticky bars
HIDDEN = """() => { const bad = [];
  const all = 'main a[href], main button, main input:not([type=hidden]), main select, main textarea';
  for (const e of document.querySelectorAll(all)) {
    if (!e.getClientRects().length || getComputedStyle(e).visibility === 'hidden') continue;
    e.focus();
    if (document.activeElement !== e) continue;
    e.scrollIntoView({block: 'nearest'});
    const b = e.getBoundingClientRect(), top = 48;
    const bar = [...document.querySelectorAll('.sticky-bar')].filter(x => !x.contains(e))
      .map(x => x.getBoundingClientRect()).find(x => b.top >= x.top && b.bottom <= x.bottom);
    if (bar || b.bottom <= top || b.top >= innerHeight) bad.push(e.outerHTML.slice(0, 90));
  } return bad.slice(0, 5); }"""
#: words cut off in what one presses or reads as a mark
CLIPPED = """() => { const all = 'button, summary, .button, .tag, .chip, .badge, nav a, th, select, .segments';
  return [...document.querySelectorAll(all)]
  .filter(e => { const s = getComputedStyle(e);
    if (!e.getClientRects().length || s.display === 'inline' || e.closest('.only-read, .skip')) return false;
    const held = s.overflowX !== 'visible' || e.matches('button, .button, .tag, .chip, .segments');
    return held && e.scrollWidth > e.clientWidth + 1; })
  .map(e => e.outerHTML.slice(0, 120)); }"""
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def county(database_like: Callable[..., Any], moment: Moment) -> Iterator[County]:
    """The busy county, at its moment."""
    moment.now = NOW
    with database_like("busy county in a browser", build=building.busy) as built:
        visit = JointReception.objects.get(public_id=built["visit"])
        built.ids["visit_day"] = str(visit.reception_day.public_id)
        built.ids["person"] = str(built.people.officers["lead"].public_id)
        yield built


def pages_of(role: str) -> list[str]:
    """The addresses a role may open, redirects apart."""
    return [a for a, roles in {**OPEN_TO, **MORE}.items() if role in roles and a != "/"]


@pytest.mark.parametrize("role", [r for r in LANDINGS if r not in SAME_AS])
def test_every_page_of_a_role_is_usable_by_everybody_at_every_width(
    county: County, browser: Browser, live_address: str, watched: Callable[[Any, str], Page], role: str
) -> None:
    context = browser.new_context(
        locale="zh-CN", base_url=live_address, reduced_motion="reduce", viewport={"width": 1440, "height": 900}
    )
    session = county.client(role).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_address}])
    page, axe, wrong = watched(context.new_page(), live_address), Axe(), []
    for pattern in pages_of(role):
        address = pattern.format(**county.ids)
        answer = context.request.get(address)
        assert answer.status == 200, pattern
        if not answer.headers["content-type"].startswith("text/html"):
            continue  # a file to keep is no page
        page.goto(address)
        wrong += [(pattern, "hidden focus", one) for one in page.evaluate(HIDDEN)]
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900 if width > 400 else 844})
            found = axe.run(page)
            wrong += [(pattern, width, v["id"], v["nodes"][0]["html"][:120]) for v in found.response["violations"]]
            wrong += [(pattern, width, "small target", one) for one in page.evaluate(SMALL)]
        for width, height in ((320, 700), (720, 450), (1920, 1080)):  # 720×450 is 1440×900 at 200 %
            page.set_viewport_size({"width": width, "height": height})
            if (over := page.evaluate(WIDE)) > 0:
                wrong.append((pattern, width, "scrolls sideways", over))
        page.set_viewport_size({"width": 1440, "height": 900})
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": live_address}])
        page.reload()
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900 if width > 400 else 844})
            found = axe.run(page)
            wrong += [
                (pattern, "en", width, v["id"], v["nodes"][0]["html"][:120]) for v in found.response["violations"]
            ]
            wrong += [(pattern, "en", width, "clipped", one) for one in page.evaluate(CLIPPED)]
            if (over := page.evaluate(WIDE)) > 0:
                wrong.append((pattern, "en", width, "scrolls sideways", over))
        context.clear_cookies(name=settings.LANGUAGE_COOKIE_NAME)
        page.set_viewport_size({"width": 1440, "height": 900})
    context.close()
    assert wrong == [], "\n".join(map(str, wrong))
