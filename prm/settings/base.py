"""Settings common to development, tests and production. Values come from the environment, typed."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.utils.translation import gettext_lazy as _

from prm.settings.api import *

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

PRODUCT_NAME = env.str("PRODUCT_NAME", default="Tandem")
PRODUCT_VERSION = "0.1.0"

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "prm.urls"
WSGI_APPLICATION = "prm.wsgi.application"

INSTALLED_APPS = [
    "prm.operators.apps.OperatorsConfig",
    "prm.operators.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "django_structlog",
    "prm.tenancy",
    "prm.access",
    "prm.accounts",
    "prm.audit",
    "prm.files",
    "prm.jobs",
    "prm.notifications",
    "prm.imports",
    "prm.api",
    "prm.ui",
    "partners",
    "performance",
    "performance.plans",
    "performance.reviews",
    "performance.recognition",
    "performance.reports",
    "incentives",
    "training",
    "portal",
]

MIDDLEWARE = [
    "prm.health.HealthMiddleware",
    "prm.requests.RequestMiddleware",
    "prm.ui.csp.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "prm.accounts.middleware.DeviceMiddleware",
    "prm.accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "prm.accounts.middleware.OperatorSecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "prm.tenancy.middleware.TenantMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "prm.access.context.access",
                "prm.notifications.context.inbox",
            ],
            # Order matters: partials outside, then the cache, then the component compiler (docs/ui-kit.md).
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "prm.ui.templatetags.ui",
            ],
        },
    }
]

# --- Database: two roles. The owner migrates, the application role owns nothing (docs/tenancy.md). ---
DB_APP_ROLE = env.str("DB_APP_ROLE", default="prm_app")
DB_OWNER_ROLE = env.str("DB_OWNER_ROLE", default="prm_owner")
DB_AS_OWNER = env.str("PRM_DB_ROLE", default="app") == "owner"


def database(url: str) -> dict:
    """Django's database dictionary for a URL, on the tenancy backend, one transaction per request."""
    config = environ.Env.db_url_config(url)
    return {
        **config,
        "ENGINE": "prm.tenancy.backend",
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": env.int("DB_CONN_MAX_AGE", default=300),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("DB_TRANSACTION_POOLING", default=False),
    }


DATABASE_URL = env.str("DATABASE_URL", default="postgres:///prm")
DATABASES = {
    "default": database(env.str("DATABASE_OWNER_URL", default=DATABASE_URL) if DB_AS_OWNER else DATABASE_URL),
}
FILTERS_EMPTY_CHOICE_LABEL = _("Any")
COTTON_ISOLATE_BY_DEFAULT = True  # a component sees what it is given, not its page's variables
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and tasks ---
REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, dict] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "prm",
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(BASE_DIR / ".data" / "cache"),
    }
}
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="memory://")
CELERY_BROKER_TRANSPORT_OPTIONS = env.json("CELERY_BROKER_TRANSPORT_OPTIONS", default={})
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 55 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "nightly recomputes": {
        "task": "performance.fan_out_nightly_recomputes",
        "schedule": timedelta(minutes=30),
    },
    "late sources": {
        "task": "performance.fan_out_looks_for_late_sources",
        "schedule": timedelta(minutes=30),
    },
    "plan evaluations": {"task": "plans.fan_out_evaluations", "schedule": timedelta(minutes=30)},
    "morning mails": {"task": "notifications.fan_out_morning_mails", "schedule": timedelta(minutes=30)},
    "waiting changes": {"task": "performance.sweep_waiting_changes", "schedule": timedelta(minutes=5)},
    "waiting consequences": {"task": "performance.sweep_waiting_consequences", "schedule": timedelta(minutes=5)},
    "closing work": {"task": "performance.sweep_closing_work", "schedule": timedelta(minutes=5)},
    "untold awards": {"task": "recognition.sweep_untold_awards", "schedule": timedelta(minutes=5)},
    "due reports": {"task": "reports.fan_out_due_reports", "schedule": timedelta(minutes=5)},
    "expired report files": {"task": "reports.fan_out_expired_files", "schedule": timedelta(hours=6)},
    "reviews": {"task": "reviews.fan_out_looks_after_reviews", "schedule": timedelta(minutes=30)},
    "stalled jobs": {"task": "jobs.sweep_stalled_jobs", "schedule": timedelta(minutes=5)},
    "unsent letters": {"task": "notifications.sweep_unsent_letters", "schedule": timedelta(minutes=5)},
}
CELERY_BEAT_SCHEDULE_FILENAME = env.str("CELERY_BEAT_SCHEDULE", default=str(BASE_DIR / ".data" / "beat-schedule"))

# --- Accounts ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:workspaces"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "prm.accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a mail for every change of password, address or second factor
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers' addresses get no mail; the page says the same either way
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
USERSESSIONS_TRACK_ACTIVITY = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
OPERATORS_NEED_SECOND_FACTOR = env.bool("OPERATORS_NEED_SECOND_FACTOR", default=False)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{env.int('PORT', default=8000)}")
ACCOUNT_FORMS = {
    "login": "prm.accounts.sign_in_forms.LoginForm",
    "reset_password": "prm.accounts.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "prm.accounts.sign_in_forms.ResetPasswordKeyForm",
    "change_password": "prm.accounts.sign_in_forms.ChangePasswordForm",
    "set_password": "prm.accounts.sign_in_forms.SetPasswordForm",
    "add_email": "prm.accounts.sign_in_forms.AddEmailForm",
    "reauthenticate": "prm.accounts.sign_in_forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "prm.accounts.sign_in_forms.AuthenticateForm",
    "reauthenticate": "prm.accounts.sign_in_forms.SecondFactorReauthenticateForm",
    "activate_totp": "prm.accounts.sign_in_forms.ActivateTOTPForm",
    "add_webauthn": "prm.accounts.sign_in_forms.AddWebAuthnForm",
    "edit_webauthn": "prm.accounts.sign_in_forms.EditWebAuthnForm",
}
MFA_ADAPTER = "prm.accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = PRODUCT_NAME

# --- Language, time ---
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]  # others when their catalogue is complete
WRITTEN_LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # of texts the product writes itself, such as summaries
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Files ---
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static_build"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / ".data" / "media")))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(MEDIA_ROOT)},
    },
    "staticfiles": {"BACKEND": "prm.ui.storage.StaticStorage"},
}
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=512 * 1024 * 1024)
IMPORT_MAX_FILE_BYTES = env.int("IMPORT_MAX_FILE_BYTES", default=2 * 1024**3)  # as it lies on disk
IMPORT_MAX_UNPACKED_BYTES = env.int("IMPORT_MAX_UNPACKED_BYTES", default=8 * 1024**3)

# --- Mail ---
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Tandem <noreply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10

# --- Browser security ---
CSRF_FAILURE_VIEW = "prm.ui.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "prm_session"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Logs: prm.logs configures structlog and the standard library together ---
LOGGING_CONFIG = "prm.logs.configure"
LOGGING = {
    "format": env.str("LOG_FORMAT", default="json"),
    "level": env.str("LOG_LEVEL", default="INFO"),
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
