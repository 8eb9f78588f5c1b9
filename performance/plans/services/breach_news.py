"""Telling people about serious breaches: those who decide, those who look after the partner, and the partner itself.

The partner reads the text that was written for it and nothing else; mails and lines to others name the partner and the
kind, never what happened, which stands on the page behind its permission.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from performance.plans import notices
from performance.plans.addresses import breach_address
from performance.plans.models import Breach
from performance.plans.permissions import BREACH_DECIDE, BREACH_VIEW
from performance.plans.services.news import with_roles
from performance.services.alert_news import responsible_for
from prm.accounts.models import Membership
from prm.accounts.places import portal_url
from prm.notifications.telling import Notice, Person, people_at, staff, tell
from prm.tenancy.scope import require_scope
from prm.ui import formats


def deciders(breach: Breach) -> list[Person]:
    """Everybody who may decide about a report: all with the right but its reporter."""
    return [person for person in with_roles(BREACH_DECIDE.roles) if person.user_id != breach.reporter_id]


def _concerned(breach: Breach, *, but: int | None = None) -> list[Person]:
    """The reporter, those who agreed, and whoever looks after the partner, as far as they may see such reports."""
    wanted = [] if breach.reporter_id is None else [breach.reporter_id]
    wanted += breach.approvals.order_by("pk").values_list("user_id", flat=True)
    wanted += responsible_for([breach.partner_id]).get(breach.partner_id, [])
    may = set(
        Membership.objects.filter(
            tenant_id=require_scope().tenant_id, user_id__in=wanted, role__in=list(BREACH_VIEW.roles)
        ).values_list("user_id", flat=True)
    )
    return staff(user_id for user_id in wanted if user_id in may and user_id != but)


def tell_to_approve(breach: Breach) -> None:
    """A report waits for two people."""
    tell(
        kind=notices.BREACH_TO_APPROVE,
        about=f"{breach.pk}",
        people=deciders(breach),
        write=lambda: Notice(
            _("A serious breach of %(partner)s waits for your decision") % {"partner": breach.partner},
            _("%(kind)s, reported by %(who)s. Two people have to agree before the partner is suspended.")
            % {"kind": breach.get_kind_display(), "who": breach.reported_by},
            breach_address(breach),
        ),
    )


def tell_suspended(breach: Breach, *, but: int | None) -> None:
    """Two people have agreed: those concerned here are told, and the partner in the words written for it."""
    _tell_here(
        breach,
        "suspended",
        lambda: (
            _("%(partner)s is suspended for a serious breach") % {"partner": breach.partner},
            _("Two people have agreed. The clocks of its improvement plans stand until the suspension is lifted."),
        ),
        but=but,
    )
    _tell_partner(
        breach,
        "suspended",
        lambda: (
            _("Your company is suspended at %(tenant)s since %(day)s")
            % {"tenant": require_scope().tenant, "day": formats.day(breach.suspended_on)},
            breach.partner_text,
        ),
    )


def tell_refused(breach: Breach, *, but: int | None) -> None:
    """A report ended without a suspension; the partner never hears of it."""
    _tell_here(
        breach,
        "refused",
        lambda: (
            _("The report about %(partner)s was refused") % {"partner": breach.partner},
            _("By %(who)s, with a reason. The partner is not suspended.") % {"who": breach.settled_by},
        ),
        but=but,
    )


def tell_withdrawn(breach: Breach) -> None:
    """A report that had asked for a decision needs none any more."""
    tell(
        kind=notices.BREACH_DECIDED,
        about=f"{breach.pk}:withdrawn",
        people=deciders(breach),
        write=lambda: Notice(
            _("The report about %(partner)s was withdrawn") % {"partner": breach.partner},
            _("By %(who)s, who had reported it. Nothing waits for you any more.") % {"who": breach.settled_by},
            breach_address(breach),
        ),
    )


def tell_lifted(breach: Breach) -> None:
    """The partner is active again."""
    _tell_here(
        breach,
        "lifted",
        lambda: (
            _("The suspension of %(partner)s is lifted") % {"partner": breach.partner},
            _("By %(who)s. Its improvement plans go on, with the days of the suspension given back.")
            % {"who": breach.lifted_by},
        ),
    )
    _tell_partner(
        breach,
        "lifted",
        lambda: (
            _("Your company is active at %(tenant)s again") % {"tenant": require_scope().tenant},
            _("The suspension is lifted. Your improvement plans go on, with its days given back."),
        ),
    )


def _tell_here(breach: Breach, step: str, write: Callable[[], tuple[str, str]], *, but: int | None = None) -> None:
    tell(
        kind=notices.BREACH_DECIDED,
        about=f"{breach.pk}:{step}",
        people=_concerned(breach, but=but),
        write=lambda: Notice(*write(), breach_address(breach)),
    )


def _tell_partner(breach: Breach, step: str, write: Callable[[], tuple[str, str]]) -> None:
    tell(
        kind=notices.OWN_SUSPENSION,
        about=f"{breach.pk}:{step}",
        people=people_at(breach.partner_id),
        write=lambda: Notice(*write(), portal_url(require_scope().tenant.slug, breach.partner.public_id)),
    )
