"""One review as page, portal and pack show it: both sides of each section, the result, actions, signatures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.queries.lines import Line
from performance.queries.reference import kpis_by_id
from performance.reviews.choices import OPEN_ACTIONS, ReviewStatus, Side
from performance.reviews.models import ActionItem, Answer, CarriedAction, Contest, Rater, Review, Signature
from performance.reviews.queries.content import Content, Item, Section, content_of
from performance.reviews.queries.frozen import has_changed, lines_of, snapshots_of
from performance.reviews.rules.result import points_of_level
from performance.reviews.words.reviews import SHOWN_TO_PARTNERS, event_words, is_open_to_partner, steps_of
from prm.audit.models import AuditEntry
from prm.tenancy.scope import require_scope

HISTORY = 12


@dataclass(frozen=True)
class Said:
    """What somebody says about an item. Without a level it is a comment alone."""

    text: str
    level: int | None
    level_name: str
    comment: str


@dataclass(frozen=True)
class Voice:
    """One rater in a section: who (for the partner the role alone), the mean level, and what was said."""

    name: str
    role: str
    level: Decimal
    level_name: str
    said: Sequence[Said]


@dataclass(frozen=True)
class SectionView:
    """A section with both sides. `waiting` are raters of it who have not submitted."""

    section: Section
    figures: str
    partner: Sequence[Said]
    voices: Sequence[Voice]
    waiting: Sequence[str]

    @property
    def own(self) -> Said | None:
        """The partner's view of the section as a whole."""
        return self.partner[0] if self.partner else None

    @property
    def ours(self) -> Decimal | None:
        """The mean of our side's levels."""
        return sum((voice.level for voice in self.voices), Decimal(0)) / len(self.voices) if self.voices else None

    @property
    def gap(self) -> Decimal | None:
        """How many levels our side is above (or, negative, below) the partner; None while one side is missing."""
        if self.ours is None or self.own is None or self.own.level is None:
            return None
        return self.ours - self.own.level

    @property
    def gap_words(self) -> str:
        """The difference in words: “Same view”, “−2 levels”."""
        if self.gap is None:
            return ""
        if abs(self.gap) < Decimal("0.5"):
            return _("Same view")
        return ngettext("%(gap)s level", "%(gap)s levels", 1 if abs(self.gap) == 1 else 2) % {
            "gap": display.signed(self.gap, 0 if self.gap == self.gap.to_integral_value() else 1)
        }

    @property
    def gap_tone(self) -> str:
        """Worth talking about from a whole level on: our view is lower (warn) or higher (acc)."""
        if self.gap is None or abs(self.gap) < 1:
            return ""
        return "warn" if self.gap < 0 else "acc"


@dataclass(frozen=True)
class SignatureView:
    """A side's place under the review: who, and how it stands."""

    side: Side
    name: str
    detail: str
    signature: Signature | None


