"""Around sign-in: when a session ends, and from which address somebody comes.

Sessions run on the machine's time on purpose: the demo moves business time by days and should sign nobody out.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

MINUTE = 60


class SessionEnds:
    """Sign out a session past its twelve hours; prolong an active one, with at most one write a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = int(time.time())
        session = request.session
        if "signed_in" in session and now - session["signed_in"] > settings.SESSION_ENDS_AFTER.total_seconds():
            logout(request)
        elif "signed_in" in session and now - session["seen"] >= MINUTE:
            session["seen"] = now
        response = self.get_response(request)
        if request.session.get("_auth_user_id") and "signed_in" not in request.session:
            request.session["signed_in"] = request.session["seen"] = now
        return response


def client_address(request: HttpRequest) -> str | None:
    """The address to count wrong passwords by: what our outermost proxy saw; what stands left of it may be invented."""
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.PROXIES and len(seen) >= settings.PROXIES:
        return seen[-settings.PROXIES]
    return request.META.get("REMOTE_ADDR")  # none where no address led here: a command, a test
