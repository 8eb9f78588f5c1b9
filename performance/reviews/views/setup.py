"""Setting reviews up: templates in versions, and how often partners are reviewed."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Programme
from partners.reference import programmes
from performance.models import KPI
from performance.queries.reference import kpis_by_id
from performance.reviews.forms.setup import (
    CadenceForm,
    RoleFormSet,
    SectionFormSet,
    TemplateHeadForm,
    initial_of,
    spec_from,
)
from performance.reviews.models import ReviewCadence, ReviewTemplate
from performance.reviews.permissions import REVIEW_SETUP
from performance.reviews.queries.content import content_of, current_template
from performance.reviews.queries.people import member_names
from performance.reviews.queries.starter import spec_of, starter_spec
from performance.reviews.services.templates import publish_review_template, remove_cadence, set_cadence
from performance.views.base import Page, ServiceFormView, get_or_404
from prm.access.views import TenantView
from prm.errors import DomainError
from prm.ui.steps import ServiceButton


class TemplateList(Page):
    """Each programme's present version, the ones before it, and the cadence."""

    permission = REVIEW_SETUP
    template_name = "reviews/template_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions: dict[int, list[ReviewTemplate]] = {}
        for template in ReviewTemplate.objects.select_related("programme").order_by("-version"):
            versions.setdefault(template.programme_id, []).append(template)
        cadence = ReviewCadence.objects.select_related("programme", "tier", "partner_type")
        return super().get_context_data(
            rows=[(programme, versions.get(programme.pk, [])) for programme in programmes()],
            cadence=list(cadence.order_by("programme__name", "-tier__rank", "partner_type__name")),
            **kwargs,
        )


class TemplateDetail(Page):
    """What one version asks."""

    permission = REVIEW_SETUP
    template_name = "reviews/template_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        template = get_or_404(
            ReviewTemplate.objects.select_related("programme"), public_id=self.kwargs["review_template"]
        )
        content, kpis, names = content_of(template.pk), kpis_by_id(), member_names()
        sections = [
            (
                section,
                [kpis[pk].name for pk in section.kpi_ids if pk in kpis],
                [
                    *((_("Partner"), item.text) for item in section.of_partner if item.question_id is not None),
                    *(
                        (content.roles[role].name, item.text)
                        for role, items in section.of_role.items()
                        for item in items
                    ),
                ],
            )
            for section in content.sections
        ]
        roles = [
            (role, [names[user_id] for user_id in role.member_ids if user_id in names])
            for role in content.roles.values()
        ]
        current = current_template(template.programme_id)
        return super().get_context_data(
            template=template,
            section_rows=sections,
            roles=roles,
            is_current=current is not None and current.pk == template.pk,
            score_percent=template.score_share * 100,
            **kwargs,
        )


class TemplateEdit(Page):
    """The next version of a programme's template, begun from the present one or from its scorecard."""

    permission = REVIEW_SETUP
    template_name = "reviews/template_form.html"

    @cached_property
    def programme(self) -> Programme:
        return get_or_404(Programme.objects.filter(is_active=True), key=self.kwargs["programme"])

    @cached_property
    def current(self) -> ReviewTemplate | None:
        """The version that is in force."""
        return current_template(self.programme.pk)

    def parts(self, data: Any = None) -> tuple[Any, Any, Any]:
        """Head, roles and sections: as posted, else as the present version has them."""
        people = sorted(member_names().items(), key=lambda one: one[1])
        kpis = list(KPI.objects.filter(is_active=True).order_by("name"))
        kinds: tuple[dict[str, Any], dict[str, Any]] = ({"shared": {"people": people}}, {"shared": {"kpis": kpis}})
        if data is not None:
            return (
                TemplateHeadForm(data),
                RoleFormSet(data, prefix="roles", **kinds[0]),
                SectionFormSet(data, prefix="sections", **kinds[1]),
            )
        spec = spec_of(self.current) if self.current else starter_spec(self.programme, timezone.localdate())
        head, roles, sections = initial_of(spec)
        return (
            TemplateHeadForm(initial=head),
            RoleFormSet(initial=roles, prefix="roles", **kinds[0]),
            SectionFormSet(initial=sections, prefix="sections", **kinds[1]),
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.parts())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        parts = self.parts(request.POST)
        head, roles, sections = parts
        if not all([head.is_valid(), roles.is_valid(), sections.is_valid()]):
            return self.show(parts, status=422)
        try:
            with transaction.atomic():
                template = publish_review_template(
                    actor=self.actor, programme=self.programme, spec=spec_from(head, roles, sections)
                )
        except DomainError as refusal:
            head.add_error(refusal.field if refusal.field in head.fields else None, str(refusal.message))
            return self.show(parts, status=422)
        messages.success(
            request, _("Version %(version)s is published. New reviews use it.") % {"version": template.version}
        )
        kwargs = {"tenant": self.kwargs["tenant"], "review_template": template.public_id}
        return HttpResponseRedirect(reverse("reviews:template_detail", kwargs=kwargs))

    def show(self, parts: tuple[Any, Any, Any], status: int = 200) -> HttpResponse:
        head, roles, sections = parts
        context = {
            "form": head,
            "roles": roles,
            "section_rows": sections,
            "programme": self.programme,
            "current": self.current,
            "next_version": self.current.version + 1 if self.current else 1,
        }
        return self.render_to_response(self.get_context_data(**context), status=status)


class CadenceSet(ServiceFormView):
    """Say how often a tier, a type or everybody is reviewed."""

    permission = REVIEW_SETUP
    form_class = CadenceForm
    template_name = "reviews/cadence_form.html"
    success_message = gettext_lazy("The cadence is set.")

    def call(self, form: Any) -> ReviewCadence:
        return set_cadence(actor=self.actor, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("reviews:template_list", kwargs={"tenant": self.kwargs["tenant"]})


class CadenceRemove(ServiceButton, TenantView):
    """No longer say so."""

    permission = REVIEW_SETUP
    http_method_names = ("post",)
    cadence: ReviewCadence

    def load(self, *, cadence: int, **_kwargs: Any) -> None:
        self.cadence = get_or_404(ReviewCadence.objects.all(), pk=cadence)

    def perform(self) -> str:
        remove_cadence(cadence=self.cadence, actor=self.actor)
        return _("The rule is removed.")

    def back(self) -> str:
        return reverse("reviews:template_list", kwargs={"tenant": self.request.tenant.slug})
