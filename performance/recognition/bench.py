"""Badges for `bench web`: granted behind the closings, and one awarded by hand."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from partners.models import Partner, Programme
from performance.bench.registry import WebPage
from performance.recognition.choices import BadgeKind, Cohort
from performance.recognition.models import Badge
from performance.recognition.services.awards import award_by_hand
from performance.recognition.services.badges import save_badge, switch_badge
from prm.access.actor import Actor
from prm.tenancy.scope import require_scope


class RecognitionPages:
    """The wall, the league table, and the hall of fame in the portal."""

    def prepare(self, programme: Programme, actor: Actor) -> None:
        """The best of its type, and the hundred that rose most."""
        monthly: dict[str, Any] = {"programme": programme, "period_kind": "month"}
        best: dict[str, Any] = {"kind": BadgeKind.RANK, "cohort": Cohort.TYPE, "icon": "trophy", "colour": "gold"}
        rise: dict[str, Any] = {
            "kind": BadgeKind.RISE,
            "cohort": Cohort.TYPE,
            "top": 100,
            "minimum_rated": 200,
            "points": 2,
            "icon": "trending-up",
            "colour": "teal",
        }
        for name, values in (("Partner of the month", best), ("Rising star", rise)):
            badge = save_badge(actor=actor, name=name, description="Well done", **monthly, **values)
            switch_badge(badge=badge, actor=actor, is_on=True)

    def pages(self, partner: Partner, actor: Actor) -> Sequence[WebPage]:
        """The partner of the bench holds a badge in any case."""
        badge = Badge.objects.get(name="Rising star")
        award_by_hand(badge=badge, partner=partner, actor=actor, reason="For the help at the fair.")
        listed = {"tenant": require_scope().tenant.slug}
        own = {**listed, "partner": partner.public_id}
        return [
            WebPage("award_list", reverse("recognition:award_list", kwargs=listed)),
            WebPage("league_list", reverse("recognition:league_list", kwargs=listed)),
            WebPage("portal_recognition", reverse("portal:recognition", kwargs=own), is_portal=True),
        ]


PAGES = RecognitionPages()
