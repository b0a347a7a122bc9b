"""Pages are read in UTF-8 and in nothing else: read as if it were, another encoding would be another text."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class OnlyUtf8:
    """Answer 415 to a page's request that says it is encoded otherwise, before anything reads it: Django's own refusal
    reads the form again and fails over it. The API refuses in its own words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8") and not request.path.startswith("/api/"):
            return HttpResponse("请求须以 UTF-8 编码", status=415, content_type="text/plain; charset=utf-8")
        return self.get_response(request)
