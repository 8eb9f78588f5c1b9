"""Tests: fast hashing, mail in memory, tasks run in place, database cloned from a migrated template."""

import atexit
import shutil
import tempfile
from pathlib import Path

from prm.settings.base import *
from prm.settings.base import DATABASES, STORAGES

DEBUG = False
SECRET_KEY = "tests-only"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # of 300 some are gone again within one test of many pages
    }
}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATABASES["default"]["CONN_MAX_AGE"] = 0
ACCOUNT_RATE_LIMITS = False
LOGGING = {"format": "text", "level": "WARNING"}

# Files of tests live and die with the test process.
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="prm-test-media-"))
STORAGES["default"] = {**STORAGES["default"], "OPTIONS": {"location": str(MEDIA_ROOT)}}
atexit.register(shutil.rmtree, MEDIA_ROOT, ignore_errors=True)
