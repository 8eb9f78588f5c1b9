"""Calls that are made once: the same `Idempotency-Key` with the same body gives the answer of the first time.

Only answers of calls that did something are kept; a refused call has changed nothing and may be repeated as it is.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from prm.api.models import IdempotentCall
from prm.api.parsers import StreamedBody
from prm.errors import Conflict, InvalidInput

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 200


class KeyReused(Conflict):
    """The key was sent before with another body."""

    code = "idempotency_key_reused"


def once(request: Request, call: Callable[[], Response]) -> Response:
    """The answer of `call`, or that of the first time when the request's key has been seen with the same body.

    Two such calls at the same moment: the later one collides with the earlier and is told to repeat.

    Raises:
        InvalidInput: the key is too long or not plain text.
        KeyReused: it was sent with another body, to another address or with other parameters.
    """
    key = request.headers.get(HEADER, "")
    if not key:
        return call()
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput(
            _("An idempotency key has up to %(count)d plain characters.") % {"count": LONGEST_KEY}, field=HEADER
        )
    now = timezone.now()
    IdempotentCall.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    digest = _digest(request)
    known = IdempotentCall.objects.filter(key=key).first()
    if known is not None:
        if known.digest != digest:
            raise KeyReused(_("This idempotency key was sent before with another call. Take a new one."), field=HEADER)
        answer = Response(known.answer, status=known.status)
        answer["Idempotent-Replayed"] = "true"
        return answer
    answer = call()
    if answer.status_code < 300:
        IdempotentCall.objects.create(key=key, digest=digest, status=answer.status_code, answer=answer.data)
    return answer


def _digest(request: Request) -> str:
    """What makes two calls the same: address, parameters and body."""
    body: Any = request.data
    if isinstance(body, StreamedBody):
        said = body.sha256
    else:
        said = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    place = f"{request.method} {request.get_full_path()}\n{said}"
    return hashlib.sha256(place.encode()).hexdigest()
