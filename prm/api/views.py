"""The base of all API views: the key's scopes, strict input, one shape of refusal, pages by cursor."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from prm.access.actor import Actor
from prm.access.permissions import Permission
from prm.access.requests import app_request
from prm.api.authority import READS, KeyAuthentication, KeyScope
from prm.api.errors import api_exception_handler
from prm.api.pagination import ApiPagination
from prm.api.parameters import refuse_unknown
from prm.api.parsers import DEFAULT_LIMIT, StrictJSONParser
from prm.api.throttling import KeyThrottle


class ApiView(GenericAPIView):
    """One resource. Declares `permission`, and `write_permission` where changing needs another one.

    `further_permissions` are those that it asks for besides, depending on the input; a key may hold them too.
    """

    permission: Permission | None = None
    write_permission: Permission | None = None
    further_permissions: tuple[Permission, ...] = ()
    upserts: tuple[str, ...] = ()
    """Methods for which a record that is not there is no 404: they make it."""
    max_body_bytes = DEFAULT_LIMIT
    kind_of_write = "write"

    authentication_classes = (KeyAuthentication,)
    permission_classes = (KeyScope,)
    throttle_classes = (KeyThrottle,)
    parser_classes: tuple[Any, ...] = (StrictJSONParser,)
    renderer_classes = (JSONRenderer,)
    pagination_class = ApiPagination
    metadata_class = None
    filter_backends: tuple[Any, ...] = ()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        return transaction.non_atomic_requests(super().as_view(**initkwargs))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """The scope is a transaction already; only what writes gets a savepoint inside it, which a refusal undoes."""
        if request.method in READS:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        """The key, for services and the audit trail."""
        return app_request(self.request._request).actor

    def permission_for(self, request: Any) -> Permission | None:
        """The permission that a call needs."""
        return self.permission if request.method in READS else self.write_permission or self.permission

    def require(self, permission: Permission) -> None:
        """Refuse with 403 unless the key holds this permission.

        Raises:
            PermissionDenied: naming the scope that is missing.
        """
        if permission not in app_request(self.request._request).can:
            raise PermissionDenied(
                _("This key lacks the scope “%(scope)s”. Make a key that has it.") % {"scope": permission},
                code="missing_scope",
            )

    def throttle_kind(self, request: Request) -> str:
        """Which of the rates counts: read, write or bulk."""
        return "read" if request.method in READS else self.kind_of_write

    def get_exception_handler(self) -> Any:
        return api_exception_handler

    def one(self, **lookup: Any) -> Any:
        """The one record of `get_queryset` that matches, or 404. Foreign records match nothing."""
        record = self.get_queryset().filter(**lookup).first()
        if record is None:
            raise Http404
        return self.prepare([record])[0]

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Add to the records of an answer what one query for all of them, or none, finds."""
        return rows

    def body(self, serializer_class: Any = None, *, partial: bool = False) -> dict[str, Any]:
        """The checked body.

        Raises:
            ValidationError: with every field that breaks a rule.
        """
        chosen = serializer_class or self.get_serializer_class()
        serializer = chosen(data=self.request.data, partial=partial, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class ListMixin:
    """GET of a list: filters, pages, refuses query parameters it does not know."""

    filterset_class: Any = None
    filter_backends: Any = (DjangoFilterBackend,)

    def get(self: Any, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        self.refuse_unknown_parameters(request)
        page = self.prepare(self.paginate_queryset(self.filter_queryset(self.get_queryset())))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def refuse_unknown_parameters(self: Any, request: Request) -> None:
        """A misspelt filter would return everything, which looks like an answer."""
        filters = set() if self.filterset_class is None else set(self.filterset_class.base_filters)
        refuse_unknown(request, filters | {"cursor", "limit"})
