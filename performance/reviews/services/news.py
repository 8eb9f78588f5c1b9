"""Telling both sides what happens in a review and what they are asked to do."""

from collections.abc import Callable, Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.reviews.choices import ReviewStatus, Side
from performance.reviews.models import ActionItem, Review, Signature
from performance.reviews.permissions import (
    OWN_REVIEW_ANSWER,
    OWN_REVIEW_SIGN,
    OWN_REVIEW_VIEW,
    REVIEW_RATE,
    REVIEW_VIEW,
)
from performance.services.alert_news import responsible_for
from prm.access.actor import Actor
from prm.access.permissions import Permission
from prm.notifications.kinds import Area, NoticeKind, register_kind
from prm.notifications.telling import Notice, Person, people_at, staff, tell
from prm.tenancy.scope import require_scope
from prm.ui import formats

ASKED, SHARED, DECIDED, MEETING, ACTION = (
    "review.asked",
    "review.shared",
    "review.decided",
    "review.meeting",
    "review.action",
)
RATE, ANSWERED, OURS = "review.rate", "review.answered", "review.ours"


def register_kinds() -> None:
    """Called once the app is ready."""
    portal, workspace = Area.PORTAL, Area.WORKSPACE
    for kind in (
        NoticeKind(ASKED, gettext_lazy("A review waits for our answer or signature"), portal, OWN_REVIEW_VIEW,
                   may_be_silenced=False, order=30),
        NoticeKind(SHARED, gettext_lazy("A review is shared with us"), portal, OWN_REVIEW_VIEW,
                   may_be_silenced=False, order=31),
        NoticeKind(DECIDED, gettext_lazy("A contested figure was decided, a review was closed"), portal,
                   OWN_REVIEW_VIEW, order=32),
        NoticeKind(MEETING, gettext_lazy("A review's meeting is planned"), portal, OWN_REVIEW_VIEW, order=33),
        NoticeKind(ACTION, gettext_lazy("An action of a review is mine or is due"), portal, OWN_REVIEW_VIEW, order=34),
        NoticeKind(RATE, gettext_lazy("I am asked to rate a partner"), workspace, REVIEW_RATE,
                   may_be_silenced=False, order=30),
        NoticeKind(ANSWERED, gettext_lazy("A partner has answered or signed a review"), workspace, REVIEW_VIEW,
                   order=31),
        NoticeKind(OURS, gettext_lazy("A review, its meeting or an action waits for me"), workspace, REVIEW_VIEW,
                   order=32),
    ):  # fmt: skip
        register_kind(kind)


def page_of(review: Review) -> str:
    """The review in the workspace."""
    return reverse("reviews:review_detail", kwargs={"tenant": require_scope().tenant.slug, "review": review.public_id})


def portal_page_of(review: Review) -> str:
    """The review in the partner's portal."""
    kwargs = {"tenant": require_scope().tenant.slug, "partner": review.partner.public_id, "review": review.public_id}
    return reverse("portal:review", kwargs=kwargs)


def leaders_of(review: Review) -> list[Person]:
    """Who leads the review: its owner while at work here, else whoever looks after the partner."""
    return staff([review.owner_id]) or staff(responsible_for([review.partner_id]).get(review.partner_id, ()))


def _partner(
    review: Review, kind: str, step: str, write: Callable[[], tuple[str, str]], permission: Permission | None = None
) -> int:
    def notice() -> Notice:
        title, body = write()
        return Notice(title, body, portal_page_of(review))

    return tell(kind=kind, about=f"review:{review.pk}:{step}", people=people_at(review.partner_id, permission),
                write=notice)  # fmt: skip


def _staff(review: Review, kind: str, step: str, people: Iterable[Person], write: Callable[[], tuple[str, str]]) -> int:
    def notice() -> Notice:
        title, body = write()
        return Notice(title, body, page_of(review))

    return tell(kind=kind, about=f"review:{review.pk}:{step}", people=people, write=notice)


def _until(review: Review) -> str:
    return formats.day(review.due_on, year=True) if review.due_on else ""


# --- To the partner -------------------------------------------------------------------------------------------------


def ask_self_assessment(review: Review, again: str = "") -> int:
    """Ask for the partner's side; `again` names a reminder."""
    return _partner(
        review,
        ASKED,
        f"assess{again}",
        lambda: (
            _("Your view is asked for: review %(period)s") % {"period": review.period},
            _("%(tenant)s asks you to assess yourselves until %(day)s. Your answers stand beside theirs.")
            % {"tenant": require_scope().tenant, "day": _until(review)},
        ),
        OWN_REVIEW_ANSWER,
    )


def shared(review: Review, again: str = "") -> int:
    """The review is there to be read, and answered in time."""
    return _partner(
        review,
        SHARED,
        f"shared{again}",
        lambda: (
            _("Your review %(period)s is shared with you") % {"period": review.period},
            _("Accept the figures, or contest one of them with evidence until %(day)s.") % {"day": _until(review)},
        ),
    )


def decided(review: Review) -> int:
    """What became of the contested figure."""
    is_corrected = review.status == ReviewStatus.CORRECTED
    contest = review.contests.select_related("kpi").get()
    return _partner(
        review,
        DECIDED,
        "decided",
        lambda: (
            (
                _("%(kpi)s was corrected in your review %(period)s")
                if is_corrected
                else _("%(kpi)s stands as it was in your review %(period)s")
            )
            % {"kpi": contest.kpi.name, "period": review.period},
            contest.reason,
        ),
    )


