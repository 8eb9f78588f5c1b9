"""Development: what `make up` runs. Never for production: the key is public."""

from prm.settings.base import *
from prm.settings.base import env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="development-only-key-that-production-refuses")
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    ".localhost",
    "testserver",
    *env.list("ALLOWED_HOSTS", default=[]),  # beside HOST=0.0.0.0, to open the demo from another machine
]
CSRF_TRUSTED_ORIGINS = ["http://localhost:8000", "http://127.0.0.1:8000"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
LOGGING = {**LOGGING, "format": env.str("LOG_FORMAT", default="text")}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys over http://localhost
