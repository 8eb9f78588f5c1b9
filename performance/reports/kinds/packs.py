"""The partner's pack for the quarterly meeting: a PDF for each partner, and who gets one as rows."""

from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from performance.permissions import SCORECARD_VIEW
from performance.queries.cards import complete
from performance.reports.catalogue import OF_CARDS, SUBJECTS, Figure, Report
from performance.reports.catalogue import register as add
from performance.reports.files.packs import pack_content
from performance.reports.kinds.cards import summary_columns
from performance.reports.kinds.streams import BY_NAME, cards_of
from performance.reports.question import Question
from performance.screens.scorecard import build_scorecard
from prm.pdf import typeset
from prm.tenancy.scope import require_scope
from prm.ui import formats


def partner_pack(question: Question) -> bytes | None:
    """The pack of the partner asked about; None where it has no card in the period."""
    if question.partner is None:
        return None
    card = question.cards().first()
    if card is None:
        return None
    complete([card])
    page = build_scorecard(card, question.partner, is_portal=True, today=question.today)
    tenant = require_scope().tenant
    content = pack_content(page, reader=question.reader, tenant=tenant.name, made_at=timezone.now())
    return typeset("partner_pack", content, accent=tenant.accent)


def _figure(question: Question) -> Figure | None:
    if not question.trend:
        return None
    count = question.trend[-1].partners
    return Figure(formats.number(count), ngettext("partner with a scorecard", "partners with a scorecard", count))


def register() -> None:
    """Called once the app is ready."""
    add(
        Report(
            key="partner-pack",
            title=gettext_lazy("Partner review pack"),
            answers=gettext_lazy("What do we put on the table in the quarterly meeting with a partner?"),
            subject=SUBJECTS["followed"],
            order=10,
            icon="briefcase",
            permission=SCORECARD_VIEW,
            filters=OF_CARDS,
            columns=summary_columns,
            rows=lambda question, limit: cards_of(question, limit, order=BY_NAME),
            count=lambda question: question.cards().count(),
            pack=partner_pack,
            figure=_figure,
            reaches_partners=True,
        )
    )