def please_sign(review: Review, again: str = "") -> int:
    """The meeting was held; both sides sign in time."""
    _staff(
        review,
        OURS,
        f"sign{again}",
        leaders_of(review),
        lambda: (_("Sign the review of %(review)s") % {"review": review}, _signable(review)),
    )
    return _partner(
        review,
        ASKED,
        f"sign{again}",
        lambda: (_("Please sign your review %(period)s") % {"period": review.period}, _signable(review)),
        OWN_REVIEW_SIGN,
    )


def _signable(review: Review) -> str:
    return _("Without both signatures until %(day)s it is closed as not acknowledged.") % {"day": _until(review)}


def not_acknowledged(review: Review) -> int:
    """Nobody signed in time."""
    text = _("It was not signed by both sides in time. That stays visible with the review.")
    _staff(
        review,
        OURS,
        "silent",
        leaders_of(review),
        lambda: (_("The review of %(review)s was closed as not acknowledged") % {"review": review}, text),
    )
    return _partner(
        review,
        DECIDED,
        "silent",
        lambda: (_("Your review %(period)s was closed as not acknowledged") % {"period": review.period}, text),
    )


def meeting(review: Review, again: str = "") -> int:
    """The meeting is planned or moved; both sides find the invitation on the review."""

    def when() -> str:
        assert review.meeting_at is not None, "A meeting was just planned."
        place = f", {review.meeting_place}" if review.meeting_place else ""
        return formats.stamp(review.meeting_at) + place

    step = f"meeting:{review.ics_sequence}{again}"
    _staff(
        review,
        OURS,
        step,
        leaders_of(review),
        lambda: (_("Meeting about the review of %(review)s") % {"review": review}, when()),
    )
    return _partner(
        review,
        MEETING,
        step,
        lambda: (_("Meeting about your review %(period)s") % {"period": review.period}, when()),
    )


# --- To our side ----------------------------------------------------------------------------------------------------


def ask_raters(review: Review, *, only: int | None = None, again: str = "") -> int:
    """Ask those who have not rated yet."""
    waiting = review.raters.filter(submitted_at=None)
    if only is not None:
        waiting = waiting.filter(user_id=only)
    return _staff(
        review,
        RATE,
        f"rate{again}",
        staff(waiting.values_list("user_id", flat=True)),
        lambda: (
            _("Please rate %(partner)s for %(period)s") % {"partner": review.partner, "period": review.period},
            _("Your questions are open until %(day)s.") % {"day": _until(review)},
        ),
    )


def assessed(review: Review) -> int:
    """The partner's side has come in."""
    return _staff(
        review,
        ANSWERED,
        "assessed",
        leaders_of(review),
        lambda: (
            _("%(partner)s has assessed itself for %(period)s") % {"partner": review.partner, "period": review.period},
            _("The ratings begin."),
        ),
    )


def draft_ready(review: Review, actor: Actor) -> int:
    """The ratings have ended; whoever leads the review shares it."""
    people = [person for person in leaders_of(review) if person.user_id != actor.user_id]
    return _staff(
        review,
        OURS,
        "draft",
        people,
        lambda: (
            _("The review of %(review)s is ready to be shared") % {"review": review},
            _("Look at both sides, then share it with the partner."),
        ),
    )


def answered(review: Review) -> int:
    """The partner accepted the figures or contested one."""

    def words() -> tuple[str, str]:
        if review.status == ReviewStatus.CONTESTED:
            contest = review.contests.select_related("kpi").first()
            named = contest.kpi.name if contest is not None else ""
            return (
                _("%(partner)s contests %(kpi)s") % {"partner": review.partner, "kpi": named or _("a figure")},
                _("Correct the data, or uphold the figure with a reason."),
            )
        if review.was_silent:
            return (
                _("%(partner)s contested nothing in time") % {"partner": review.partner},
                _("The meeting about %(period)s can be held.") % {"period": review.period},
            )
        return (
            _("%(partner)s accepts the figures of %(period)s") % {"partner": review.partner, "period": review.period},
            _("The meeting can be held."),
        )

    return _staff(review, ANSWERED, f"answer:{review.status}", leaders_of(review), words)


def signed(review: Review, signature: Signature) -> int:
    """One side has signed; the other one hears of it."""
    if signature.side == Side.VENDOR:
        return _partner(
            review,
            DECIDED,
            "signed",
            lambda: (
                _("%(who)s has signed your review %(period)s") % {"who": signature.name, "period": review.period},
                "",
            ),
        )
    return _staff(
        review,
        ANSWERED,
        "signed",
        leaders_of(review),
        lambda: (
            (
                _("%(partner)s has signed the review %(period)s with remarks")
                if signature.remarks
                else _("%(partner)s has signed the review %(period)s")
            )
            % {"partner": review.partner, "period": review.period},
            signature.remarks,
        ),
    )


# --- Actions --------------------------------------------------------------------------------------------------------


def action_assigned(action: ActionItem, actor: Actor, again: str = "") -> int:
    """Somebody owns an action now, or is reminded of it. A contact who does not sign in is told nothing here."""
    if action.owner_id is None or (action.owner_id == actor.user_id and not again):
        return 0
    review = action.review

    def words() -> tuple[str, str]:
        due = formats.day(action.due_on, year=True) if action.due_on else _("no day yet")
        title = _("Action due: %(action)s") if again else _("Action for you: %(action)s")
        return title % {"action": action.title}, _("Review of %(review)s, due %(day)s.") % {
            "review": review,
            "day": due,
        }

    if action.side == Side.PARTNER:
        people = [person for person in people_at(review.partner_id) if person.user_id == action.owner_id]

        def notice() -> Notice:
            return Notice(*words(), portal_page_of(review))

        return tell(kind=ACTION, about=f"action:{action.pk}{again}", people=people, write=notice)
    return _staff(review, OURS, f"action:{action.pk}{again}", staff([action.owner_id]), words)
