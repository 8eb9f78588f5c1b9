"""Reports in a demo tenant: some saved, schedules that have sent, one that pauses, through the ordinary services."""

from partners.models import Partner
from performance.reports.choices import ScheduleStatus
from performance.reports.models import Dispatch, Schedule
from performance.reports.services.dispatching import carry_out
from performance.reports.services.saved import save_report
from performance.reports.services.schedules import move_schedule, save_schedule, send_now
from prm.access.actor import Actor
from prm.accounts.models import PartnerAccess, User
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope


def add_reports(tenant: Tenant) -> None:
    """What a programme manager has set up, and what came of it so far."""
    with tenant_scope(tenant):
        people = {
            name: User.objects.get(email=f"{name}@{tenant.slug}.example")
            for name in ("programme", "manager", "admin", "analyst")
        }
        lead, manager = Actor.of_user(people["programme"]), Actor.of_user(people["manager"])
        save_report(
            actor=lead,
            name="At risk this quarter",
            report="at-risk",
            filters={"period": "running:quarter"},
            is_shared=True,
        )
        save_report(
            actor=manager,
            name="My partners",
            report="scorecard-summary",
            filters={"period": "ended:quarter", "mine": "yes"},
            is_shared=False,
        )
        weekly = save_schedule(
            actor=lead,
            name="Partners at risk, every Monday",
            report="at-risk",
            filters={"period": "running:quarter"},
            format="xlsx",
            rhythm="weekly",
            weekday="0",
            members=[people["programme"].pk],
            roles=["channel_manager"],
            message="Please look at yours before the Monday call.",
        )
        packs = save_schedule(
            actor=lead,
            name="Quarterly packs",
            report="partner-pack",
            filters={"period": "closed:quarter", **_some_partners()},
            format="pdf",
            rhythm="closing",
            period_kind="quarter",
            days_after=2,
            members=[people["programme"].pk],
            to_partners=True,
        )
        monthly = save_schedule(
            actor=lead,
            name="Programme summary for the board",
            report="programme-summary",
            filters={"period": "ended:quarter"},
            format="pdf",
            rhythm="monthly",
            day=3,
            members=[people["admin"].pk, people["analyst"].pk],
        )
        move_schedule(actor=lead, schedule=monthly, target=ScheduleStatus.PAUSED)
    for schedule in (weekly, packs, monthly):
        _send(tenant, schedule, lead)


def _some_partners() -> dict[str, str]:
    """The partner whose portal visitors open: packs for everybody would take a minute of the demo's start."""
    access = PartnerAccess.objects.filter(tenant_id=require_scope().tenant_id).order_by("pk").first()
    if access is None:
        return {}
    return {"partner": Partner.objects.get(pk=access.partner_id).external_id}


def _send(tenant: Tenant, schedule: Schedule, actor: Actor) -> None:
    with tenant_scope(tenant):
        dispatch: Dispatch = send_now(actor=actor, schedule=schedule)
    carry_out(tenant=tenant, dispatch_id=dispatch.pk)
