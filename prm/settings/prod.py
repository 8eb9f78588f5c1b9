"""Production. Every unsafe default is refused at start, with a sentence that says what to set."""

from django.core.exceptions import ImproperlyConfigured

from prm.settings.base import *
from prm.settings.base import env


def required(name: str, hint: str) -> str:
    """The variable's value, or a refusal to start that says what to do."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Set {name}: {hint}")
    return value


SECRET_KEY = required("SECRET_KEY", "a random text of 50 characters or more, kept secret.")
if len(SECRET_KEY) < 50 or "development" in SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is too short or an example; use a random text of 50 characters or more.")
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS", "the host names, separated by commas.").split(",")]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; * would accept any.")
required("DATABASE_URL", "the database as the application role that owns nothing.")
required("CELERY_BROKER_URL", "the Redis that carries the tasks.")
required("REDIS_URL", "the Redis that caches.")
required("EMAIL_URL", "the mail server, for example smtp+tls://user:password@host:587.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"https://{host}" for host in ALLOWED_HOSTS])

HTTPS = env.bool("HTTPS", default=True)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0].lstrip('.')}")
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
OPERATORS_NEED_SECOND_FACTOR = env.bool("OPERATORS_NEED_SECOND_FACTOR", default=True)
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if env.bool("BEHIND_PROXY", default=True) else 0)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=True) else None
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
