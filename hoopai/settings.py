"""Settings: one file, everything that differs between installations comes from the environment."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from hoopai import env

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(env.text("HOOPAI_DATA", str(ROOT / ".hoopai"))).resolve()
TESTING = "pytest" in sys.modules

DEBUG = env.flag("DEBUG")
SECURE = env.flag("SECURE")  # TLS in front of us
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
BASE_URL = env.text("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
API_HOST = env.text("API_HOST", "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "hoopai.apps.HoopaiConfig",
    "unfold.apps.BasicAppConfig",
    "hoopai.apps.OperatorAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "hoopai.apps.StaticFiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "template_partials",
    "django_prometheus",
    "oauth2_provider",
    "csp",
    "core",
    "journal",
    "api",
    "accounts",
    "oauth",
    "billing",
    "webhooks",
    "objects",
    "domains",
    "contacts",
    "opportunities",
    "notifications",
    "integrations",
    "support",
    "privacy",
    "onboarding",
]

MIDDLEWARE = [
    "hoopai.middleware.RequestId",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "domains.door.CustomDomains",
    "django.middleware.security.SecurityMiddleware",
    "api.door.ApiDoor",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.gate.SecondStepGate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hoopai.middleware.OpenScope",
    "hoopai.middleware.ShowProblems",
    "contacts.merging.following.FollowMerged",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "hoopai.urls"
WSGI_APPLICATION = "hoopai.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hoopai.navigation.frame",
            ],
            "builtins": ["core.templatetags.ui", "core.templatetags.places"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database("DATABASE_URL")}
DATABASES["default"]["OPTIONS"].setdefault("application_name", "hoopai")
if not TESTING and env.flag("DATABASE_POOL", True):
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.number("DATABASE_POOL_SIZE", 8),
        "timeout": 10,
    }

CACHE_URL = env.text("CACHE_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

BROKER_URL = env.text("BROKER_URL")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "contacts.tasks.*": {"queue": "slow"},
    "privacy.tasks.*": {"queue": "slow"},
    "webhooks.tasks.*": {"queue": "outgoing"},
    "integrations.tasks.*": {"queue": "outgoing"},
    "domains.tasks.check": {"queue": "outgoing"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
if BROKER_URL.startswith(("redis", "valkey", "unix")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 4 * 3600,
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
    }

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.signing_in.EmailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]  # the other rules are the company's, see accounts.passwords
BREACHED_PASSWORDS = env.text("BREACHED_PASSWORDS", "")  # a file made by `manage.py breached_passwords`; ours without
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 24 * 3600
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_LIVES = {  # unused for, and in all
    "person": (timedelta(hours=12), timedelta(days=30)),
    "operator": (timedelta(hours=1), timedelta(hours=12)),
    "hipaa": (timedelta(minutes=15), timedelta(hours=12)),
    "provider": (timedelta(hours=12), timedelta(hours=24)),  # switched off at the identity provider: out within a day
}
SESSION_UNATTENDED = r"/notifications/count$"  # paths that a page asks by itself: they keep no session alive
HIPAA_PROVIDERS = env.words(
    "HIPAA_PROVIDERS", ""
)  # integrations and hosts of webhooks that signed an agreement with us
OPERATORS_TWO_STEP = env.flag("OPERATORS_TWO_STEP", True)  # operators get into the admin only with a second step
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hoopai.problems.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.fallback.FallbackStorage"

SECURE_SSL_REDIRECT = SECURE and env.flag("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^internal/certificates$"]  # asked by the front server on this machine
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)  # how many of them append to X-Forwarded-For
HTTP_PRIVATE_ADDRESSES = env.words(
    "HTTP_PRIVATE_ADDRESSES"
)  # private addresses that outgoing HTTP may reach all the same
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA / "static")))
STATICFILES_DIRS = [
    ROOT / "static",
    *(
        (f"vendor/{name}", ROOT / "node_modules" / folder)
        for name, folder in (("htmx", "htmx.org/dist"), ("sortable", "sortablejs/modular"))
        if (ROOT / "node_modules" / folder).is_dir()
    ),
]
STORAGES = {
    "default": env.files("MEDIA_URL", DATA / "media"),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "hoopai.static.HashedStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000
FILE_UPLOAD_TEMP_DIR = env.text("UPLOAD_TEMP_DIR", "") or None

globals().update(env.mail("EMAIL_URL", DATA / "outbox"))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "HoopAI <hoopai@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

# Limits that are the installation's, not a plan's.
IMPORT_MOST_BYTES = env.number("IMPORT_MOST_BYTES", 512 * 1024 * 1024)
IMPORT_MOST_ROWS = env.number("IMPORT_MOST_ROWS", 2_000_000)
MERGE_UNDO_DAYS = env.number("MERGE_UNDO_DAYS", 30)  # how long a merge can be taken back
PICTURE_MOST_BYTES = int(2.5 * 1024 * 1024)
DOCUMENT_MOST_FILES = 10  # in one upload
DOCUMENT_MOST_BYTES = 100 * 1024 * 1024  # of one file
DOCUMENT_MOST_TOTAL = 250 * 1024 * 1024  # of all files of one upload
API_SHOW_OPERATION = env.flag("API_SHOW_OPERATION")
API_RATE_LIMITS = env.flag("API_RATE_LIMITS", not TESTING)
API_AUTHENTICATION = "oauth.authentication.read"
SANDBOX = env.flag("SANDBOX", True)
SIGN_UP = env.flag("SIGN_UP", SANDBOX)  # whether strangers may open an account here
TERMS_URL = env.text("TERMS_URL", "")  # the operator's own documents, and what their present version is called
PRIVACY_URL = env.text("PRIVACY_URL", "")
DPA_URL = env.text("DPA_URL", "")
TERMS_VERSION = env.text("TERMS_VERSION", "")
PAYMENT_GATEWAY = env.text("PAYMENT_GATEWAY", "sandbox")
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.words("STRIPE_WEBHOOK_SECRET")  # several while one is being changed
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
# Where a form of ours may lead: Stripe's page for cards, and its way to the bank.
STRIPE_PAGES = env.words("STRIPE_PAGES", "https://checkout.stripe.com,https://hooks.stripe.com")
if PAYMENT_GATEWAY == "stripe":
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += STRIPE_PAGES
COMPANY_CLOCKS = env.flag("COMPANY_CLOCKS", SANDBOX and not TESTING)  # look every second whether an operator moved one
SLACK_CLIENT_ID = env.text("SLACK_CLIENT_ID", "")  # of the operator's own Slack app; without it nobody can connect
SLACK_CLIENT_SECRET = env.text("SLACK_CLIENT_SECRET", "")
SLACK_AUTHORIZE_URL = env.text("SLACK_AUTHORIZE_URL", "https://slack.com/oauth/v2/authorize")
SLACK_API_URL = env.text("SLACK_API_URL", "https://slack.com/api")
SLACK_PKCE = env.flag("SLACK_PKCE", True)
WEBHOOK_SENDERS = env.number("WEBHOOK_SENDERS", 1)  # tasks that may send webhooks at the same time
LIMITS_PATIENCE = 10.0 if TESTING else 0.5  # seconds to wait for the cache before a request goes uncounted
# Where custom domains point: a host name for CNAME records, an IPv4 address for the A records of root domains.
DOMAINS_HOST = env.text("DOMAINS_HOST", "sites.hoopai.example" if SANDBOX else "").lower()
DOMAINS_ADDRESS = env.text("DOMAINS_ADDRESS", "203.0.113.10" if DOMAINS_HOST == "sites.hoopai.example" else "")
DOMAINS_FRONT = env.text("DOMAINS_FRONT", "")  # host:port of the server that has their certificates; DOMAINS_HOST:443
DOMAINS_CERTIFICATES = env.text("DOMAINS_CERTIFICATES", "on_demand")  # or elsewhere: the operator sees to them
DOMAINS_ISSUERS = env.words("DOMAINS_ISSUERS", "letsencrypt.org")  # as in CAA records; the first is named to people
DOMAINS_CA_BUNDLE = env.text("DOMAINS_CA_BUNDLE", "")  # a file of trusted roots, instead of the system's
DOMAINS_ASK_TOKEN = env.text("DOMAINS_ASK_TOKEN", "")  # with it the front server may ask from another machine
DNS_SERVERS = env.words("DNS_SERVERS")  # address:port of those to ask, instead of the system's
SLOW_QUERY_MS = env.number("SLOW_QUERY_MS", 500)
SUBPROCESSORS = env.text("SUBPROCESSORS", "")  # the operator's own list; ours without
SUPPORT_PHONE = env.text("SUPPORT_PHONE", "")  # the number that Enterprise may call; none without
METRICS_TOKEN = env.text("METRICS_TOKEN", "")

LOCKOUT_AFTER = 5
LOCKOUT_FOR = timedelta(minutes=15)
LOCKOUT_AT_MOST = timedelta(minutes=30)

OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth.App"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "oauth.RefreshToken"
OAUTH2_PROVIDER_GRANT_MODEL = "oauth.Grant"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "oauth.IdToken"
OAUTH2_PROVIDER = {
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 86_399,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 365 * 86_400,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 600,
    "PKCE_REQUIRED": False,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],
    "SCOPES_BACKEND_CLASS": "oauth.scopes.Backend",
    "OAUTH2_VALIDATOR_CLASS": "oauth.validator.Validator",
}

SILENCED_SYSTEM_CHECKS = [
    "oauth2_provider.W008",  # native apps are called back on http://127.0.0.1, and developers on localhost
    "oauth2_provider.W010",  # the clients this API is compatible with send no PKCE; it is checked where it is sent
]

UNFOLD = {
    "SITE_TITLE": "HoopAI operations",
    "SITE_HEADER": "HoopAI operations",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}icons/favicon.svg"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {
        "primary": {
            shade: f"oklch({lightness}% {chroma} 196)"
            for shade, lightness, chroma in (
                ("50", 97, 0.015),
                ("100", 94, 0.03),
                ("200", 88, 0.05),
                ("300", 80, 0.075),
                ("400", 70, 0.095),
                ("500", 56, 0.09),
                ("600", 47, 0.08),
                ("700", 41, 0.07),
                ("800", 35, 0.06),
                ("900", 30, 0.05),
                ("950", 22, 0.04),
            )
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "hoopai.logs.Formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "stripe": {"level": "WARNING"},  # what matters of its calls is told by billing.gateways.stripe
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
