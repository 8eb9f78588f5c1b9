"""Saved reports, schedules and files as a person may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from performance.reports.catalogue import Report, all_reports, get_report
from performance.reports.choices import DeliveryStatus, ScheduleStatus
from performance.reports.models import Delivery, Dispatch, Produced, SavedReport, Schedule
from performance.reports.notices import SENT, SENT_TO_PARTNER
from performance.reports.question import Reader
from performance.reports.words import DELIVERY_TONES, outcome_words
from prm.access.permissions import Can
from prm.accounts.models import Membership
from prm.notifications.letters import letters_about
from prm.notifications.models import Letter
from prm.tenancy.scope import require_scope


def reports_for(can: Can) -> list[Report]:
    """The reports of the catalogue that somebody may see."""
    return [report for report in all_reports() if report.permission in can]


def _visible(rows: QuerySet[Any], permissions: frozenset[str]) -> QuerySet[Any]:
    return rows.filter(report__in=[one.key for one in all_reports() if str(one.permission) in permissions])


def saved_reports(user_id: int | None, permissions: frozenset[str]) -> QuerySet[SavedReport]:
    """One's own and those that others share, of reports one may see."""
    rows = SavedReport.objects.select_related("owner").filter(Q(owner_id=user_id) | Q(is_shared=True))
    return _visible(rows, permissions).order_by("name", "pk")


def produced_for(reader: Reader) -> QuerySet[Produced]:
    """The files a person may see: of reports they may see, and of partners they see all of."""
    rows = _visible(
        Produced.objects.select_related("file", "partner", "asked_by", "dispatch__schedule"), reader.permissions
    )
    return rows if reader.portfolio is None else rows.filter(covers__contained_by=list(reader.portfolio))


def may_still_read(user_id: int, about: str) -> bool:
    """Whether a person of the workspace may see the whole file of a delivery, `delivery:17`, with the rights they hold
    now. A delivery without a file has nothing to hide: its mail leads to files that are asked for one by one."""
    row = Delivery.objects.filter(pk=about.removeprefix("delivery:"), user_id=user_id).first()
    if row is None or row.produced_id is None:
        return row is not None
    people = Membership.objects.filter(tenant_id=require_scope().tenant_id, user_id=user_id, is_active=True)
    readers = [Reader.of_member(member) for member in people]
    return any(produced_for(reader).filter(pk=row.produced_id).exists() for reader in readers)


def produced_for_partner(partner_id: int) -> QuerySet[Produced]:
    """The files that were sent to a partner."""
    sent = Delivery.objects.filter(
        partner_id=partner_id, status=DeliveryStatus.SENT, people__gt=0, produced__isnull=False
    ).values("produced_id")
    return Produced.objects.select_related("file").filter(partner_id=partner_id, pk__in=sent, file__isnull=False)


def schedules() -> QuerySet[Schedule]:
    """Every schedule with how many people it names, when it was last due, and how that ended."""
    last = Dispatch.objects.filter(schedule=OuterRef("pk")).order_by("-due_at", "-pk")
    return Schedule.objects.annotate(
        member_count=Count("members", distinct=True),
        last_due_at=Subquery(last.values("due_at")[:1]),
        last_status=Subquery(last.values("status")[:1]),
    ).order_by("status", "name")


def schedules_of_report(key: str) -> list[Schedule]:
    """The schedules that send a report and have not ended."""
    return list(Schedule.objects.filter(report=key).exclude(status=ScheduleStatus.ENDED).order_by("name"))


_COUNTS = {
    "sent": Count("deliveries", filter=Q(deliveries__status=DeliveryStatus.SENT)),
    "withheld": Count("deliveries", filter=Q(deliveries__status=DeliveryStatus.WITHHELD)),
    "failed": Count("deliveries", filter=Q(deliveries__status=DeliveryStatus.FAILED)),
    "waiting": Count("deliveries", filter=Q(deliveries__status=DeliveryStatus.WAITING)),
    "planned": Count("deliveries"),
}


def dispatches() -> QuerySet[Any]:
    """Every sending with how many of its recipients were served."""
    return Dispatch.objects.select_related("schedule", "asked_by").annotate(**_COUNTS).order_by("-due_at", "-pk")


@dataclass(frozen=True)
class Served:
    """A delivery with the mails that went with it."""

    row: Delivery
    letters: Sequence[Letter]

    @property
    def recipient(self) -> str:
        """Who it is for."""
        if self.row.partner is not None:
            return self.row.partner.name
        return str(self.row.user) if self.row.user else _("Somebody who has left")

    @property
    def words(self) -> str:
        """What came of it."""
        return outcome_words(self.row)

    @property
    def tone(self) -> str:
        """The colour of its status."""
        return DELIVERY_TONES[DeliveryStatus(self.row.status)]

    @property
    def mail_errors(self) -> list[str]:
        """Why mails that have not left could not be sent yet."""
        return [one.error for one in self.letters if one.sent_at is None and one.stopped_at is None and one.error]

    @property
    def held_back(self) -> list[str]:
        """Why mails do not leave any more: their readers lost the right to them while they waited."""
        return list(dict.fromkeys(one.error for one in self.letters if one.stopped_at is not None))

    @property
    def mails_sent(self) -> int:
        """How many mails have left."""
        return sum(one.sent_at is not None for one in self.letters)


def deliveries_of(dispatch: Dispatch, rows: Sequence[Delivery]) -> list[Served]:
    """Deliveries of one page with their mails."""
    abouts = [f"delivery:{row.pk}" for row in rows]
    letters = {**letters_about(SENT, abouts), **letters_about(SENT_TO_PARTNER, abouts)} if rows else {}
    return [Served(row, letters.get(f"delivery:{row.pk}", ())) for row in rows]


def title_of(key: str) -> str:
    """What a report is called, also where its app is gone."""
    report = get_report(key)
    return str(report.title) if report else key
