"""Whether this process lives (/healthz) and whether it can work (/readyz), for whoever restarts or calls it."""

from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from workflows import clock
from workflows.calendar_editing import missing_year


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer at once and touch nothing: a slow database must not get a healthy process killed."""
    return JsonResponse({"alive": True})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has every migration of this code, else 503 with the reason.

    `alarms` says what somebody should look after while the process works on; an alarm never makes it unready.
    """
    try:
        missing = migrations_of_this_code() - set(MigrationRecorder(connection).applied_migrations())
        year = missing_year(clock.now()) if not missing else None
    except Error:
        return JsonResponse({"ready": False, "reason": "the database does not answer"}, status=503)
    if missing:
        return JsonResponse({"ready": False, "reason": f"{len(missing)} migrations are not applied"}, status=503)
    alarms = [] if year is None else [f"no notice of holidays for {year}: dates that rest on it are provisional"]
    return JsonResponse({"ready": True, "alarms": alarms})


@cache
def migrations_of_this_code() -> frozenset[tuple[str, str]]:
    """App and name of every migration on disk; they do not change while a process runs."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
