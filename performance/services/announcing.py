"""Telling partners' people what became of their figures."""

from collections import defaultdict
from collections.abc import Sequence

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.models import PeriodRow, Restatement, Scorecard
from performance.narrative import CardFigures, card_summary
from performance.notices import CARD_RESTATED, OWN_CARD_FINAL, OWN_CARD_RESTATED
from performance.rules.scoring import COHORT_SHOWN_FROM
from prm.access.actor import Actor
from prm.accounts.models import PartnerAccess
from prm.accounts.places import portal_url
from prm.accounts.watchers import watchers_of
from prm.languages import screen_language, written_language
from prm.notifications.services import Message, deliver, notify
from prm.periods import FiscalCalendar
from prm.tenancy.scope import require_scope
from prm.ui.formats import NONE, number


def tell_partners_of_closing(period: PeriodRow) -> None:
    """One message to everybody at a partner whose scorecard of the period is final now: how it ended, in the person's
    language, and the way to it."""
    tenant = period.tenant
    cards: dict[int, Scorecard] = {}
    found = Scorecard.objects.filter(period=period, total__isnull=False).select_related("template").defer("lines")
    for card in found.order_by("partner_id", "-programme__is_default", "programme_id"):
        cards.setdefault(card.partner_id, card)
    people: dict[tuple[int, str, str], list[int]] = {}
    accesses = PartnerAccess.objects.filter(tenant_id=tenant.pk, partner_id__in=list(cards), is_active=True)
    for access in accesses.select_related("user").order_by("partner_id", "pk"):
        language = written_language(access.user.language, tenant.language)
        people.setdefault((access.partner_id, str(access.partner_public_id), language), []).append(access.user_id)
    before = FiscalCalendar(tenant.fiscal_year_start).previous(period.value).label
    messages = []
    for (partner_id, public_id, language), user_ids in people.items():
        told = card_summary(closing_figures(cards[partner_id], period.label, before), language, you=True)
        with translation.override(language):
            title = _("Your scorecard for %(period)s is final") % {"period": period.label}
            last = [_("It will change only by a correction that both sides can see.")]
        if screen_language(language) != language:
            last = []  # a paragraph speaks one language
        body = " ".join([*(sentence for part in told for sentence in part.sentences), *last])
        url = f"{portal_url(tenant.slug, public_id)}?period={period.label}"
        messages += [Message(user_id, OWN_CARD_FINAL, title, body, url, partner_id) for user_id in user_ids]
    deliver(messages)


def closing_figures(card: Scorecard, period: str, before: str) -> CardFigures:
    """How a card ended, without its lines: total, grade, change and, among five and more, the place."""
    is_shown = card.cohort is not None and card.cohort >= COHORT_SHOWN_FROM
    return CardFigures(
        period=period,
        previous=before,
        total=card.total,
        grade=card.grade,
        rated=card.rated,
        unrated_reason=card.unrated_reason,
        coverage=card.coverage,
        minimum_coverage=card.template.minimum_coverage if not card.rated else None,
        delta=card.delta,
        rank=card.rank if is_shown else None,
        cohort=card.cohort if is_shown else None,
    )


def tell_of_restatements(rows: Sequence[Restatement], *, actor: Actor) -> None:
    """Closed scorecards were restated: one message to each partner's people for each card, with the way to it, and
    one to whoever looks after the partners, however many cards it is about. Who decided is not told again."""
    _tell_partners(rows)
    cards: dict[int, list[Restatement]] = defaultdict(list)
    for row in rows:
        for user_id in watchers_of(row.scorecard.partner_id):
            if user_id != actor.user_id:
                cards[user_id].append(row)
    for user_id, own in cards.items():
        if len(own) == 1:
            title = _("%(card)s was restated %(figures)s") % {"card": own[0], "figures": _figures(own[0])}
        else:
            title = ngettext(
                "%(count)d scorecard of your partners was restated",
                "%(count)d scorecards of your partners were restated",
                len(own),
            ) % {"count": len(own)}
        notify(user_ids=[user_id], kind=CARD_RESTATED, title=title, body=own[0].reason, url=_address(own))


def _tell_partners(rows: Sequence[Restatement]) -> None:
    tenant = require_scope().tenant
    people: dict[int, list[PartnerAccess]] = defaultdict(list)
    accesses = PartnerAccess.objects.filter(
        tenant_id=tenant.pk, partner_id__in={row.scorecard.partner_id for row in rows}, is_active=True
    )
    for access in accesses.order_by("pk"):
        people[access.partner_id].append(access)
    messages = []
    for row in rows:
        card = row.scorecard
        accesses_of_card = people[card.partner_id]
        if not accesses_of_card:
            continue
        kwargs = {"programme": card.programme.key, "period": card.period.label}
        kwargs |= {"tenant": tenant.slug, "partner": str(card.partner.public_id)}
        title = _("Your scorecard for %(period)s was restated %(figures)s") % {
            "period": card.period.label,
            "figures": _figures(row),
        }
        url = f"{reverse('portal:receipt', kwargs=kwargs)}#restated"
        messages += [
            Message(access.user_id, OWN_CARD_RESTATED, title, row.reason, url, card.partner_id)
            for access in accesses_of_card
        ]
    deliver(messages)


def _address(rows: Sequence[Restatement]) -> str:
    slug = require_scope().tenant.slug
    if len(rows) == 1:
        kwargs = {"tenant": slug, "restatement": rows[0].public_id}
        return reverse("performance:restatement_detail", kwargs=kwargs)
    return f"{reverse('performance:restatement_list', kwargs={'tenant': slug})}?status=applied"


def _figures(row: Restatement) -> str:
    old, new = (NONE if value is None else number(value, 1) for value in (row.old_total, row.new_total))
    return _("from %(old)s to %(new)s") % {"old": old, "new": new}
