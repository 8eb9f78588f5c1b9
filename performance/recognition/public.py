"""The public page of a badge, for everybody with its address: only while the partner shares it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from performance.recognition.models import Award
from performance.recognition.picture import KINDS, award_picture
from performance.recognition.queries.awards import awards
from performance.recognition.services.sharing import read_token
from prm.access.views import PublicView
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

app_name = "badges"


@contextmanager
def shared_award(token: str) -> Iterator[tuple[Tenant, Award]]:
    """The award of a token, in its workspace's scope.

    Raises:
        Http404: we never signed it, the page was closed, the award withdrawn, or the workspace is gone.
    """
    found = read_token(token)
    tenant = Tenant.objects.filter(slug=found[0], is_active=True).first() if found else None
    if found is None or tenant is None:
        raise Http404
    with tenant_scope(tenant):
        award = awards().filter(public_id=found[1], share_key=found[2]).first()
        if award is None or award.is_withdrawn:
            raise Http404
        yield tenant, award


class BadgePage(PublicView):
    """The badge with its rule, for whom and when."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        with shared_award(token) as (tenant, award):
            picture = reverse("badges:picture", kwargs={"token": token, "kind": "png"})
            context = {
                "tenant": tenant,
                "award": award,
                "picture_url": picture,
                "picture_full_url": settings.PUBLIC_URL.rstrip("/") + picture,
            }
            response = render(request, "recognition/public.html", context)
        response["X-Robots-Tag"] = "noindex"
        return response


class BadgePicture(PublicView):
    """Its picture."""

    def get(self, request: HttpRequest, token: str, kind: str) -> HttpResponse:
        if kind not in KINDS:
            raise Http404
        with shared_award(token) as (tenant, award):
            made = award_picture(award, award.partner, tenant, kind)
        response = HttpResponse(made, content_type=KINDS[kind])
        response["Cache-Control"] = "public, max-age=300"
        response["X-Robots-Tag"] = "noindex"
        return response


urlpatterns = [
    path("<str:token>/", BadgePage.as_view(), name="page"),
    path("<str:token>/badge.<str:kind>", BadgePicture.as_view(), name="picture"),
]
