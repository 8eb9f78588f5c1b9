"""Telling a partner's people about their grade: in the portal's inbox and by mail."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance import display
from performance.consequences import ConsequenceKind
from performance.models import Outcome
from performance.notices import OWN_GRADE
from performance.words.consequences import portal_address
from prm.accounts.models import PartnerAccess, User
from prm.languages import screen_language
from prm.notifications.choices import Reach
from prm.notifications.kinds import get_kind
from prm.notifications.letters import Draft, post
from prm.notifications.reach import reaches
from prm.notifications.services import Message, deliver
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    body: str
    mail: str


def carry_out(outcomes: Sequence[Outcome], _at: datetime) -> Mapping[int, int]:
    """One message and one mail to everybody who may open the partner's portal."""
    tenant = require_scope().tenant
    people: dict[int, list[User]] = defaultdict(list)
    partners = {outcome.partner_id for outcome in outcomes}
    accesses = PartnerAccess.objects.filter(
        tenant_id=tenant.pk, partner_id__in=partners, is_active=True, user__is_active=True
    )
    for access in accesses.select_related("user").order_by("pk"):
        people[access.partner_id].append(access.user)
    letters = list(_written(outcomes, people, tenant))
    deliver(
        Message(user.pk, OWN_GRADE, text.title, text.body, portal_address(outcome), outcome.partner_id)
        for outcome, user, text in letters
    )
    reach = reaches([get_kind(OWN_GRADE)], (user.pk for _outcome, user, _written_text in letters))
    post(
        Draft(user.pk, OWN_GRADE, str(outcome.pk), text.title, text.mail, partner_id=outcome.partner_id)
        for outcome, user, text in letters
        if reach[OWN_GRADE, user.pk] == Reach.MAIL
    )
    return {outcome.pk: len(people[outcome.partner_id]) for outcome in outcomes}


def _written(
    outcomes: Sequence[Outcome], people: Mapping[int, list[User]], tenant: Tenant
) -> Iterator[tuple[Outcome, User, _Text]]:
    for outcome in outcomes:
        texts: dict[str, _Text] = {}
        for user in people.get(outcome.partner_id, ()):
            language = screen_language(user.language, tenant.language)
            if language not in texts:
                with translation.override(language):
                    texts[language] = _text(outcome, tenant)
            yield outcome, user, texts[language]


def _text(outcome: Outcome, tenant: Tenant) -> _Text:
    card = outcome.scorecard
    figures = {
        "period": card.period.label,
        "grade": outcome.grade,
        "former": outcome.former_grade,
        "score": display.score(card.total),
        "company": tenant.name,
        "partner": outcome.partner.name,
    }
    title = _("Your grade for %(period)s is %(grade)s") % figures
    if outcome.former_grade and outcome.former_grade != outcome.grade:
        how = _("It was %(former)s before; the score is %(score)s of 100.") % figures
    elif outcome.former_grade:
        how = _("It was the same before; the score is %(score)s of 100.") % figures
    else:
        how = _("The score is %(score)s of 100.") % figures
    paragraphs = [
        _("Hello,"),
        _("the scorecard of %(partner)s at %(company)s for %(period)s is final. The grade is %(grade)s.") % figures,
        how,
        _("The scorecard shows how each figure came about and which step would help most:"),
        settings.PUBLIC_URL.rstrip("/") + portal_address(outcome).partition("#")[0],
    ]
    body = f"{how} {_('Your scorecard shows which step would help most.')}"
    return _Text(title, body, "\n\n".join(paragraphs))


def would(count: int) -> str:
    """What it would do, before it is switched on."""
    return ngettext(
        "The people of %(count)d partner would be told.", "The people of %(count)d partners would be told.", count
    ) % {"count": count}


def happened(outcome: Outcome) -> str:
    """What it did."""
    return ngettext(
        "%(count)d person at the partner was told.", "%(count)d people at the partner were told.", outcome.told
    ) % {"count": outcome.told}


KIND = ConsequenceKind(
    key="notify_partner",
    label=gettext_lazy("Tell the partner"),
    help=gettext_lazy("Everybody with access to the partner's portal finds it in the inbox there and gets a mail."),
    would=would,
    happened=happened,
    carry_out=carry_out,
    tells_partner=True,
    order=20,
)
