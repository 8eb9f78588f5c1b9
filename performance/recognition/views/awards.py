"""Awards: the list, one of them with why it was granted, awarding by hand, withdrawing."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from partners.lookup import suggested
from partners.models import Partner
from performance.recognition import cells
from performance.recognition.filters import AwardFilter
from performance.recognition.forms.badge import AwardForm, WithdrawForm
from performance.recognition.models import Award, Badge
from performance.recognition.permissions import AWARD_GRANT, AWARD_WITHDRAW, RECOGNITION_VIEW
from performance.recognition.picture import picture_response
from performance.recognition.queries.awards import awards
from performance.recognition.services.awards import award_by_hand, withdraw_award
from performance.recognition.words.awards import (
    award_rule,
    award_sentence,
    award_title,
    note_sentence,
    restated_sentence,
)
from performance.views.base import ServiceFormView, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.requests import TenantRequest
from prm.access.views import TenantView
from prm.ui.addresses import record_url
from prm.ui.lists import Column, ListPage, ReadyView


class AwardList(ListPage, TenantView):
    """Every award, the newest first."""

    permission = RECOGNITION_VIEW
    key = "awards"
    title = gettext_lazy("Recognition")
    template_name = "recognition/award_list.html"
    filterset_class = AwardFilter
    default_sort = "-awarded"
    search_fields = ("partner__name", "partner__external_id", "badge__name")
    search_placeholder = gettext_lazy("Partner, number or badge")
    counted = ngettext_lazy("%(count)s award", "%(count)s awards", "count")
    empty_title = gettext_lazy("No badge was awarded yet")
    empty_text = gettext_lazy("A badge that is switched on is granted when a period is closed. People award others.")
    empty_art = "done"
    empty_template = "recognition/parts/awards_empty.html"
    ready_views = (
        ReadyView(gettext_lazy("Mine"), "mine=yes"),
        ReadyView(gettext_lazy("By hand"), "origin=hand"),
        ReadyView(gettext_lazy("Restated since"), "noted=yes"),
        ReadyView(gettext_lazy("Withdrawn"), "status=withdrawn"),
    )
    columns = (
        Column(
            "partner",
            gettext_lazy("Partner"),
            value="partner.name",
            sort="partner__name",
            always=True,
            phone="head",
            draw=cells.award_partner,
        ),
        Column(
            "badge",
            gettext_lazy("Badge"),
            value="badge.name",
            sort="badge__name",
            phone="full",
            draw=cells.award_badge,
        ),
        Column("period", gettext_lazy("Period"), value="period.label", sort="period__start"),
        Column("why", gettext_lazy("Why"), value=award_sentence, phone="full", css="wr"),
        Column("awarded", gettext_lazy("Awarded"), value="awarded_at", sort="awarded_at", descending_first=True),
        Column("by", gettext_lazy("By"), value=lambda row: row.awarded_by or row.get_origin_display(), default=False),
        Column("rule", gettext_lazy("Rule"), value=award_rule, default=False, phone="full", css="wr"),
        Column("programme", gettext_lazy("Programme"), value="programme.name", sort="programme__name", default=False),
        Column("number", gettext_lazy("Number"), value="partner.external_id", default=False),
        Column(
            "status",
            gettext_lazy("Status"),
            value=lambda row: row.get_status_display(),
            sort="status",
            draw=cells.award_status,
        ),
    )

    def rows(self) -> QuerySet:
        return awards(portfolio_of(self.request.membership))

    def prepare(self, objects: list[Any]) -> list[Any]:
        slug = self.kwargs["tenant"]
        for row in objects:
            row.partner_url = record_url("partners:partner_detail", "partner", row.partner.public_id, tenant=slug)
            row.award_url = record_url("recognition:award_detail", "award", row.public_id, tenant=slug)
        return objects


class AwardDetail(ServiceFormView):
    """One award: what earned it by the figures as they were, what has changed since, and withdrawing it."""

    permission = RECOGNITION_VIEW
    write_permission = AWARD_WITHDRAW
    form_class = WithdrawForm
    template_name = "recognition/award_detail.html"
    success_message = gettext_lazy("The award is withdrawn. It stays on record with your reason.")
    read_anew = ("award",)

    @cached_property
    def award(self) -> Award:
        award: Award = get_or_404(awards(portfolio_of(self.request.membership)), public_id=self.kwargs["award"])
        return award

    def call(self, form: Any) -> Award:
        return withdraw_award(award=self.award, actor=self.actor, reason=form.cleaned_data["reason"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        award = self.award
        words = {
            "title": award_title(award),
            "why": award_sentence(award),
            "rule": award_rule(award),
            "note": note_sentence(award),
            "restated": restated_sentence(award),
        }
        return super().get_context_data(**{**kwargs, "award": award, "words": words, "card_url": self._card_url()})

    def _card_url(self) -> str:
        award = self.award
        if award.scorecard is None or award.programme is None or award.period is None:
            return ""
        kwargs = {"tenant": self.kwargs["tenant"], "programme": award.programme.key, "period": award.period.label}
        return reverse("performance:receipt", kwargs={**kwargs, "partner": award.partner.public_id})

    def get_success_url(self) -> str:
        return reverse("recognition:award_detail", kwargs=self.kwargs)


class AwardPicture(TenantView):
    """The picture of an award, as PNG or SVG; `?download=1` keeps it."""

    permission = RECOGNITION_VIEW

    def get(self, request: TenantRequest, *, award: Any, kind: str, **_kwargs: Any) -> HttpResponse:
        row: Award = get_or_404(awards(portfolio_of(request.membership)), public_id=award)
        return picture_response(row, request.tenant, kind, is_download="download" in request.GET)


class AwardCreate(ServiceFormView):
    """Award a badge by hand. `?partner=` and `?badge=` fill the form in."""

    permission = AWARD_GRANT
    form_class = AwardForm
    template_name = "recognition/award_form.html"

    @property
    def portfolio(self) -> Any:
        return portfolio_of(self.request.membership)

    def get_initial(self) -> dict[str, Any]:
        asked = self.request.GET.get
        badge = Badge.objects.filter(name=asked("badge", "")).first()
        return {"partner": asked("partner", "")[:64], "badge": badge.pk if badge else None}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "portfolio": self.portfolio}

    def call(self, form: Any) -> Award:
        return award_by_hand(actor=self.actor, **form.cleaned_data)

    @property
    def success_message(self) -> str:
        return _("%(partner)s holds %(badge)s. Its people are told.") % {
            "partner": self.result.partner.name,
            "badge": self.result.badge.name,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        number = self.request.GET.get("partner", "")
        partners = Partner.objects.filter(external_id=number) if number else Partner.objects.none()
        if self.portfolio is not None:
            partners = partners.filter(pk__in=self.portfolio)
        theirs = Partner.objects.all() if self.portfolio is None else Partner.objects.filter(pk__in=self.portfolio)
        context = {
            "chosen": partners.first(),
            "has_badges": Badge.objects.exists(),
            "some_partners": suggested(theirs),
        }
        return super().get_context_data(**{**kwargs, **context})

    def get_success_url(self) -> str:
        kwargs = {"tenant": self.kwargs["tenant"], "award": self.result.public_id}
        return reverse("recognition:award_detail", kwargs=kwargs)
