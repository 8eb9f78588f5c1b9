"""WSGI entry for granian or gunicorn. There is no asgi.py on purpose: scopes live in one thread (docs/tenancy.md)."""

import os

from django.core.wsgi import get_wsgi_application

from prm.startup import settle
from prm.tenancy.checks import refuse_unsafe_role

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings.prod")
application = get_wsgi_application()
refuse_unsafe_role()
settle()
