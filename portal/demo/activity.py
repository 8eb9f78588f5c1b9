"""What people did in a demo tenant, through the ordinary services, so that every list has something to show."""

import csv
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.core.management import call_command

from partners.models import Partner, Programme
from partners.permissions import PARTNER_VIEW
from partners.services.owners import assign_owner
from performance.models import KPI, Measurement, PeriodRow, Restatement, Scorecard, ScorecardTemplate
from performance.queries.alerts import alerts
from performance.queries.what_if_draft import Draft, place_for
from performance.recognition.services.telling import tell_of_awards
from performance.services.alert_rules import pause_rule, save_rule
from performance.services.alerts import look_for_alerts, resolve_alerts, snooze_alerts
from performance.services.asking import ask_for_recompute, run_recompute_job
from performance.services.consequences import carry_out_outcomes, switch_consequences
from performance.services.ingest import MeasurementRow, record_measurements
from performance.services.late_sources import look_for_late_sources
from performance.services.manual import enter_measurement
from performance.services.periods import close_period
from performance.services.recompute import score_changes
from performance.services.restatements import apply_restatements
from performance.services.what_if_replay import replay_what_if
from performance.services.what_ifs import BenchmarkEdit, TemplateEdit, begin_what_if, edit_what_if
from portal.demo.breaches import add_breaches
from portal.demo.plans import after_closing, before_closing, begin_story, end_story
from portal.demo.recognition import grant_badges, recognise, set_badges
from portal.demo.reviews import add_reviews
from portal.demo.sources import LATE, send_wrongly
from portal.demo.vendor import add_past
from prm.access.actor import Actor
from prm.access.roles import Role
from prm.accounts.models import Membership, User
from prm.accounts.services.invitations import invite_member, invite_to_partner
from prm.api.services import create_api_key
from prm.imports.mapping.load import load_yaml
from prm.imports.services.mappings import save_mapping
from prm.notifications.services import mark_read
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

CLOSED_AFTER = timedelta(days=100)
MAPPING = """
kind: contacts
columns: {partner: Customer, name: Person, mail: Mail}
emit: [{partner: partner, full_name: name, email: mail}]
"""


def add_activity(tenant: Tenant, *, today: date) -> None:
    """Switch consequences on, close the older quarters and agree on plans, let figures arrive late, import, type in,
    invite, make a key, ask for a recompute, try a draft out."""
    with tenant_scope(tenant):
        admin = User.objects.get(email=f"admin@{tenant.slug}.example")
        manager = User.objects.get(email=f"manager@{tenant.slug}.example")
        actor = Actor.of_user(admin)
        partner = Partner.objects.get(public_id=_portal_partner(tenant))
        _type_in(partner, Actor.of_user(manager), today)
        _let_a_call_fail(partner, today)
        _invite(partner, actor, tenant)
        _hand_over(manager, actor)
        _hand_over(admin, Actor.of_user(manager))
        create_api_key(actor=actor, name="Shop system", scopes=[PARTNER_VIEW.code])
        save_mapping(
            actor=actor,
            name="Contacts from the shop",
            mapping=load_yaml(MAPPING),
            headers=["Customer", "Person", "Mail"],
        )
    look_for_late_sources(tenant=tenant)
    _import_contacts(tenant)
    with tenant_scope(tenant):
        programme_manager = Actor.of_user(User.objects.get(email=f"programme@{tenant.slug}.example"))
        for template in ScorecardTemplate.objects.filter(status="published"):
            switch_consequences(template=template, actor=programme_manager, is_on=True)
        set_badges(partner, programme_manager)
        quarters = list(PeriodRow.objects.filter(kind="quarter", end__lte=today - CLOSED_AFTER).order_by("start"))
        story = begin_story(tenant, quarters, partner)
    for period in quarters:
        with tenant_scope(tenant):
            for member in Membership.objects.filter(tenant=tenant):
                mark_read(user_id=member.user_id)  # what the quarter before had told
            before_closing(story, period)
            close_period(period=period, actor=actor)
        carry_out_outcomes(tenant=tenant)
        grant_badges(tenant, period)
        after_closing(story, period)
    end_story(story)
    with tenant_scope(tenant):
        add_breaches(tenant, showcase=partner)
        recognise(partner, programme_manager)
    tell_of_awards(tenant=tenant)
    _arrive_late(tenant, partner, actor)
    with tenant_scope(tenant):
        job = ask_for_recompute(actor=actor)
    run_recompute_job(tenant=tenant, job_id=job.pk)
    _look_at_alerts(tenant, today)
    with tenant_scope(tenant):
        _try_out(Actor.of_user(User.objects.get(email=f"programme@{tenant.slug}.example")), today)
    with tenant_scope(tenant):
        add_reviews(tenant, today=today)
        add_past(tenant, today=today)


