"""The partner's side of recognition: its wall of badges, the hall of fame, a badge with its picture, league tables."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from partners.queries import own_partner
from performance.models import Scorecard
from performance.queries.cards import complete
from performance.recognition.models import Award
from performance.recognition.permissions import OWN_RECOGNITION_SHARE, OWN_RECOGNITION_VIEW
from performance.recognition.picture import picture_response
from performance.recognition.queries.awards import awards, awards_of, hall_of_fame, is_named
from performance.recognition.queries.leagues import LeagueTable, league_of
from performance.recognition.queries.reference import leagues_on
from performance.recognition.services.sharing import name_partner, share_award, share_token, stop_sharing
from portal.views.base import PartnerPage
from prm.access.views import PortalView
from prm.ui.steps import ServiceButton

PERIODS_SHOWN = 8


class RecognitionPage(PartnerPage):
    """The badges of the company, and those of the others in its programmes."""

    permission = OWN_RECOGNITION_VIEW
    template_name = "portal/recognition.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = list(awards_of(self.partner_id))
        cards = Scorecard.objects.filter(partner_id=self.partner_id).order_by()
        programmes = list(cards.values_list("programme_id", flat=True).distinct())
        context = {
            "awards": own,
            "hall": hall_of_fame(programmes),
            "is_named": is_named(self.partner_id),
            "has_leagues": bool(leagues_on().keys() & set(programmes)),
        }
        return super().get_context_data(**{**kwargs, **context})


class _OwnAward:
    kwargs: dict[str, Any]
    partner_id: int

    @cached_property
    def award(self) -> Award:
        """The award of the address, only ever the partner's own."""
        award = awards().filter(partner_id=self.partner_id, public_id=self.kwargs["award"]).first()
        if award is None:
            raise Http404
        return award


class AwardPage(_OwnAward, PartnerPage):
    """One badge of the company: why, by which rule, its picture, and its public page if there is one."""

    permission = OWN_RECOGNITION_VIEW
    template_name = "portal/award.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        award = self.award
        public = ""
        if award.share_key:
            public = settings.PUBLIC_URL.rstrip("/") + reverse("badges:page", kwargs={"token": share_token(award)})
        return super().get_context_data(**{**kwargs, "award": award, "public_url": public})


class AwardPicture(_OwnAward, PartnerPage):
    """The picture of a badge, as PNG or SVG; `?download=1` keeps it."""

    permission = OWN_RECOGNITION_VIEW

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_download = "download" in request.GET
        return picture_response(self.award, self.request.tenant, self.kwargs["kind"], is_download=is_download)


class AwardShare(_OwnAward, ServiceButton, PortalView):
    """Open a public page for a badge, or close it."""

    permission = OWN_RECOGNITION_SHARE
    http_method_names = ("post",)

    def perform(self) -> str:
        with transaction.atomic():
            if self.award.share_key:
                stop_sharing(award=self.award, actor=self.actor)
                return _("The public page is closed. Its address does not work any more.")
            share_award(award=self.award, actor=self.actor)
            return _("The badge has a public page now. Everybody with its address can see it.")

    def back(self) -> str:
        return reverse("portal:award", kwargs=self.kwargs)


class NamingSwitch(ServiceButton, PortalView):
    """Let other partners read the company's name, or stay unnamed."""

    permission = OWN_RECOGNITION_SHARE
    http_method_names = ("post",)

    def perform(self) -> str:
        is_named = self.request.POST.get("is_named") == "yes"
        with transaction.atomic():
            name_partner(partner=own_partner(self.partner_id), actor=self.actor, is_named=is_named)
        return _("Other partners read your name.") if is_named else _("Other partners do not read your name any more.")

    def back(self) -> str:
        return f"{reverse('portal:recognition', kwargs=self.kwargs)}#naming"


class LeaguePage(PartnerPage):
    """The own place among others, and the first places, as the workspace shows them; of closed periods."""

    permission = OWN_RECOGNITION_VIEW
    template_name = "portal/league.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cards = Scorecard.objects.filter(partner_id=self.partner_id, period__closed_at__isnull=False).defer("lines")
        settings_on = leagues_on()
        mine = [
            card
            for card in complete(cards.order_by())
            if card.programme_id in settings_on and card.period.kind == settings_on[card.programme_id].period_kind
        ]
        mine.sort(key=lambda card: (not card.programme.is_default, card.programme.name, -card.period.seq))
        asked = self.request.GET.get
        programmes = list(dict.fromkeys(card.programme for card in mine))
        programme = next((row for row in programmes if row.key == asked("programme")), None)
        programme = programme or (programmes[0] if programmes else None)
        mine = [card for card in mine if programme is not None and card.programme_id == programme.pk][:PERIODS_SHOWN]
        card = next((row for row in mine if row.period.label == asked("period")), mine[0] if mine else None)
        table: LeagueTable | None = None
        if card is not None:
            card.partner = self.partner
            table = league_of(card, settings_on[card.programme_id], card.period)
        context = {
            "card": card,
            "table": table,
            "programmes": programmes,
            "programme": programme,
            "periods": [row.period for row in mine],
            "is_named": is_named(self.partner_id),
        }
        return super().get_context_data(**{**kwargs, **context})
