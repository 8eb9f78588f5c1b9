"""What follows from a grade, and what has followed, in the words that screens, inbox, mails and the API share."""

from django.urls import reverse
from django.utils.translation import gettext as _

from performance.choices import ConsequenceTiming, OutcomeState
from performance.consequences import consequence_kinds, kind_label
from performance.models import Outcome
from prm.tenancy.scope import require_scope


def grade_words(grade: str, former: str) -> str:
    """A grade with the one before, for example “grade D, before that C”."""
    figures = {"grade": grade, "former": former}
    if not former:
        return _("grade %(grade)s, the first one") % figures
    if former == grade:
        return _("grade %(grade)s as before") % figures
    return _("grade %(grade)s, before that %(former)s") % figures


def chosen_words(kind: str, timing: str) -> str:
    """A consequence that a grade has, for example “Tell the owner, on coming into the grade”."""
    when = str(ConsequenceTiming(timing).label)
    return f"{kind_label(kind)}, {when[:1].lower()}{when[1:]}"


def happened(outcome: Outcome) -> str:
    """What came of a consequence, in one sentence."""
    if outcome.lapsed_at is not None and outcome.state in (OutcomeState.WAITING, OutcomeState.FAILED):
        return _("Not done, because the grade was restated before.")
    if outcome.state == OutcomeState.WAITING:
        return _("Under way.")
    if outcome.state == OutcomeState.FAILED:
        return _("It failed and is tried again by itself a few times.")
    if outcome.state == OutcomeState.NOBODY:
        return _("There was nobody to tell.")
    kind = consequence_kinds.get(outcome.kind)
    return kind.happened(outcome) if kind else outcome.kind


def scorecard_address(outcome: Outcome) -> str:
    """The scorecard that it followed from, in the workspace."""
    kwargs = {"tenant": require_scope().tenant.slug, "partner": outcome.partner.public_id, "tab": "scorecard"}
    return f"{reverse('partners:partner_tab', kwargs=kwargs)}?{_query(outcome)}"


def portal_address(outcome: Outcome) -> str:
    """The same on the partner's side."""
    kwargs = {"tenant": require_scope().tenant.slug, "partner": outcome.partner.public_id}
    return f"{reverse('portal:scorecard', kwargs=kwargs)}?{_query(outcome)}"


def _query(outcome: Outcome) -> str:
    card = outcome.scorecard
    return f"period={card.period.label}&programme={card.programme.key}#followed"
