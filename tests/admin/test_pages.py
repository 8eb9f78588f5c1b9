"""Every page of the admin opens with data behind it, in as many queries for many records as for few."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import Programme, StatusChange
from performance.choices import SourceType
from performance.models import (
    Alert,
    AlertRule,
    CardOutlook,
    ClosingTask,
    MeasurementHistory,
    Outcome,
    Restatement,
    Scorecard,
    VendorTarget,
    WhatIf,
)
from performance.recognition.models import LeagueSetting, PartnerNaming
from performance.reviews.models import ActionItem, Contest, Rater, Review, ReviewCadence, Signature, Snapshot
from performance.services.alert_rules import save_rule
from performance.services.deliveries import Brought, Origin, known_sources, put_down
from performance.services.recompute import recompute_scorecards
from performance.services.sources import create_source
from prm.access.actor import SYSTEM, Actor
from prm.accounts.models import Invitation, User
from prm.accounts.services.invitations import invite_member
from prm.api.models import ApiKey
from prm.api.services import create_api_key
from prm.imports.models import ImportBatch, ImportFault, SavedMapping
from prm.jobs.models import Job
from prm.periods import FiscalCalendar
from tests.factories.accounts import MembershipFactory, PartnerAccessFactory
from tests.factories.partners import (
    ContactFactory,
    PartnerFactory,
    PartnerSiteFactory,
    RegionFactory,
    SpecialisationFactory,
    TierAssignmentFactory,
    TierFactory,
)
from tests.factories.performance import (
    BenchmarkFactory,
    KPIFactory,
    MeasurementFactory,
    PeriodRowFactory,
    ScorecardTemplateFactory,
    TemplateLineFactory,
)
from tests.factories.plans import (
    BreachApprovalFactory,
    BreachFactory,
    CheckInFactory,
    CommitmentFactory,
    ConsequenceApprovalFactory,
    ObjectiveFactory,
    PlanConsequenceFactory,
    PlanFactory,
    PlanNoteFactory,
    SignatureFactory,
    TemplateCommitmentFactory,
    TriggerRuleFactory,
)
from tests.factories.recognition import AwardFactory, BadgeFactory
from tests.factories.reports import make_delivery, make_dispatch, make_produced, make_saved, make_schedule
from tests.factories.reviews import make_review_template

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
READ_ONLY = {
    "accounts.Invitation",
    "api.ApiKey",
    "audit.AuditEntry",
    "imports.ImportBatch",
    "imports.ImportFault",
    "imports.SavedMapping",
    "jobs.Job",
    "partners.TierAssignment",
    "performance.Benchmark",
    "performance.CardOutlook",
    "performance.Measurement",
    "performance.MeasurementHistory",
    "performance.Alert",
    "performance.AlertRule",
    "performance.PeriodRow",
    "performance.Restatement",
    "performance.Run",
    "performance.Scorecard",
    "performance.ScorecardTemplate",
    "performance.SourceDelivery",
    "performance.VendorTarget",
    "plans.Breach",
    "plans.Commitment",
    "plans.Plan",
    "plans.PlanConsequence",
    "plans.PlanTemplate",
    "reviews.Review",
    "reviews.ReviewCadence",
    "reviews.ReviewTemplate",
    "plans.TriggerRule",
    "recognition.Award",
    "recognition.Badge",
    "recognition.LeagueSetting",
    "recognition.PartnerNaming",
    "reports.Delivery",
    "reports.Dispatch",
    "reports.Produced",
    "reports.SavedReport",
    "reports.Schedule",
}
# Django counts rows twice (all and filtered), looks the operator up, opens and closes the scope and its savepoints,
# and asks for the values of related filters and the ends of the date hierarchy.
MOST_QUERIES = 26


def fill(world, number):
    """One more of everything."""
    actor = Actor.of_user(world.admin)
    programme = Programme.objects.get(is_default=True)
    member = MembershipFactory(tenant=world.tenant).user
    invite_member(actor=actor, email=f"new{number}@acme.example", role="analyst")
    create_api_key(actor=actor, name=f"Key {number}", scopes=["partner:view"])
    region = RegionFactory(parent=RegionFactory())
    SpecialisationFactory()
    partner = PartnerFactory(region=region, owner=world.admin, parent=world.partner, country="DE")
    PartnerAccessFactory(partner=partner, user=member)
    ContactFactory(partner=partner)
    PartnerSiteFactory(partner=partner)
    tier = TierFactory(programme=programme)
    TierAssignmentFactory(partner=partner, tier=tier)
    StatusChange.objects.create(
        partner=partner, source="active", target="suspended", effective_on="2024-01-01", actor_label="x"
    )
    template = ScorecardTemplateFactory(
        programme=programme, version=number, valid_from=f"{1990 + number}-01-01", valid_to=f"{1991 + number}-01-01"
    )
    kpi = KPIFactory()
    TemplateLineFactory(template=template, kpi=kpi)
    BenchmarkFactory(kpi=kpi)
    BenchmarkFactory(kpi=kpi, scope="partner", partner=partner)
    MeasurementFactory(kpi=kpi, partner=partner, occurred_on=f"{1990 + number}-05-01")
    MeasurementHistory.objects.create(
        measurement_id=1,
        source="test",
        external_id=str(number),
        kpi=kpi,
        partner=partner,
        occurred_on="2024-01-01",
        value=Decimal(1),
        recorded_at=timezone.now(),
    )
    review_everything(partner, programme, tier, kpi, member, number)
    origin = Origin(SourceType.API, "Shop")
    create_source(actor=actor, code=f"shop-{number}", name="Shop", kind="api", kpis=[kpi])
    put_down({f"shop-{number}": Brought(created=1)}, known=known_sources([f"shop-{number}"]), fed=(), origin=origin)
    job = Job.objects.create(kind="x", title=f"Job {number}", created_by=member)
    batch = ImportBatch.objects.create(kind="partners", file_name=f"{number}.csv", job=job)
    ImportFault.objects.create(batch=batch, row=2, column="a", value="b", code="c", message="d")
    make_saved(member, name=f"Saved {number}")
    dispatch = make_dispatch(make_schedule(member, name=f"Schedule {number}"))
    produced = make_produced(partner=partner, dispatch=dispatch)
    make_delivery(dispatch, partner=partner, produced=produced)
    SavedMapping.objects.create(name=f"Mapping {number}", kind="partners", mapping={})
    AwardFactory(badge=BadgeFactory(programme=programme), partner=partner)
    LeagueSetting.objects.get_or_create(programme=programme)
    VendorTarget.objects.create(
        measure="plan-commitments", valid_from=date(2024, number, 1), floor=50, target=90, stretch=100, weight=30
    )
    PartnerNaming.objects.create(partner=partner, is_named=False, changed_at=timezone.now())
    fill_plans(partner, programme)


def fill_plans(partner, programme):
    """A running plan with all that stands in it, a failed one, a rule and a template."""
    usual = TemplateCommitmentFactory()
    rule = TriggerRuleFactory(programme=programme, kpi=KPIFactory(), template=usual.template)
    plan = PlanFactory(partner=partner, programme=programme, rule=rule, template=usual.template, running=True)
    objective = ObjectiveFactory(plan=plan)
    CommitmentFactory(plan=plan, objective=objective)
    CheckInFactory(plan=plan)
    SignatureFactory(plan=plan)
    PlanNoteFactory(plan=plan)
    failed = PlanFactory(partner=partner, programme=programme, status="failed", former=plan)
    ConsequenceApprovalFactory(consequence=PlanConsequenceFactory(plan=failed))
    BreachApprovalFactory(breach=BreachFactory(partner=partner, programme=programme))


def review_everything(partner, programme, tier, kpi, member, number):
    """A version of the review template, a rule of the cadence and a review with all that belongs to it."""
    template = make_review_template(programme, [member])
    ReviewCadence.objects.create(programme=programme, tier=tier, period_kind="quarter")
    period = PeriodRowFactory(period=FiscalCalendar().parse(f"199{number}-Q1"))
    review = Review.objects.create(
        programme=programme, partner=partner, period=period, template=template, opens_on="2024-01-01"
    )
    for version in (1, 2):
        Snapshot.objects.create(review=review, version=version, card_id=1, is_rated=False)
        ActionItem.objects.create(review=review, partner=partner, title="Call")
    Contest.objects.create(review=review, kpi=kpi, text="Wrong.")
    for role in template.roles.all():
        Rater.objects.create(review=review, role=role, user=member)
    for side in ("vendor", "partner"):
        Signature.objects.create(review=review, side=side, name="Somebody")


def fill_scores(world):
    """Cards, runs and restatements over what there is."""
    recompute_scorecards(tenant=world.tenant, from_facts=True)
    with world.scope():
        for card in Scorecard.objects.exclude(restatements__isnull=False)[:3]:
            Restatement.objects.create(scorecard=card)
        for number in range(2):
            name = f"Rule {AlertRule.objects.count()}"
            rule = save_rule(actor=SYSTEM, name=name, kind="total", figure=50, period_kind="month")
            for card in Scorecard.objects.select_related("partner", "period", "programme")[:2]:
                key = {"partner": card.partner, "period": card.period, "programme": card.programme}
                Alert.objects.create(rule=rule, kind="total", severity="notice", value=1, bound=50, **key)
            ClosingTask.objects.create(period=card.period, listener=f"listener {ClosingTask.objects.count()}")
            Outcome.objects.create(
                scorecard=card, partner=card.partner, kind="notify_owner", timing="every", grade=f"{number}"
            )
            WhatIf.objects.create(name=f"What if {number}", programme=card.programme, periods=[card.period.label])
        for card in Scorecard.objects.exclude(pk__in=CardOutlook.objects.values("scorecard_id"))[:3]:
            CardOutlook.objects.create(scorecard=card, period=card.period, as_of=date(2024, 5, 31), of_total=0)


@pytest.fixture
def filled(inside, acme):
    """The first tenant with two of everything."""
    with acme.scope():
        for number in (1, 2):
            fill(acme, number)
    fill_scores(acme)
    cache.clear()
    return acme


def address(model, page=""):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{page}"


@pytest.fixture
def keys(filled):
    """The key of one record of every page."""
    Group.objects.create(name="Support")
    with filled.scope():
        found = {model: model._default_manager.order_by("pk").values_list("pk", flat=True).first() for model in MODELS}
    assert {model._meta.label for model, key in found.items() if key is None} == set()
    return found


def status_of(client, paths):
    """The paths that do not answer 200, with what they answer."""
    answers = {path: client.get(path).status_code for path in paths}
    return {path: status for path, status in answers.items() if status != 200}


def test_every_list_search_and_record_opens(inside, keys):
    lists = [address(model) for model in MODELS]
    searches = [address(model, "?q=a") for model in MODELS]
    records = [address(model, f"{key}/change/") for model, key in keys.items()]

    assert status_of(inside, lists + searches + records) == {}


def test_every_form_to_add_a_record_opens(inside, filled):
    index = inside.get("/admin/").context["app_list"]
    forms = [entry["add_url"] for app in index for entry in app["models"] if entry["add_url"]]

    assert len(forms) >= 12
    assert status_of(inside, forms) == {}


def test_every_filter_works(inside, filled):
    links = []
    for model in MODELS:
        changelist = inside.get(address(model)).context["cl"]
        for spec in changelist.filter_specs:
            links += [address(model, choice["query_string"]) for choice in list(spec.choices(changelist))[:6]]

    assert len(links) > 100
    assert status_of(inside, links) == {}


def queries_of_lists(client):
    """How many queries each list asks, once warm."""
    counts = {}
    for model in MODELS:
        client.get(address(model))
        with CaptureQueriesContext(connection) as queries:
            client.get(address(model))
        counts[model._meta.label] = len(queries)
    return counts


def test_lists_ask_no_more_for_many_records_than_for_few(inside, filled):
    few = queries_of_lists(inside)
    with filled.scope():
        for number in range(3, 8):
            fill(filled, number)
    fill_scores(filled)
    cache.clear()

    many = queries_of_lists(inside)

    assert many == few
    assert {label: count for label, count in few.items() if count > MOST_QUERIES} == {}


def test_what_the_domain_keeps_fixed_cannot_be_changed(inside, keys):
    paths = [address(model, f"{key}/change/") for model, key in keys.items() if model._meta.label in READ_ONLY]

    pages = {path: 'name="_save"' in inside.get(path).content.decode() for path in paths}
    writes = {path: inside.post(path, {}).status_code for path in paths}

    assert len(paths) == len(READ_ONLY)
    assert pages == dict.fromkeys(paths, False)
    assert writes == dict.fromkeys(paths, 403)


def test_nothing_is_deleted_here(inside, keys):
    paths = [address(model, f"{key}/delete/") for model, key in keys.items() if model is not Group]

    assert {path: inside.post(path, {"post": "yes"}).status_code for path in paths} == dict.fromkeys(paths, 403)


def test_secrets_are_on_no_page(inside, filled):
    rows = [
        (User.objects.first(), "password"),
        (ApiKey.objects.first(), "key_hash"),
        (Invitation.objects.first(), "token_hash"),
    ]

    shown = [
        getattr(row, secret) in inside.get(address(type(row), f"{row.pk}/change/")).content.decode()
        for row, secret in rows
    ]

    assert shown == [False, False, False]


def test_records_of_another_tenant_are_not_there(inside, filled, two_tenants):
    _acme, beta = two_tenants

    response = inside.get(f"/admin/partners/partner/{beta.partner.pk}/change/", follow=True)

    assert "doesn’t exist" in response.content.decode()
    assert beta.partner.name not in response.content.decode()


def test_the_history_of_a_record_is_the_tenants_trail(inside, filled):
    response = inside.get(f"/admin/partners/partner/{filled.partner.pk}/history/", follow=True)

    assert response.status_code == 200
    assert response.redirect_chain[0][0].startswith("/admin/audit/auditentry/?")
