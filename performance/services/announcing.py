"""Telling partners' people what became of their figures."""

from django.utils.translation import gettext as _

from performance.models import PeriodRow, Scorecard
from prm.accounts.models import PartnerAccess
from prm.accounts.places import portal_url
from prm.notifications.services import notify


def tell_partners_of_closing(period: PeriodRow) -> None:
    """One message to everybody at a partner whose scorecard of the period is final now, with the way to it."""
    partners = (
        Scorecard.objects.filter(period=period, total__isnull=False).order_by().values_list("partner_id", flat=True)
    )
    people: dict[tuple[int, str], list[int]] = {}
    accesses = PartnerAccess.objects.filter(
        tenant_id=period.tenant_id, partner_id__in=list(partners.distinct()), is_active=True
    )
    for access in accesses.order_by("partner_id", "pk"):
        people.setdefault((access.partner_id, str(access.partner_public_id)), []).append(access.user_id)
    for (partner_id, public_id), user_ids in people.items():
        notify(
            user_ids=user_ids,
            kind="scorecard.final",
            title=_("Your scorecard for %(period)s is final") % {"period": period.label},
            body=_("It will change only by a correction that both sides can see."),
            url=f"{portal_url(period.tenant.slug, public_id)}?period={period.label}",
            partner_id=partner_id,
        )
