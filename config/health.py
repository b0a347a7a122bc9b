"""Whether this process lives (/healthz) and whether it can work (/readyz), for whoever restarts or calls it."""

from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer at once and touch nothing: a slow database must not get a healthy process killed."""
    return JsonResponse({"alive": True})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has every migration of this code, else 503 with the reason."""
    try:
        missing = migrations_of_this_code() - set(MigrationRecorder(connection).applied_migrations())
    except Error:
        return JsonResponse({"ready": False, "reason": "the database does not answer"}, status=503)
    if missing:
        return JsonResponse({"ready": False, "reason": f"{len(missing)} migrations are not applied"}, status=503)
    return JsonResponse({"ready": True})


@cache
def migrations_of_this_code() -> frozenset[tuple[str, str]]:
    """App and name of every migration on disk; they do not change while a process runs."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
