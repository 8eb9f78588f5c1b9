"""KPIs, periods, scorecard templates and sources of measurements of the tenant, kept between requests."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from performance.choices import TemplateStatus
from performance.models import KPI, GradeBand, MeasurementSource, PeriodRow, Scorecard, ScorecardTemplate, TemplateLine
from prm.tenancy.reference import reference


@reference
def kpis_by_id() -> Mapping[int, KPI]:
    """Every KPI."""
    return KPI.objects.in_bulk()


@reference
def periods_by_id() -> Mapping[int, PeriodRow]:
    """Every period that was ever scored, newest first."""
    return {row.pk: row for row in PeriodRow.objects.order_by("-start", "kind")}


@reference
def periods_with_cards(programme_id: int) -> tuple[PeriodRow, ...]:
    """The periods in which a programme has cards, newest first. The engine says when it wrote the first of a period."""
    cards = Scorecard.objects.filter(programme_id=programme_id, period_id=OuterRef("pk"))
    return tuple(PeriodRow.objects.filter(Exists(cards)).order_by("-start", "kind"))


@reference
def templates_by_id() -> Mapping[int, ScorecardTemplate]:
    """Every template version with its grades and what follows from them."""
    return ScorecardTemplate.objects.prefetch_related("bands__consequences").in_bulk()


@reference
def template_for(programme_id: int, day: date) -> ScorecardTemplate | None:
    """The template version that scores periods beginning on this day, with its grades: the published one valid then."""
    valid = Q(valid_to__isnull=True) | Q(valid_to__gt=day)  # versions of a programme do not overlap
    own = ScorecardTemplate.objects.filter(valid, programme_id=programme_id, valid_from__lte=day)
    return own.filter(status=TemplateStatus.PUBLISHED).prefetch_related("bands__consequences").first()


def bands_for(programme_id: int, day: date) -> list[GradeBand]:
    """The grades of the version that scores periods beginning on this day, the best first, each with the version."""
    template = template_for(programme_id, day)
    return [] if template is None else list(template.bands.all())


def lines_in_order() -> QuerySet[TemplateLine]:
    """Lines of templates in order, with KPI, section and partner types."""
    lines = TemplateLine.objects.select_related("kpi", "section").prefetch_related("applies_to")
    return lines.order_by("position", "id")


@reference
def lines_of(template_id: int) -> tuple[TemplateLine, ...]:
    """The lines of a template version in order, with KPI, section and partner types."""
    return tuple(lines_in_order().filter(template_id=template_id))


@reference
def sources_by_code() -> Mapping[str, MeasurementSource]:
    """Every source of measurements by the code that they carry, in the order of their names."""
    return {row.code: row for row in MeasurementSource.objects.order_by("name", "code")}
