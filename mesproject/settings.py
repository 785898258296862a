"""Every setting, from the environment. Nonsense is refused at start, with the variable's name."""

import os
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from mesproject.servers.folders import data_folder

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool) -> bool:
    """Read a yes/no variable; anything but a plain yes or no is refused."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if not value else value in ("1", "true", "yes", "on")
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def env_int(name: str, default: int) -> int:
    """Read a whole number; anything else is refused."""
    value = os.environ.get(name, "").strip() or str(default)
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def env_list(name: str, default: str = "") -> list[str]:
    """Read a comma-separated list."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def env_networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Read a comma-separated list of networks."""
    try:
        return [ip_network(network) for network in env_list(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be networks as 10.1.0.0/16: {error}.") from None


def database(url: str) -> dict[str, object]:
    """Translate postgresql://user:password@host:port/name?host=/socket into Django's form."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "mesproject.patient",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # A database that does not answer must become a 503 within two seconds, not a hung worker.
            "connect_timeout": 2,
            # Over a network that swallows everything, the system would wait for a quarter of an hour.
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            # What a connection asks again and again is planned once: planning was a third of the tick.
            "server_side_binding": True,
            "prepare_threshold": 5,
            **query,
        },
    }


DEBUG = env_bool("DEBUG", False)
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-debug" if DEBUG else "").strip()
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. `manage.py up` makes one; elsewhere set it yourself.")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
DATA_DIR = data_folder()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "*" if DEBUG else "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

DATABASES = {
    "default": database(os.environ.get("DATABASE_URL", "postgresql://floorlight@localhost/floorlight"))
}
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
MQTT_URL = os.environ.get("MQTT_URL", "mqtt://localhost:1883")
# Where browsers find the live process; empty means same host, LIVE_PORT.
LIVE_URL = os.environ.get("LIVE_URL", "")
LIVE_PORT = env_int("LIVE_PORT", 8001)

INSTALLED_APPS = [
    "mesproject",
    "mesproject.accounts",
    "production",
    "scheduling",
    "downtime",
    "quality",
    "mesproject.reports",
    "mesproject.analysis",
    "mesproject.analysis.builder",
    "mesproject.outgoing",
    "mesproject.schedule",
    "mesproject.boards",
    "mesproject.setup",
    "mesproject.demo",
    "rest_framework",
    "drf_spectacular",
    "corsheaders",
    "django_htmx",
    "template_partials",
    "csp",
    "auditlog",
    "mesproject.adminsite.FloorlightAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "mesproject.polls.PollMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mesproject.edge.UnavailableMiddleware",
    "mesproject.accounts.middleware.TooOftenMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mesproject.accounts.middleware.DeviceMiddleware",
    "mesproject.edge.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
]
ROOT_URLCONF = "mesproject.urls"
WSGI_APPLICATION = "mesproject.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# A page of the admin has hundreds of inputs.
FORM_RENDERER = "mesproject.inputs.Renderer"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["mesproject.accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
# By their own names: whoever looks for his language need not read another.
LANGUAGES = [
    ("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français"), ("pl", "Polski"),
    ("pt", "Português"), ("zh-hans", "简体中文"),
]  # fmt: skip
LOCALE_PATHS = [BASE_DIR / "mesproject" / "locale"]
FORMAT_MODULE_PATH = ["mesproject.formats"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Serving from the sources spares every small plant a build step; WHITENOISE_USE_FINDERS=false for `collectstatic`.
WHITENOISE_USE_FINDERS = env_bool("WHITENOISE_USE_FINDERS", True)
STATIC_ROOT = None if WHITENOISE_USE_FINDERS else DATA_DIR / "static"

# Cookies need https only where the plant has https; a tablet on a plain LAN name must still work.
HTTPS = env_bool("HTTPS", False)
SECURE_SSL_REDIRECT = False  # the reverse proxy's job
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # which asks for that redirect
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
# How many reverse proxies of one's own stand before this server: only they are believed who is behind them.
PROXIES = env_int("PROXIES", 0)
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
    }
}
# Web apps from elsewhere may ask for reports, and nothing else; they send a key, never our cookies.
CORS_ALLOWED_ORIGINS = env_list("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/(reports/|user-token$|csv/)"
CORS_ALLOW_METHODS = ["GET", "POST", "OPTIONS"]
CORS_ALLOW_HEADERS = [*default_headers, "x-api-key"]
CORS_EXPOSE_HEADERS = ["Content-Disposition", "Retry-After"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "mesproject.uploads.NotTooMuch",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# A year's rotation of three shifts a day is a form of a thousand rows.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["mesproject.accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "mesproject.edge.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Floorlight",
    "DESCRIPTION": "What happens on a shop floor, over HTTP. Make an API key in the admin.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # The whole site is asked, because some addresses stand at its root.
    "SCHEMA_PATH_PREFIX": "/",
    "POSTPROCESSING_HOOKS": ["mesproject.openapi.add_components"],
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
# What a socket URL calls `db` kombu calls `virtual_host`.
if CELERY_BROKER_URL.startswith("redis+socket://"):
    CELERY_BROKER_URL = CELERY_BROKER_URL.replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "visibility_timeout": 3600,
}
CELERY_TIMEZONE = "UTC"

EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "floorlight@localhost")
# Without a mail server the messages land as files in the data folder, where they can be read.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
# Where people's browsers find us: links in mails begin with it.
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8000").rstrip("/")
# The private networks that webhooks may lead to, as 10.1.0.0/16; the public internet needs no leave.
WEBHOOK_NETWORKS = env_networks("WEBHOOK_NETWORKS")

AUDITLOG_MASK_CALLABLE = "mesproject.accounts.secrets.masked"
AUDITLOG_INCLUDE_TRACKING_MODELS = (
    "accounts.Company",
    {"model": "accounts.User", "exclude_fields": ["last_login"], "mask_fields": ["password"]},
    {"model": "accounts.ApiKey", "exclude_fields": ["last_used_at"], "mask_fields": ["digest"]},
    {
        "model": "accounts.Endpoint",
        "exclude_fields": ["last_success_at", "failing_since"],
        "mask_fields": ["secret", "old_secret"],
    },
    {
        "model": "accounts.Device",
        "exclude_fields": ["last_seen_at"],
        "mask_fields": ["digest", "broker_digest", "code_digest"],
    },
    "accounts.SavedFilter",
    "accounts.Dashboard",
    "production.Plant",
    "production.StationGroup",
    "production.Station",
    "production.File",
    "production.Sku",
    "production.SkuGroup",
    "production.SkuGroupMember",
    "production.Job",
    "production.JobDispatch",
    "production.JobRun",
    "production.Operator",
    "production.SignOn",
    "production.HandCount",
    "production.PinMapping",
    "production.MTConnectSource",
    "reports.KpiDefinition",
    "scheduling.ShiftPattern",
    "scheduling.PatternShift",
    "scheduling.PatternAssignment",
    "scheduling.PatternException",
    "scheduling.ScheduleEvent",
    "scheduling.EventAssignment",
    "scheduling.EventInstance",  # what people entered; workers write theirs past the log
    "scheduling.HolidayCalendar",
    {"model": "scheduling.CalendarFeed", "mask_fields": ["digest"]},
    "downtime.Cause",
    {"model": "downtime.AnswerRule", "m2m_fields": {"stations", "groups", "skus"}},
    "downtime.ErrorCode",
    "downtime.EscalationLimit",
    "outgoing.Subscription",
    "builder.AllowedAddress",
    "quality.RejectReason",
    "quality.Reject",
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"without_secrets": {"()": "mesproject.logs.WithoutSecrets"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]}
    },
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}