def _look_at_alerts(tenant: Tenant, today: date) -> None:
    """The rules of the pack and one more look at the scores; an alert is put away, one resolved, one rule is paused."""
    with tenant_scope(tenant):
        admin = Actor.of_user(User.objects.get(email=f"admin@{tenant.slug}.example"))
        figure = _low_score(today)
        save_rule(actor=admin, name=f"Score under {figure}", kind="total", figure=figure)
        paused = save_rule(actor=admin, name="Worse grade", kind="grade", grade_move="down", severity="notice")
        pause_rule(rule=paused, actor=admin)
    look_for_alerts(tenant=tenant)
    with tenant_scope(tenant):
        actor = Actor.of_user(User.objects.get(email=f"manager@{tenant.slug}.example"))
        found = list(alerts().filter(status="open").order_by("severity_place", "pk"))
        if found[1:]:
            until = today + timedelta(days=10)
            snooze_alerts(
                alerts=found[1:2], actor=actor, until=until, note="They deliver the missing report next week."
            )
        if found[2:]:
            resolve_alerts(alerts=found[2:3], actor=actor, note="Talked to the owner; two new sales people start soon.")


def _low_score(today: date) -> Decimal:
    """A whole number that a few partners stayed under in the last quarter."""
    period = PeriodRow.objects.filter(kind="quarter", end__lte=today - timedelta(days=3)).order_by("-seq").first()
    cards = Scorecard.objects.filter(period=period, rated=True).order_by("total_e4")
    totals = [total for total in cards.values_list("total", flat=True)[:3] if total is not None]
    return Decimal(int(totals[-1]) + 1) if totals else Decimal(40)


def _try_out(actor: Actor, today: date) -> None:
    """A what-if stands open: the heaviest KPI gives weight to the lightest, and its target is a tenth harder."""
    what_if = begin_what_if(
        actor=actor, programme=Programme.objects.get(is_default=True), today=today, name="Next year's expectations"
    )
    draft = Draft(what_if)
    if draft.base is None:
        return
    kind = draft.kind
    lines = sorted(draft.base_lines, key=lambda line: (-line.weight, line.position))
    heavy, light = lines[0], lines[-1]
    moved = min(heavy.weight / 2, Decimal(5))
    weights = {heavy.kpi_id: heavy.weight - moved, light.kpi_id: light.weight + moved}
    place = place_for(heavy.kpi, kind, "all", {})
    stored = Draft(what_if, places=[place]).in_force.get(place)
    benchmarks = []
    if stored is not None and stored.direction == "higher" and stored.target > 0:
        floor, target, stretch = (
            round(number * Decimal("1.1"), heavy.kpi.decimals)
            for number in (stored.floor, stored.target, stored.stretch)
        )
        benchmarks.append(BenchmarkEdit(heavy.kpi, kind, floor, target, stretch))
    edit_what_if(
        what_if=what_if, actor=actor, today=today, template=TemplateEdit(weights=weights), benchmarks=benchmarks
    )
    what_if.refresh_from_db()
    replay_what_if(what_if=what_if, actor=actor)


