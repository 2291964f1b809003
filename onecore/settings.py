"""All settings. What differs between machines comes from environment variables through typed readers."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from integrations.environments import REAL, origin
from onecore import environment, logs

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(environment.text("ONECORE_STATE", str(ROOT / "var")))
STATE.mkdir(parents=True, exist_ok=True)

# --- what kind of machine this is
DEBUG = environment.flag("ONECORE_DEBUG")
ONECORE_ADDRESS = environment.address("ONECORE_ADDRESS", "http://127.0.0.1:8000")
SECRET_KEY = environment.required(
    "ONECORE_SECRET_KEY",
    "Set it to a long random text, or ONECORE_DEBUG=1 on a development machine.",
    development="development-only-key-never-used-outside-debug-mode" if DEBUG else None,
)
# Keys that encrypt tokens and secrets at rest, the current one first; older ones stay until
# `manage.py rotate_secrets` has run.
DEVELOPMENT_KEY = "b25lY29yZS1kZXZlbG9wbWVudC1rZXktMzItYnl0ZXM="
ONECORE_SECRET_KEYS = environment.words("ONECORE_SECRET_KEYS", (DEVELOPMENT_KEY,) if DEBUG else ())

# --- applications
INSTALLED_APPS = [
    "onecore",
    "runs",
    "mappings",
    "integrations",
    "onecore.portal.PortalConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "integrations.procore.login",
    "csp",
    "django_q",
    "import_export",
    "simple_history",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "onecore.middleware.SecondFactorMiddleware",
    "onecore.middleware.TimeZoneMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "onecore.urls"
WSGI_APPLICATION = "onecore.wsgi.application"
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
            ],
        },
    },
]

# --- database, cache, queue
DATABASES = {"default": environment.database("DATABASE_URL", embedded=STATE / "onecore.sqlite3")}
ON_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sign-in limits and worker states are shared by all processes, so the cache is a table: `createcachetable`.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "onecore_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
Q_CLUSTER: dict[str, Any] = {
    "name": "onecore",
    "label": "Queue",
    "orm": "default",
    "workers": environment.whole("ONECORE_WORKERS", 1 if ON_SQLITE else 4),
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.5,
    "timeout": 540,
    # Counted from the moment a task is taken into memory: see checks.queue_settings for the rule.
    "retry": 1800,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 0,
    "catch_up": False,
    "recycle": 50,
    "max_rss": 300_000,
    "time_zone": "UTC",
}

# --- language and time
LANGUAGE_CODE = "en-au"
TIME_ZONE = "UTC"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# --- static files
STATIC_URL = "static/"
STATIC_ROOT = STATE / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = STATE / "media"

# --- hosts, transport, cookies
HOST = urlsplit(ONECORE_ADDRESS).hostname or ""
ALLOWED_HOSTS = environment.words("ONECORE_HOSTS", (HOST, "127.0.0.1", "localhost"))
CSRF_TRUSTED_ORIGINS = [ONECORE_ADDRESS]
TRUSTED_PROXIES = environment.whole("ONECORE_PROXIES", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_NAME = "onecore_session" if DEBUG else "__Host-onecore_session"
CSRF_COOKIE_NAME = "onecore_csrf" if DEBUG else "__Host-onecore_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Sub-domains and preload lists belong to the owner of the domain, not to one portal on it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # larger files go to a disk
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# --- Procore and Xero: their hosts are a closed list in integrations.environments.
# The bundled sandbox on this machine, or any other simulator; offered only when switched on.
ONECORE_LOCAL_SANDBOX = environment.flag("ONECORE_LOCAL_SANDBOX")
BUNDLED = "http://127.0.0.1:8899"
ONECORE_SANDBOX_PROCORE_API = environment.address("ONECORE_SANDBOX_PROCORE_API", f"{BUNDLED}/procore-api")
ONECORE_SANDBOX_PROCORE_LOGIN = environment.address(
    "ONECORE_SANDBOX_PROCORE_LOGIN", f"{BUNDLED}/procore-login"
)
ONECORE_SANDBOX_XERO_API = environment.address("ONECORE_SANDBOX_XERO_API", f"{BUNDLED}/xero-api")
ONECORE_SANDBOX_XERO_IDENTITY = environment.address(
    "ONECORE_SANDBOX_XERO_IDENTITY", f"{BUNDLED}/xero-identity"
)
ONECORE_SANDBOX_XERO_LOGIN = environment.address("ONECORE_SANDBOX_XERO_LOGIN", f"{BUNDLED}/xero-login")
ONECORE_SANDBOX_TOKEN = environment.text("ONECORE_SANDBOX_TOKEN", "sandbox")

# --- runs, in seconds; docs/runs.md says what each is for
ONECORE_LEASE_SECONDS = environment.whole("ONECORE_LEASE_SECONDS", 60)
ONECORE_BEAT_SECONDS = environment.whole("ONECORE_BEAT_SECONDS", 5)
ONECORE_WATCH_SECONDS = environment.whole("ONECORE_WATCH_SECONDS", 10)
ONECORE_REMIND_SECONDS = environment.whole("ONECORE_REMIND_SECONDS", 45)
ONECORE_READ_TIMEOUT = environment.whole("ONECORE_READ_TIMEOUT", 50)
ONECORE_SETTLE_MARGIN = environment.whole("ONECORE_SETTLE_MARGIN", 60)
ONECORE_SETTLE_AGAIN = environment.whole("ONECORE_SETTLE_AGAIN", 30)
# Files that go with documents: how many a document holds, bytes of one, whose signed storage counts.
ONECORE_ATTACHMENT_FILES = environment.whole("ONECORE_ATTACHMENT_FILES", 10)
ONECORE_ATTACHMENT_BYTES = environment.whole("ONECORE_ATTACHMENT_BYTES", 25_000_000)
ONECORE_ATTACHMENT_HOSTS = environment.words(
    "ONECORE_ATTACHMENT_HOSTS", ("procore.com", "procoregov.com", "amazonaws.com")
)

# --- content security policy: nothing inline. A form may end in a redirect to a sign-in or consent page.
CONSENT_PAGES = sorted({installation.consent_page for installation in REAL})
if ONECORE_LOCAL_SANDBOX:
    CONSENT_PAGES += sorted({origin(ONECORE_SANDBOX_PROCORE_LOGIN), origin(ONECORE_SANDBOX_XERO_LOGIN)})
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'", *CONSENT_PAGES],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# --- signing in: invited people only
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/admin/"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_ADAPTER = "onecore.accounts.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "onecore.accounts.SocialAccountAdapter"
MFA_ADAPTER = "onecore.accounts.SecondFactorAdapter"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS = {"invitation": "20/m/ip"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# Support staff see every client, so they need a second factor; a trial may switch it off, the portal says so.
ONECORE_SECOND_FACTOR = environment.flag("ONECORE_SECOND_FACTOR", True)
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
# "Sign in with Procore": its hosts are those of the environment, as for connections.
ONECORE_SIGN_IN_ENVIRONMENT = environment.text(
    "ONECORE_SIGN_IN_ENVIRONMENT", "sandbox" if ONECORE_LOCAL_SANDBOX else "production"
)
SIGN_IN_CLIENT = environment.text(
    "ONECORE_SIGN_IN_CLIENT", "sandbox-procore" if ONECORE_LOCAL_SANDBOX else ""
)
SIGN_IN_SECRET = environment.text(
    "ONECORE_SIGN_IN_SECRET", "sandbox-procore-secret" if ONECORE_LOCAL_SANDBOX else ""
)
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, object]] = {
    "procore": {
        "APPS": [{"client_id": SIGN_IN_CLIENT, "secret": SIGN_IN_SECRET}] if SIGN_IN_CLIENT else [],
        "OAUTH_PKCE_ENABLED": True,
    }
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "OneCore"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG

# --- CSV
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "change"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = True
IMPORT_EXPORT_TMP_STORAGE_CLASS = "onecore.uploads.UploadStorage"

# --- mail: printed unless a server is named
EMAIL_HOST = environment.text("ONECORE_EMAIL_HOST")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = environment.whole("ONECORE_EMAIL_PORT", 587)
EMAIL_HOST_USER = environment.text("ONECORE_EMAIL_USER")
EMAIL_HOST_PASSWORD = environment.text("ONECORE_EMAIL_PASSWORD")
EMAIL_USE_TLS = environment.flag("ONECORE_EMAIL_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.text("ONECORE_EMAIL_FROM", f"OneCore <onecore@{HOST}>")

# --- log lines: JSON, one per event, secrets hidden last
LOGGING = logs.configuration(level=environment.text("ONECORE_LOG_LEVEL", "INFO").upper())
logs.configure()