@dataclass(frozen=True)
class ReviewScreen:
    """Everything a page about one review shows, each part read with one statement once it is asked for.

    The review comes with partner, programme, period, template and owner.
    """

    review: Review
    is_portal: bool

    @cached_property
    def content(self) -> Content:
        """The sections and questions of the template."""
        return content_of(self.review.template_id)

    @cached_property
    def snapshots(self) -> Sequence[Any]:
        """The frozen scorecards, the newest first."""
        return list(snapshots_of(self.review))

    @cached_property
    def raters(self) -> Sequence[Rater]:
        """Who is asked on our side, by role."""
        rows = Rater.objects.filter(review=self.review).select_related("user", "role")
        return list(rows.order_by("role__position", "pk"))

    @cached_property
    def answers(self) -> Sequence[Answer]:
        """What both sides said, item by item."""
        return list(Answer.objects.filter(review=self.review))

    @cached_property
    def contest(self) -> Contest | None:
        """The figure that the partner does not accept."""
        return Contest.objects.filter(review=self.review).select_related("kpi", "evidence").first()

    @cached_property
    def signatures(self) -> Mapping[str, Signature]:
        """The signatures by side."""
        return {row.side: row for row in Signature.objects.filter(review=self.review)}

    @cached_property
    def actions(self) -> Sequence[ActionItem]:
        """What was agreed, what is due first first."""
        return list(ActionItem.objects.filter(review=self.review).select_related("kpi").order_by("due_on", "pk"))

    @cached_property
    def carried(self) -> Sequence[CarriedAction]:
        """Actions of the review before that were still open."""
        rows = CarriedAction.objects.filter(review=self.review)
        return list(rows.select_related("action__review__period", "action__kpi").order_by("pk"))

    @cached_property
    def history(self) -> Sequence[tuple[str, AuditEntry]]:
        """The newest steps, in words; a partner reads some of them."""
        entries = AuditEntry.objects.filter(target_type="reviews.review", target_id=self.review.pk).order_by("-pk")
        if self.is_portal:
            entries = entries.filter(action__in=SHOWN_TO_PARTNERS)
        return [(event_words(entry), entry) for entry in entries[:HISTORY]]

    @property
    def levels(self) -> list[str]:
        """The names of levels 1 to 5."""
        return list(self.review.template.levels)

    @property
    def shows_both(self) -> bool:
        """Whether our side may be shown: always to us, to the partner once it is shared."""
        return not self.is_portal or is_open_to_partner(self.review)

    @cached_property
    def snapshot(self) -> Any:
        """The newest frozen scorecard."""
        return self.snapshots[0] if self.snapshots else None

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of the newest snapshot."""
        return lines_of(self.snapshot) if self.snapshot else []

    @property
    def was_restated(self) -> bool:
        """Whether the scorecard says something else now than the review froze."""
        return self.snapshot is not None and has_changed(self.snapshot)

    @property
    def bands(self) -> list[tuple[Decimal, str]]:
        """The grade limits of the snapshot, lowest first, as rails take them."""
        return [(Decimal(minimum), key) for key, _name, minimum in self.snapshot.bands] if self.snapshot else []

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The steps of the head."""
        return steps_of(self.review)

    @property
    def submitted(self) -> int:
        """How many raters have submitted."""
        return sum(rater.submitted_at is not None for rater in self.raters)

    @property
    def silent(self) -> list[Rater]:
        """Raters who have not submitted: shown, not counted."""
        return [rater for rater in self.raters if rater.submitted_at is None]

    @property
    def has_result(self) -> bool:
        """Whether the ratings have ended."""
        return self.review.status not in (
            ReviewStatus.SCHEDULED,
            ReviewStatus.SNAPSHOT_TAKEN,
            ReviewStatus.SELF_ASSESSMENT,
            ReviewStatus.RATING,
        )

    @property
    def arithmetic(self) -> str:
        """How score and ratings make the final result, to be redone with a pocket calculator."""
        review = self.review
        if review.final is None or self.snapshot is None or review.quality is None:
            return ""
        share = review.template.score_share
        return f"{display.plain(share)} × {display.score(self.snapshot.total)} + {display.plain(1 - share)} × {display.score(review.quality)}"  # noqa: E501

    @cached_property
    def sections(self) -> list[SectionView]:
        """Every section with what both sides say, as far as it may be shown."""
        return [self._section(section) for section in self.content.sections]

    @property
    def has_begun(self) -> bool:
        """Whether anybody was asked yet."""
        return self.review.status not in (ReviewStatus.SCHEDULED, ReviewStatus.SNAPSHOT_TAKEN)

    @property
    def signed(self) -> list[Signature]:
        """The signatures there are."""
        return list(self.signatures.values())

    @property
    def undecided(self) -> int:
        """How many carried actions have no status yet."""
        return sum(not row.verdict for row in self.carried)

    @property
    def lacking(self) -> list[ActionItem]:
        """Open actions that lack an owner or a day."""
        return [action for action in self.actions if action.status in OPEN_ACTIONS and not action.is_complete]

    @property
    def signing(self) -> list[SignatureView]:
        """Both sides' places, the partner first."""
        partner = self.signatures.get(Side.PARTNER)
        vendor = self.signatures.get(Side.VENDOR)
        owner = str(self.review.owner) if self.review.owner else require_scope().tenant.name
        company = self.review.partner.name
        theirs = partner.name if partner else self.review.assessed_by
        return [
            SignatureView(Side.PARTNER, theirs or company, company if theirs else _("A partner admin signs"), partner),
            SignatureView(Side.VENDOR, vendor.name if vendor else owner, require_scope().tenant.name, vendor),
        ]

    def _section(self, section: Section) -> SectionView:
        voices, waiting = [], []
        for rater in self.raters:
            items = section.of_role.get(rater.role_id, ())
            if not items:
                continue
            if rater.submitted_at is None:
                waiting.append(f"{rater.user}, {rater.role.name}")
            else:
                voices += self._voice(rater, items)
        partner = [] if self.review.assessed_at is None else self._said(None, section.of_partner)
        return SectionView(
            section,
            self._figures(section),
            partner,
            voices if self.shows_both else [],
            waiting,
        )

    def _voice(self, rater: Rater, items: Sequence[Item]) -> list[Voice]:
        said = self._said(rater.pk, items)
        levels = [Decimal(one.level) for one in said if one.level is not None]
        if not levels:
            return []
        level = sum(levels, Decimal(0)) / len(levels)
        name = rater.role.name if self.is_portal else str(rater.user)
        return [Voice(name, rater.role.name, level, self._level_name(level), said)]

    def _said(self, rater_id: int | None, items: Sequence[Item]) -> list[Said]:
        given = {
            (answer.section_id, answer.question_id): answer for answer in self.answers if answer.rater_id == rater_id
        }
        found = [(item, given.get((item.section_id, item.question_id))) for item in items]
        return [
            Said(item.text, answer.level, self._level_name(answer.level), answer.comment)
            for item, answer in found
            if answer is not None
        ]

    def _level_name(self, level: Decimal | int | None) -> str:
        if level is None:
            return ""
        return self.levels[min(4, max(0, int(Decimal(level).quantize(Decimal(1), ROUND_HALF_UP)) - 1))]

    def _figures(self, section: Section) -> str:
        by_kpi = {line.kpi_id: line for line in self.lines}
        told = []
        for kpi_id in section.kpi_ids:
            line = by_kpi.get(kpi_id)
            kpi = kpis_by_id().get(kpi_id)
            if line is None or kpi is None:
                continue
            if line.contribution is None or line.points_lost is None:
                continue
            figures = {
                "got": display.score(line.contribution),
                "most": display.score(line.contribution + line.points_lost),
                "kpi": kpi.name,
            }
            told.append(_("%(got)s of %(most)s %(kpi)s") % figures)
        if self.snapshot is not None and section.kpi_ids and not told:
            return _("Nothing of this was scored in the period.")
        return ", ".join(told)


def days_late(review: Review) -> int:
    """How many days the present step is late; 0 where it is not."""
    if review.due_on is None or review.status == ReviewStatus.CLOSED:
        return 0
    return max(0, (timezone.localdate() - review.due_on).days)


def role_points(screen: ReviewScreen) -> list[tuple[str, int, Decimal]]:
    """The roles with somebody who submitted: name, how many, and points 0 to 100."""
    found: dict[str, list[Decimal]] = {}
    for rater in screen.raters:
        levels = [
            Decimal(answer.level)
            for answer in screen.answers
            if answer.rater_id == rater.pk and answer.level is not None
        ]
        if rater.submitted_at is not None and levels:
            found.setdefault(rater.role.name, []).append(sum(levels, Decimal(0)) / len(levels))
    return [(name, len(means), points_of_level(sum(means, Decimal(0)) / len(means))) for name, means in found.items()]