def _arrive_late(tenant: Tenant, partner: Partner, actor: Actor) -> None:
    """Corrections of the last closed quarter come in afterwards: one card is restated, one waits for a decision."""
    with tenant_scope(tenant):
        period = PeriodRow.objects.filter(kind="quarter", closed_at__isnull=False).order_by("-start").first()
        if period is None:
            return
        cards = Scorecard.objects.filter(period=period, rated=True, total__range=(20, 85)).exclude(partner=partner)
        others = Partner.objects.filter(pk__in=cards.values("partner_id"), status="active").order_by("pk")[:1]
        for late in (partner, *others):
            facts = Measurement.objects.exclude(source=LATE).filter(
                partner=late, kpi__direction="higher", ym=period.ym_to - 1, value__gt=0
            )
            fact = facts.select_related("kpi").order_by("kpi__code", "-occurred_on", "pk").first()
            if fact is not None and fact.value is not None:
                row = MeasurementRow(
                    row=1,
                    partner=late.external_id,
                    kpi=fact.kpi.code,
                    occurred_on=fact.occurred_on.isoformat(),
                    value=f"{fact.value * Decimal('0.6'):.2f}",
                    weight=None if fact.weight is None else f"{fact.weight:f}",
                    external_id=fact.external_id,
                    source=fact.source,
                )
                record_measurements([row], actor=actor)
    score_changes(tenant=tenant)
    with tenant_scope(tenant):
        rows = Restatement.objects.filter(settled_at=None, new_total__isnull=False)
        apply_restatements(
            restatements=rows.filter(scorecard__partner=partner, scorecard__period=period)[:1],
            actor=actor,
            reason="The corrected report of the last month came after the quarter had been closed.",
        )


def _portal_partner(tenant: Tenant) -> str:
    return str(tenant.partner_accesses.order_by("pk").values_list("partner_public_id", flat=True)[0])


def _type_in(partner: Partner, actor: Actor, today: date) -> None:
    kpi = KPI.objects.filter(aggregation="ratio", template_lines__applies_to=partner.partner_type).order_by("code")[0]
    enter_measurement(
        actor=actor,
        kpi=kpi,
        partner=partner,
        occurred_on=today - timedelta(days=8),
        value=Decimal(18),
        weight=Decimal(20),
        note="Told on the phone by the branch manager; the file follows.",
    )


def _let_a_call_fail(partner: Partner, today: date) -> None:
    """The ERP sent rows that were refused, which whoever looks after it sees."""
    kpi = KPI.objects.filter(fed_by__source__code="erp").order_by("code").first()
    if kpi is not None:
        send_wrongly(partner.external_id, kpi.code, today)


def _invite(partner: Partner, actor: Actor, tenant: Tenant) -> None:
    invite_member(actor=actor, email=f"new.manager@{tenant.slug}.example", role=Role.CHANNEL_MANAGER)
    invite_to_partner(
        actor=actor,
        partner_id=partner.pk,
        partner_public_id=partner.public_id,
        partner_name=partner.name,
        email=f"apprentice@{tenant.slug}.example",
        role=Role.PARTNER_MEMBER,
    )


def _hand_over(owner: User, actor: Actor) -> None:
    """A few partners change hands, which the new owner is told."""
    for partner in Partner.objects.exclude(owner=owner).order_by("pk")[:3]:
        assign_owner(partner=partner, owner=owner, actor=actor)


def _import_contacts(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        numbers = list(Partner.objects.order_by("pk").values_list("external_id", flat=True)[:20])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts-from-the-shop.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["partner", "full_name", "email"])
            writer.writerows([number, "Order desk", f"orders@{number}.example"] for number in numbers)
        call_command("import_data", str(path), tenant=tenant.slug, kind="contacts", verbosity=0)
