"""What every template may ask about the current person."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def access(request: HttpRequest) -> dict[str, Any]:
    """`can`, the tenant and the product's name."""
    return {
        "can": getattr(request, "can", None),
        "tenant": getattr(request, "tenant", None),
        "membership": getattr(request, "membership", None),
        "partner_access": getattr(request, "partner_access", None),
        "product_name": settings.PRODUCT_NAME,
    }
