"""The addresses of pages and API."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("casedesk.api.urls")),
    path("", include("casedesk.web.urls")),
]
