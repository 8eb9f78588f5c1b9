"""`bench web`: every main page of both sides and the API against a bare Django view, measured in turn.

Requests go through the whole WSGI application in this process, one after the other, like in one synchronous worker.
The bare view reads the session and its user and draws a kilobyte; it has no other middleware than those two need.
"""

import gzip
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.utils import timezone

from partners.models import Partner, Programme
from performance.bench.data import make_tenants
from performance.bench.database import owner_cursor, throw_away_database
from performance.bench.registry import WebPage, web_sources
from performance.bench.timing import timed
from performance.models import PeriodRow, ScorecardTemplate
from performance.services.closings import do_closing_work
from performance.services.periods import close_period
from performance.services.recompute import recompute_scorecards
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM, Actor
from prm.access.permissions import permissions_of
from prm.access.roles import Role
from prm.accounts.models import Membership, PartnerAccess, User
from prm.api.services import create_api_key
from prm.startup import settle
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

Say = Callable[[str], None]

PARTNERS = {"small": 1_000, "full": 10_000}
NEIGHBOURS = {"small": (2, 100), "full": (19, 760)}
"""How many further tenants, with how many partners each: at full scale some 20 million measurements in all."""

MONTHS_CLOSED = 2
WARM_UP = 3
ROUNDS = {"small": 20, "full": 40}
API_PAGE = 50
TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
"""Django lists them among the queries; they ask nothing."""


def bare(request: HttpRequest) -> HttpResponse:
    """What everything is compared with: a session, a user, a small template."""
    return render(request, "performance/bench/bare.html", {"person": request.user})


urlpatterns = [path("", bare)]


