"""Which form an answer has, where it is not for the caller to choose."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class WhateverIsAccepted(BaseContentNegotiation):
    """For addresses that answer with a file: `Accept` names the file's type, and a refusal is JSON all the same."""

    def select_renderer(
        self, _request: Request, renderers: Any, _format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The view's own renderer."""
        return renderers[0], renderers[0].media_type
