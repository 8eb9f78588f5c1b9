"""The linter of templates: each finding once by exact numbers, from facts that go through the engine."""

from datetime import date
from decimal import Decimal

import pytest

from partners.models import Programme
from performance.choices import Direction
from performance.errors import TemplateHasWarnings, TemplateNotReady
from performance.linter import Severity
from performance.queries.lint import kept_lint_facts, lint_facts
from performance.queries.preview import complete_periods
from performance.services.benchmarks import set_benchmark
from performance.services.kpis import create_kpi
from performance.services.templates import (
    BandSpec,
    LineSpec,
    SectionSpec,
    TemplateSpec,
    draft_template,
    lint_template,
    publish_linted,
)
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from tests.factories.partners import PartnerFactory, PartnerTypeFactory
from tests.performance_screens.conftest import LONG_AGO, measure, recompute

pytestmark = pytest.mark.django_db

D = Decimal
TODAY = date(2024, 7, 1)
BANDS = [BandSpec("A", D(90)), BandSpec("B", D(60)), BandSpec("C", D(0))]


class Bed:
    """Twelve partners, KPIs with a floor of 0, a target of 100 and a stretch of 120 in months, facts of 2024."""

    def __init__(self, world):
        self.programme = Programme.objects.get(is_default=True)
        self.partners = [
            world.partner,
            *PartnerFactory.create_batch(11, partner_type=world.partner.partner_type),
        ]
        self.kpis = {}

    def kpi(self, code, *, marks=("0", "100", "120"), direction=Direction.HIGHER, **benchmark):
        kpi = create_kpi(actor=SYSTEM, code=code, name=code.title(), direction=direction)
        if marks:
            floor, target, stretch = map(D, marks)
            numbers = {"floor": floor, "target": target, "stretch": stretch}
            set_benchmark(actor=SYSTEM, kpi=kpi, period_kind="month", valid_from=LONG_AGO, **numbers, **benchmark)
        self.kpis[code] = kpi
        return kpi

    def facts(self, kpi, value_of, *, partners=12, months=(3, 4, 5, 6), source="erp"):
        measure(
            [
                (partner, kpi, f"2024-{month:02}-10", str(value_of(index, month)), None)
                for index, partner in enumerate(self.partners[:partners])
                for month in months
            ],
            source=source,
        )

    def draft(self, *lines, bands=BANDS, **settings):
        spec = TemplateSpec(
            sections=[SectionSpec("all", "All", list(lines))],
            bands=bands,
            settings={"period_kinds": ["month"], **settings},
        )
        return draft_template(programme=self.programme, actor=SYSTEM, name="Draft", spec=spec)

    def lint(self, *lines, **settings):
        recompute_sums(self)
        report = lint_template(self.draft(*lines, **settings), today=TODAY)
        return {(finding.code, finding.subject): finding for finding in report.findings}


def recompute_sums(bed):
    """Monthly sums and periods come with a published version that scores months."""
    from performance.services.templates import publish_template

    if not bed.programme.scorecard_templates.exists():
        first = next(iter(bed.kpis.values()))
        publish_template(template=bed.draft(LineSpec(first, D(100))), actor=SYSTEM, valid_from=LONG_AGO)
    recompute()


@pytest.fixture
def bed(in_scope):
    return Bed(in_scope)


def spread(index, _month):
    """50 to 127 over the partners: some below, some above target, some above stretch."""
    return 50 + 7 * index


def other_way(index, month):
    """Unrelated to `spread`."""
    return 60 + (index * 37 + month * 11) % 50


def codes(found):
    return sorted(code for code, _subject in found)


def test_a_sound_draft_has_nothing_to_confirm(bed):
    revenue, service = bed.kpi("REVENUE"), bed.kpi("SERVICE")
    bed.facts(revenue, spread)
    bed.facts(service, other_way)

    found = bed.lint(LineSpec(revenue, D(50)), LineSpec(service, D(50)))

    assert {finding.severity for finding in found.values()} <= {Severity.NOTICE}
    assert codes(found) == ["coverage_fails_nobody"]


def test_more_than_half_of_the_weight(bed):
    revenue, service = bed.kpi("REVENUE"), bed.kpi("SERVICE")
    bed.facts(revenue, spread)
    bed.facts(service, other_way)

    found = bed.lint(LineSpec(revenue, D("50.0001")), LineSpec(service, D("49.9999")))

    assert ("weight_over_half", "Revenue") in found
    assert ("weight_over_half", "Service") not in found


@pytest.mark.parametrize(
    ("value", "code", "sentence"),
    [
        (99, "target_never_met", "Nobody met the target in the last 4 complete periods (2024-03 to 2024-06), in 48"),
        (120, "stretch_always_met", "Everybody reached the stretch in the last 4 complete periods"),
    ],
)
def test_targets_out_of_reach_and_no_challenge(bed, value, code, sentence):
    revenue = bed.kpi("REVENUE")
    bed.facts(revenue, lambda _index, _month: value)

    found = bed.lint(LineSpec(revenue, D(100)))

    finding = found[code, "Revenue"]
    assert sentence in finding.meaning
    assert (finding.severity, finding.place, finding.kpi) == ("warning", "benchmarks", revenue)


