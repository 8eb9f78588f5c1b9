"""Serious breaches of a demo tenant: one that waits for two people, and one for which a partner is suspended."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Case, Exists, OuterRef, When
from django.utils import timezone

from partners.choices import PartnerStatus
from partners.models import Partner
from performance.plans.choices import BreachKind
from performance.plans.models import Plan
from performance.plans.services.breaches import approve_breach, report_breach
from portal.demo.people import speaker_of
from prm.access.actor import Actor
from prm.accounts.models import User
from prm.tenancy.models import Tenant

LOG = b"""When;Who;What
Mon 09:12;service desk;customer names a price that was never quoted to him
Mon 14:40;service desk;second customer, same offer sheet
Tue 08:05;channel manager;asked for the source of the sheet, no answer
"""


def add_breaches(tenant: Tenant, *, showcase: Partner) -> None:
    """One to decide about, reported yesterday, and one that two people agreed to; inside the tenant's scope.

    Both are about active partners, without a plan where there are such, so that the stories of plans go on as they are.
    """
    admin, lead, manager = (
        Actor.of_user(User.objects.get(email=f"{name}@{tenant.slug}.example"))
        for name in ("admin", "programme", "manager")
    )
    free = Partner.objects.filter(status=PartnerStatus.ACTIVE).exclude(pk=showcase.pk)
    has_plan = Exists(Plan.objects.filter(partner=OuterRef("pk")))
    is_mine = Case(When(owner_id=manager.user_id, then=0), default=1)
    found = list(free.order_by(has_plan, is_mine, "-external_id")[:2])
    if len(found) < 2:
        return
    waiting, decided = found
    now, today = timezone.now(), timezone.localdate()
    row = report_breach(
        partner=decided,
        kind=BreachKind.DATA,
        what=f"{speaker_of(decided).label} sent an export of our price list with the names of {tenant.name}'s "
        "customers to a competitor. Our mail gateway kept a copy, and the receiver has confirmed it.",
        partner_text="Customer data left our agreement's limits. Access to campaigns and deal support is closed until "
        "the security team has spoken with you. Please expect a call this week.",
        happened_on=today - timedelta(days=12),
        actor=manager,
        at=now - timedelta(days=9),
    )
    approve_breach(breach=row, actor=lead, at=now - timedelta(days=8))
    approve_breach(breach=row, actor=admin, at=now - timedelta(days=7))
    report_breach(
        partner=waiting,
        kind=BreachKind.CONTRACT,
        what="Offers below the agreed floor went out under our name, with terms that we never granted. Two customers "
        "have sent us the sheets; the partner has not answered for a week.",
        partner_text="Offers went out under our name with terms that are not agreed. Until this is cleared up, new "
        "orders are not accepted. Your channel manager will call you.",
        happened_on=today - timedelta(days=6),
        uploads=[SimpleUploadedFile("service-desk-log.txt", LOG)],
        actor=manager,
        at=now - timedelta(days=1),
    )
