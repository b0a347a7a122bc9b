"""The settings of casedesk, all of them; what differs between places comes from the environment and is named here.

DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL  the servers; unset, the embedded ones under CASEDESK_VAR (default var/)
SECRET_KEY          unset only with the embedded database; one is kept in var/secret_key then
CASEDESK_HOSTS      names this site answers to, divided by commas
CASEDESK_ADDRESS    what a complainant types to reach this site, for short messages; default https:// and the first host
CASEDESK_HTTPS      0 when no TLS stands in front (a demo, a developer's machine); default 1 outside those
CASEDESK_PROXIES    how many proxies of ours stand in front and append to X-Forwarded-For
CASEDESK_DRAFT_DAYS  days a half-filled form is kept that nobody touches (it holds personal data); default 7
CASEDESK_ORPHAN_DAYS  days a stored file is kept that no row names (an upload that became nothing); default 7, least 2
CASEDESK_DEMO       1: demo banner, movable business time
DEBUG               1: Django's debug pages
"""

import sys
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from config import embedded, environment

REPOSITORY = Path(__file__).resolve().parent.parent
VAR = embedded.var_folder()


def connects_as_owner(arguments: list[str]) -> bool:
    """Whether this is `manage.py migrate` or `makemigrations`: they alone are the owner, nothing can ask for it."""
    program = Path(arguments[0]).name if arguments else ""
    return program in ("manage.py", "django-admin", "__main__.py") and arguments[1:2] in (
        ["migrate"],
        ["makemigrations"],
    )


DEBUG = environment.flag("DEBUG", False)
DEMO = environment.flag("CASEDESK_DEMO", False)
HTTPS = environment.flag("CASEDESK_HTTPS", not (DEBUG or DEMO))
DRAFT_DAYS = environment.whole("CASEDESK_DRAFT_DAYS", 7)
ORPHAN_DAYS = max(2, environment.whole("CASEDESK_ORPHAN_DAYS", 7))
PROXIES = environment.whole("CASEDESK_PROXIES", 0)
SECRET_KEY = environment.secret("SECRET_KEY", None if environment.text("DATABASE_URL", "") else VAR / "secret_key")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *environment.names("CASEDESK_HOSTS")]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in environment.names("CASEDESK_HOSTS")] if HTTPS else []
# Where a complainant finds this site, for words that no request leads to.
_public = environment.names("CASEDESK_HOSTS") if HTTPS else []
SITE = environment.text("CASEDESK_ADDRESS", f"https://{_public[0]}" if _public else "").rstrip("/")

# Servers. One default database; the role is the application's, except for the two commands that migrate.

_servers = embedded.urls(VAR)
if connects_as_owner(sys.argv):
    # A migration may run long, but must not queue the whole county behind a lock it waits for.
    _role = environment.database(
        "DATABASE_OWNER_URL",
        environment.text("DATABASE_OWNER_URL", None if environment.text("DATABASE_URL", "") else _servers.owner),
    )
    _limits = "-c lock_timeout=10s"
else:
    _role = environment.database("DATABASE_URL", environment.text("DATABASE_URL", _servers.application))
    _limits = "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s"
DATABASES = {
    "default": _role
    | {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,  # `perform` opens the one transaction; nothing may stand around it
        # 0: a statement that asks for prepare=True is prepared at once; Django's default would ignore the wish.
        "OPTIONS": {"prepare_threshold": 0, "options": _limits, "application_name": "casedesk"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = environment.text("REDIS_URL", _servers.redis)
CELERY_BROKER_URL = environment.broker("REDIS_URL", REDIS_URL)

# What the product is made of

INSTALLED_APPS = [
    "config",
    "casedesk",
    "workflows",
    "notifications",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_fsm",
    "django_filters",
    "django_htmx",
    "lucide",
    "csp",
    "axes",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.encoding.OnlyUtf8",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads each answer by chance (BREACH); tokens are masked afresh each time
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.signin.SessionEnds",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "casedesk.english.page.InEnglish",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as django-axes asks
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.demo.banner",
            ],
        },
    }
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# Language and time: legal days are days in Asia/Shanghai

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [REPOSITORY / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Who comes in

AUTH_USER_MODEL = "casedesk.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "casedesk.actor.Accounts"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign-in"

# Five wrong passwords lock this account *from this address*. By account alone, anybody could lock an officer out;
# by address alone, one clumsy colleague would lock the whole office behind the bureau's gateway.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else somebody who keeps trying never gets in again
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ALLOWED_CORS_ORIGINS = ""
AXES_CLIENT_IP_CALLABLE = "config.signin.client_address"
AXES_LOCKOUT_CALLABLE = "casedesk.web.sign_in.locked_out"

SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_AGE = 30 * 60  # idle; config.signin prolongs it while the officer works
SESSION_ENDS_AFTER = timedelta(hours=12)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # forms and hx-headers carry the token; no script reads the cookie
CSRF_COOKIE_SAMESITE = "Lax"

# The web edge

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # no browser's preload list: that is for sites of the open internet
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000  # a roster of 300 workers typed into a page

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "casedesk.joined.JoinedFinder",  # one style sheet and one script a page
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR / "files"

# The API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",  # first, so that a missing sign-in answers 401 and not 403
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["casedesk.api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "casedesk.api.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "casedesk",
    "DESCRIPTION": "欠薪投诉办理平台的接口：投诉、案件、四个程序的办理动作、时限与审批。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
}

# Logs: what happened and where, never about whom (config.logs takes numbers of people and the details of errors out)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "discreet": {"()": "config.logs.Discreet", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "discreet"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "axes": {"level": "WARNING"},
        # a line for every tick of every three seconds tells nobody anything
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}

# The mailroom asks for business time by name: it may not import the rulebook.
NOTIFICATIONS_CLOCK = "workflows.clock.now"
# A short message's receipt code is derived while it is sent, and stands in no row; by the one who has the key to it.
NOTIFICATIONS_BLANKS = "workflows.casefile.receipt.fill_blank"
# A demo or a developer's machine may have peers on itself without TLS.
NOTIFICATIONS_LOOPBACK = DEBUG or DEMO
# Where a gateway `drop:` puts its letters; such a gateway is written by the demo alone.
NOTIFICATIONS_DROP = VAR / "dropped"
