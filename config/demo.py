"""What pages know of the demo: that this is one."""

from django.conf import settings
from django.http import HttpRequest


def banner(request: HttpRequest) -> dict[str, bool]:
    """`DEMO` for templates: the banner that says so shows only there."""
    return {"DEMO": settings.DEMO}
