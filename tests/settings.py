"""The project's settings for tests: fast passwords, plain http, the sandbox on, mail kept in memory."""

import os

os.environ.setdefault("ONECORE_SECRET_KEY", "tests")
os.environ.setdefault("ONECORE_SECRET_KEYS", "dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtbG9uZyE=")
os.environ.setdefault("ONECORE_LOCAL_SANDBOX", "1")
os.environ.setdefault("ONECORE_SANDBOX_TOKEN", "tests")
os.environ.setdefault("ONECORE_LOG_LEVEL", "WARNING")

from onecore.settings import *  # noqa: F403
from onecore.settings import DATABASES, ON_SQLITE, STATE, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "onecore_session", "onecore_csrf"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
DATABASES["default"]["CONN_MAX_AGE"] = 0
if ON_SQLITE:
    # In a file, so that the processes a test starts see the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(STATE / "tests.sqlite3")}