@pytest.mark.parametrize("value", [100, 119])
def test_a_target_that_is_just_met_is_fine(bed, value):
    revenue = bed.kpi("REVENUE")
    bed.facts(revenue, lambda _index, _month: value)

    found = bed.lint(LineSpec(revenue, D(100)))

    assert not {"target_never_met", "stretch_always_met"} & set(codes(found))


def test_lower_is_better_meets_its_target_from_below(bed):
    defects = bed.kpi("DEFECTS", marks=("5", "1", "0.5"), direction=Direction.LOWER)
    bed.facts(defects, lambda _index, _month: "1.1")

    found = bed.lint(LineSpec(defects, D(100)))

    assert ("target_never_met", "Defects") in found


def test_two_figures_that_go_together(bed):
    revenue, units, defects = bed.kpi("REVENUE"), bed.kpi("UNITS"), bed.kpi("DEFECTS", marks=("90", "5", "0"),
                                                                            direction=Direction.LOWER)  # fmt: skip
    bed.facts(revenue, spread)
    bed.facts(units, lambda index, month: 2 * spread(index, month) + index % 2, partners=10)
    bed.facts(defects, lambda index, _month: 80 - 6 * index, partners=9)

    found = bed.lint(LineSpec(revenue, D(40)), LineSpec(units, D(30)), LineSpec(defects, D(30)))

    overlaps = [finding.meaning for finding in found.values() if finding.code == "overlap"]
    assert overlaps == ["It goes together with Units: correlation 1.00 over 10 partners in 2024-06."]
    assert "counts 70" in found["overlap", "Revenue"].advice


def test_a_floor_that_is_the_target(bed):
    revenue = bed.kpi("REVENUE", marks=("100", "100", "120"))
    bed.facts(revenue, spread)

    finding = bed.lint(LineSpec(revenue, D(100)))["floor_is_target", "Revenue"]

    assert finding.meaning.startswith("For 12 partners the floor is the target")


@pytest.mark.parametrize(("partners", "is_found"), [(4, True), (5, False)])
def test_too_few_partners_with_data(bed, partners, is_found):
    revenue, service = bed.kpi("REVENUE"), bed.kpi("SERVICE")
    bed.facts(revenue, spread)
    bed.facts(service, spread, partners=partners)

    found = bed.lint(LineSpec(revenue, D(50)), LineSpec(service, D(50)))

    assert (("too_few_partners", "Service") in found) is is_found
    if is_found:
        assert found["too_few_partners", "Service"].meaning == "Only 4 of 12 partners have data in 2024-06."


def test_no_benchmark_for_a_type_of_partner(bed):
    kind = PartnerTypeFactory(name="Installer")
    PartnerFactory.create_batch(2, partner_type=kind)
    revenue = bed.kpi("REVENUE", partner_type=bed.partners[0].partner_type)
    bed.facts(revenue, spread)

    everyone = bed.lint(LineSpec(revenue, D(100)))
    limited = bed.lint(LineSpec(revenue, D(100), applies_to=[bed.partners[0].partner_type]))

    finding = everyone["no_benchmark", "Revenue"]
    assert finding.meaning.startswith("In 2024-06 no benchmark holds for 2 of the 14 partners it applies to.")
    assert finding.place == "benchmarks"
    assert ("no_benchmark", "Revenue") not in limited


def test_a_relative_benchmark_without_anything_to_follow_from(bed):
    """Of twelve partners five had no result in the month before."""
    growing = bed.kpi("GROWING", marks=("90", "110", "125"), basis="own_period")
    bed.facts(growing, spread, months=(6,))
    bed.facts(growing, lambda _index, _month: 50, partners=7, months=(5,))

    found = bed.lint(LineSpec(growing, D(100)))

    finding = found["relative_without_base", "Growing"]
    assert finding.meaning.startswith("In 2024-06 its benchmark has nothing to follow from for 5 of 12 partners")
    assert finding.place == "benchmarks"


def test_gates_that_limit_nothing(bed):
    revenue, service, audits = bed.kpi("REVENUE"), bed.kpi("SERVICE"), bed.kpi("AUDITS")
    bed.facts(revenue, lambda _index, _month: 130)
    bed.facts(service, spread)
    bed.facts(audits, other_way)

    found = bed.lint(
        LineSpec(revenue, D(40), gate_minimum=D(10), gate_grade="B"),
        LineSpec(service, D(30), gate_minimum=D(50), gate_grade="C"),
        LineSpec(audits, D(30), gate_minimum=D(50), gate_grade="A"),
    )

    assert found["gate_never_limits", "Revenue"].severity == Severity.NOTICE
    assert ("gate_never_limits", "Service") not in found
    assert found["gate_without_effect", "Audits"].severity == Severity.WARNING