def bare_urls(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that leads every address to the bare view."""

    def lead(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return get_response(request)

    return lead


BARE_MIDDLEWARE = [
    f"{__name__}.bare_urls",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


@dataclass
class Page:
    """One address, who opens it, and how long it took each time, beside the bare view right before it."""

    name: str
    client: Client
    address: str
    headers: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    bare_seconds: list[float] = field(default_factory=list)

    def open(self) -> Any:
        """The answer, which has to be a page."""
        response = self.client.get(self.address, headers=self.headers)
        if response.status_code != 200:
            raise SystemExit(f"{self.address} answered {response.status_code}.")
        return response

    def figures(self) -> dict[str, float]:
        """Queries, medians and 95th percentiles as multiples of the bare view's, kilobytes as they travel."""
        with CaptureQueriesContext(connection) as captured:
            response = self.open()
        asked = [one for one in captured.captured_queries if not one["sql"].startswith(TRANSACTION_CONTROL)]
        return {
            "queries": len(asked),
            "p50_vs_bare": round(statistics.median(self.seconds) / statistics.median(self.bare_seconds), 1),
            "p95_vs_bare": round(_p95(self.seconds) / _p95(self.bare_seconds), 1),
            "bytes_gzip": len(gzip.compress(response.content)),
        }


def measure_web(*, scale: str, say: Say) -> dict[str, Any]:
    """One object per page, in a database of its own."""
    with throw_away_database() as owner_url, scoring_paused(), override_settings(DEBUG=False, ALLOWED_HOSTS=["*"]):
        tenant = _fill(owner_url, scale, say)
        manager, partner_person, key = _people(tenant)
        further = _go_on(owner_url, tenant, manager, say)
        pages = _pages(tenant, manager, partner_person, key, further)
        plain = _bare_client(manager)
        settle()
        for page in pages:
            for _ in range(WARM_UP):
                page.open()
        for _ in range(ROUNDS[scale]):
            for page in pages:
                page.bare_seconds.append(timed(lambda: plain.get("/")))
                page.seconds.append(timed(page.open))
        figures = {page.name: page.figures() for page in pages}
        everything = [seconds for page in pages for seconds in page.bare_seconds]
        say(f"bare view: median {statistics.median(everything) * 1000:.2f} ms, p95 {_p95(everything) * 1000:.2f} ms")
        return figures


def _fill(owner_url: str, scale: str, say: Say) -> Tenant:
    """The largest tenant beside its neighbours, all scored."""
    count, partners = NEIGHBOURS[scale]
    neighbours = {f"neighbour-{n}": partners for n in range(count)}
    tenants = make_tenants(owner_url, {"bench-web": PARTNERS[scale], **neighbours})
    for one in tenants:
        recompute_scorecards(tenant=one.tenant, from_facts=True)
    with owner_cursor(owner_url) as cursor:
        cursor.execute("ANALYZE")
    say(f"{len(tenants)} tenants, {sum(one.facts for one in tenants):,} measurements, {tenants[0].partners:,} partners")
    return tenants[0].tenant


def _people(tenant: Tenant) -> tuple[User, User, str]:
    """A channel manager, a person of the first partner, and the text of a key with all rights."""
    now = timezone.now()
    manager = User.objects.create(email="manager@bench.example", full_name="Manager")
    Membership.objects.create(tenant=tenant, user=manager, role=Role.TENANT_ADMIN, last_seen_at=now)
    person = User.objects.create(email="partner@bench.example", full_name="Partner")
    with tenant_scope(tenant):
        partner = Partner.objects.order_by("pk")[0]
        PartnerAccess.objects.create(
            tenant=tenant,
            partner_id=partner.pk,
            partner_public_id=partner.public_id,
            partner_name=partner.name,
            user=person,
            role=Role.PARTNER_ADMIN,
            last_seen_at=now,
        )
        rights = [str(permission) for permission in permissions_of(Role.TENANT_ADMIN)]
        _key, text = create_api_key(actor=SYSTEM, name="Bench", scopes=rights)
    return manager, person, text


def _go_on(owner_url: str, tenant: Tenant, manager: User, say: Say) -> list[WebPage]:
    """Close two months, so that plans and badges follow, add what no closing makes, and name the pages of it all."""
    actor, started = Actor.of_user(manager), time.monotonic()
    with tenant_scope(tenant):
        programme = Programme.objects.get(is_default=True)
        for source in web_sources():
            source.prepare(programme, actor)
        newest = list(PeriodRow.objects.filter(kind="month").order_by("-seq")[:MONTHS_CLOSED])
    for period in reversed(newest):
        with tenant_scope(tenant):
            close_period(period=period, actor=actor)
    do_closing_work(tenant=tenant)
    with tenant_scope(tenant):
        partner = Partner.objects.order_by("pk")[0]
        found = [page for source in web_sources() for page in source.pages(partner, actor)]
    with owner_cursor(owner_url) as cursor:
        cursor.execute("ANALYZE")
    say(f"two months closed and what follows from them done in {time.monotonic() - started:.0f} s")
    return found


def _pages(tenant: Tenant, manager: User, person: User, key: str, further: list[WebPage]) -> list[Page]:
    """The main pages of the workspace, the portal and the API."""
    with tenant_scope(tenant):
        partner = Partner.objects.order_by("pk")[0]
        template = ScorecardTemplate.objects.select_related("programme")[0]
        period = PeriodRow.objects.order_by("-start")[0]
    inside, outside, api = Client(), Client(), Client()
    inside.force_login(manager)
    outside.force_login(person)
    workspace = {"tenant": tenant.slug}
    one = {**workspace, "partner": partner.public_id}
    card = {"programme": template.programme.key, "period": period.label}
    bearer = {"authorization": f"Bearer {key}"}
    return [
        Page("overview", inside, reverse("performance:overview", kwargs=workspace)),
        Page("partner_list", inside, reverse("partners:partner_list", kwargs=workspace)),
        Page("partner_scorecard", inside, reverse("partners:partner_tab", kwargs={**one, "tab": "scorecard"})),
        Page("partner_contacts", inside, reverse("partners:partner_tab", kwargs={**one, "tab": "contacts"})),
        Page("receipt", inside, reverse("performance:receipt", kwargs={**one, **card})),
        Page("scorecard_list", inside, reverse("performance:scorecard_list", kwargs=workspace)),
        Page("heat_map", inside, reverse("performance:heat_map", kwargs=workspace)),
        Page("heat_map_by_kpi", inside, f"{reverse('performance:heat_map', kwargs=workspace)}?sort=-kpi.KPI_0"),
        Page("comparison", inside, reverse("performance:comparison", kwargs=workspace)),
        Page("measurement_list", inside, reverse("performance:measurement_list", kwargs=workspace)),
        Page("kpi_list", inside, reverse("performance:kpi_list", kwargs=workspace)),
        Page("run_list", inside, reverse("performance:run_list", kwargs=workspace)),
        Page("portal_home", outside, reverse("portal:home", kwargs=one)),
        Page("portal_scorecard", outside, reverse("portal:scorecard", kwargs=one)),
        *(Page(page.name, outside if page.is_portal else inside, page.address) for page in further),
        Page("api_partners", api, f"{reverse('api:partner_list')}?limit={API_PAGE}", bearer),
        Page("api_scorecards", api, f"{reverse('api:scorecard_list')}?limit={API_PAGE}", bearer),
    ]


def _bare_client(user: User) -> Client:
    """A client whose handler has loaded the bare middleware; it keeps it."""
    client = Client()
    client.force_login(user)
    with override_settings(MIDDLEWARE=BARE_MIDDLEWARE):
        client.get("/")
    return client


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
