"""Badges: all of them with who holds them, writing one with a preview, switching on and off."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Programme
from performance.recognition.choices import BadgeKind
from performance.recognition.forms.badge import BadgeForm
from performance.recognition.models import Badge
from performance.recognition.permissions import BADGE_EDIT, RECOGNITION_VIEW
from performance.recognition.queries.awards import awards, badges
from performance.recognition.screens import Preview, preview_of
from performance.recognition.services.badges import (
    check_badge,
    delete_badge,
    fill,
    save_badge,
    switch_badge,
    usual_badges,
)
from performance.recognition.words.rules import rule_sentence
from performance.views.base import Page, get_or_404
from prm.access.portfolio import portfolio_of
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.ui.steps import ServiceButton, refuse

HOLDERS_SHOWN = 10


class BadgeList(Page):
    """Every badge with its rule and how many hold it."""

    permission = RECOGNITION_VIEW
    template_name = "recognition/badge_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = list(badges(portfolio_of(self.request.membership)).order_by("-is_active", "name"))
        return super().get_context_data(badges=[(one, rule_sentence(one.rule)) for one in found], **kwargs)


class _OfBadge:
    kwargs: dict[str, Any]
    request: Any

    @cached_property
    def badge(self) -> Badge | None:
        """The badge of the address; None for a new one."""
        if "badge" not in self.kwargs:
            return None
        badge: Badge = get_or_404(badges(portfolio_of(self.request.membership)), public_id=self.kwargs["badge"])
        return badge

    def badge_url(self, badge: Badge) -> str:
        """The badge's page."""
        return reverse("recognition:badge_detail", kwargs={"tenant": self.kwargs["tenant"], "badge": badge.public_id})


class BadgeDetail(_OfBadge, Page):
    """One badge: rule, newest holders, and whom it would have been granted to before it is switched on."""

    permission = RECOGNITION_VIEW
    template_name = "recognition/badge_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        badge = self.badge
        assert badge is not None, "The address names one."
        portfolio = portfolio_of(self.request.membership)
        newest = awards(portfolio).filter(badge=badge, status="standing").order_by("-awarded_at", "-pk")
        shows_preview = badge.kind != BadgeKind.HAND and not badge.is_active and portfolio is None
        context = {
            "badge": badge,
            "rule": rule_sentence(badge.rule),
            "awards": list(newest[:HOLDERS_SHOWN]),
            "preview": preview_of(badge) if shows_preview else None,
        }
        return super().get_context_data(**{**kwargs, **context})


class BadgeEditor(_OfBadge, Page):
    """Write a badge. “Preview” shows who would have been granted it, “Save” keeps it."""

    permission = BADGE_EDIT
    template_name = "recognition/badge_form.html"
    preview: Preview | None = None
    tried: Badge | None = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        usual = Programme.objects.filter(is_default=True).first()
        initial = BadgeForm.initial_of(self.badge) if self.badge else {"programme": usual}
        return self.render_to_response(self.get_context_data(form=BadgeForm(initial=initial)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = BadgeForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            with transaction.atomic():
                if "preview" in request.POST:
                    self.tried = fill(Badge(pk=self.badge.pk if self.badge else None), **form.values)
                    check_badge(self.tried)
                    self.preview = preview_of(self.tried)
                else:
                    badge = save_badge(actor=self.actor, badge=self.badge, **form.values)
        except DomainError as refusal:
            self.preview = None
            refuse(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        if self.preview is not None:
            return self.render_to_response(self.get_context_data(form=form))
        if badge.is_active or badge.kind == BadgeKind.HAND:
            messages.success(request, _("The badge is saved."))
        else:
            messages.success(request, _("The badge is saved. Switch it on when it is right."))
        return HttpResponseRedirect(self.badge_url(badge))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = reverse("recognition:badge_list", kwargs={"tenant": self.kwargs["tenant"]})
        context = {
            "badge": self.badge,
            "tried": self.tried,
            "preview": self.preview,
            "rule": rule_sentence(self.tried.rule) if self.tried else "",
            "back_url": self.badge_url(self.badge) if self.badge else back,
        }
        return super().get_context_data(**{**kwargs, **context})


class _BadgeButton(ServiceButton, _OfBadge, TenantView):
    permission = BADGE_EDIT
    http_method_names = ("post",)

    def load(self, **_kwargs: Any) -> None:
        self.chosen: Badge = get_or_404(Badge.objects.all(), public_id=self.kwargs["badge"])

    def back(self) -> str:
        return self.badge_url(self.chosen)


class BadgeSwitch(_BadgeButton):
    """Switch a badge on, perhaps for the last closed period too, or off."""

    def perform(self) -> str:
        is_on = not self.chosen.is_active
        with transaction.atomic():
            new = switch_badge(
                badge=self.chosen,
                actor=self.actor,
                is_on=is_on,
                with_last_period="with_last_period" in self.request.POST,
            )
        if not is_on:
            return _("%(badge)s is switched off. What partners hold stays theirs.") % {"badge": self.chosen.name}
        if new:
            return ngettext(
                "%(badge)s is switched on and was granted to %(count)d partner.",
                "%(badge)s is switched on and was granted to %(count)d partners.",
                new,
            ) % {"badge": self.chosen.name, "count": new}
        return _("%(badge)s is switched on. It is granted when the next period is closed.") % {
            "badge": self.chosen.name
        }


class BadgeDelete(_BadgeButton):
    """Remove a badge that nobody was granted."""

    def perform(self) -> str:
        with transaction.atomic():
            delete_badge(badge=self.chosen, actor=self.actor)
        return _("The badge is deleted.")

    def onward(self) -> str:
        return reverse("recognition:badge_list", kwargs={"tenant": self.request.tenant.slug})


class UsualBadges(ServiceButton, TenantView):
    """Begin with the usual badges, switched off, for every programme that has a scorecard."""

    permission = BADGE_EDIT
    http_method_names = ("post",)

    def perform(self) -> str:
        with transaction.atomic():
            made = [
                badge
                for one in Programme.objects.filter(is_active=True).order_by("-is_default", "name")
                for badge in usual_badges(actor=self.actor, programme=one)
            ]
        if not made:
            return _("No badge was added: the names are taken, or no scorecard is published yet.")
        return ngettext(
            "%(count)d badge is added. Look at it and switch it on.",
            "%(count)d badges are added. Look at them and switch them on.",
            len(made),
        ) % {"count": len(made)}

    def back(self) -> str:
        return reverse("recognition:badge_list", kwargs={"tenant": self.request.tenant.slug})