def test_figures_that_were_typed_in(bed):
    revenue, service = bed.kpi("REVENUE"), bed.kpi("SERVICE")
    bed.facts(revenue, spread)
    bed.facts(service, other_way, source="manual")

    more = bed.lint(LineSpec(revenue, D("69.9")), LineSpec(service, D("30.1")))
    less = bed.lint(LineSpec(revenue, D(70)), LineSpec(service, D(30)))

    assert more["typed_in", "Service"].meaning.startswith("30")
    assert "typed_in" not in codes(less)


@pytest.mark.parametrize(
    ("minimum", "partners", "code"),
    [(D("0.5"), 0, "coverage_fails_nobody"), (D("0.6"), 0, "coverage_fails_all"), (D("0.6"), 6, None)],
)
def test_a_coverage_that_nobody_or_everybody_fails(bed, minimum, partners, code):
    revenue, service = bed.kpi("REVENUE"), bed.kpi("SERVICE")
    bed.facts(revenue, spread)
    bed.facts(service, spread, partners=partners)

    found = bed.lint(LineSpec(revenue, D(50)), LineSpec(service, D(50)), minimum_coverage=minimum)

    assert [word for word in codes(found) if word.startswith("coverage")] == ([code] if code else [])


def test_a_top_grade_at_100(bed):
    revenue = bed.kpi("REVENUE")
    bed.facts(revenue, spread)

    found = bed.lint(LineSpec(revenue, D(100)), bands=[BandSpec("A", D(100)), BandSpec("B", D(0))])

    assert ("top_grade_unreachable", "Grade A") in found


def test_errors_are_those_that_publishing_refuses(bed):
    revenue = bed.kpi("REVENUE")
    template = bed.draft(LineSpec(revenue, D(99), gate_minimum=D(50), gate_grade="Z"), bands=[BandSpec("A", D(10))])
    template.period_kinds = []
    template.save()

    report = lint_template(template, today=TODAY)

    assert [finding.code for finding in report.errors] == [
        "weights_incomplete",
        "no_periods",
        "grade_gap",
        "gate_grade_unknown",
    ]
    with pytest.raises(TemplateNotReady, match="total 99"):
        publish_linted(template=template, actor=SYSTEM, valid_from=date(2025, 1, 1), today=TODAY)


def test_warnings_are_confirmed_by_their_number_and_kept(bed):
    revenue = bed.kpi("REVENUE")
    bed.facts(revenue, lambda _index, _month: 99)
    recompute_sums(bed)
    template = bed.draft(LineSpec(revenue, D(100)))
    arguments = {"template": template, "actor": SYSTEM, "valid_from": date(2025, 1, 1), "today": TODAY}

    with pytest.raises(TemplateHasWarnings, match="There are 2 warnings"):
        publish_linted(**arguments)
    with pytest.raises(TemplateHasWarnings):
        publish_linted(**arguments, confirmed=1)
    published = publish_linted(**arguments, confirmed=2)

    entry = AuditEntry.objects.filter(action="template.published").latest("pk")
    assert published.status == "published"
    assert entry.reason == "Published in spite of 2 warnings."
    assert entry.changes["warnings"] == [None, ["weight_over_half: Revenue", "target_never_met: Revenue"]]


def test_more_partners_ask_no_more_queries(bed, django_assert_num_queries):
    revenue = bed.kpi("REVENUE")
    bed.facts(revenue, spread, partners=2)
    recompute_sums(bed)
    template = bed.draft(LineSpec(revenue, D(100)))
    periods = complete_periods(template, TODAY, 4)
    fresh = type(template).objects.select_related("programme").prefetch_related("lines", "bands").get(pk=template.pk)

    with django_assert_num_queries(5):
        few = lint_facts(fresh, periods)
    bed.facts(revenue, spread, months=(1, 2))
    recompute()
    PartnerFactory.create_batch(30, partner_type=bed.partners[0].partner_type)
    with django_assert_num_queries(5):
        many = lint_facts(fresh, periods)

    assert (len(few.cards), len(many.cards)) == (12, 42)


def test_facts_are_kept_until_a_run(bed, django_assert_num_queries):
    revenue = bed.kpi("REVENUE")
    bed.facts(revenue, spread)
    recompute_sums(bed)
    template = bed.draft(LineSpec(revenue, D(100)))
    fresh = type(template).objects.select_related("programme").prefetch_related("lines", "bands").get(pk=template.pk)
    periods = complete_periods(template, TODAY, 4)
    kept_lint_facts(fresh, periods)

    with django_assert_num_queries(1):
        kept = kept_lint_facts(fresh, periods)
    recompute()
    anew = kept_lint_facts(fresh, periods)

    assert kept == anew
