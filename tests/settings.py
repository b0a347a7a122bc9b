"""The product's settings on servers of the test run's own; only what would make tests slow or need TLS is different.

The servers' folder is chosen here because their addresses follow from it and pytest-django reads settings first of all.
CASEDESK_TEST_VAR names a folder to keep between runs; else each run has a temporary one, which xdist's workers inherit.
"""

import os
import tempfile

if "CASEDESK_TEST_VAR" not in os.environ:
    os.environ["CASEDESK_TEST_VAR"] = tempfile.mkdtemp(prefix="casedesk-test-")
    os.environ["CASEDESK_TEST_VAR_IS_TEMPORARY"] = "1"
os.environ["CASEDESK_VAR"] = os.path.realpath(os.environ["CASEDESK_TEST_VAR"])
for name in (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DEBUG",
    "CASEDESK_DEMO",
    "CASEDESK_PROXIES",
):
    os.environ.pop(name, None)
os.environ["CASEDESK_HTTPS"] = "0"
# Playwright keeps its event loop in the thread that runs the tests; without this word Django refuses every query of the
# tests that come after a browser test in the same worker. The product itself is synchronous throughout.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from config import environment  # noqa: E402
from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, REDIS_URL, STORAGES, VAR  # noqa: E402

# Each xdist worker has a Redis base of its own: nudges published by one test run are nobody else's.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw15").removeprefix("gw")) % 16
REDIS_URL = REDIS_URL.replace("db=0", f"db={_worker}")
CELERY_BROKER_URL = environment.broker("REDIS_URL", REDIS_URL)

# No test reaches a database but by a fixture, which puts the name of a copy here.
DATABASES["default"]["NAME"] = "no_database_fixture_asked_for"
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
