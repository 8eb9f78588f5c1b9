"""A benchmark in words, with the version before it: for the receipt on screen and on paper."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from performance import display
from performance.choices import BenchmarkBasis, BenchmarkScope, Direction
from performance.models import KPI, Benchmark
from performance.queries.benchmark_versions import Versions
from prm.ui import formats


def last_day_of(benchmark: Benchmark) -> date | None:
    """The last day on which a benchmark holds, inclusive; None while it has no end."""
    return None if benchmark.valid_to is None else benchmark.valid_to - timedelta(days=1)


def who(benchmark: Benchmark) -> str:
    """Whom it is for, as a sentence needs it."""
    return _("everyone") if benchmark.scope == BenchmarkScope.ALL else benchmark.scope_label


def validity(benchmark: Benchmark) -> str:
    """From when to when it holds or held."""
    first, last = formats.day(benchmark.valid_from, year=True), last_day_of(benchmark)
    if last is None:
        return _("from %(first)s") % {"first": first}
    return _("%(first)s to %(last)s inclusive") % {"first": first, "last": formats.day(last, year=True)}


def numbers(kpi: KPI, benchmark: Benchmark) -> str:
    """Its numbers as they were set: values of the KPI, percent of an own result, or percentiles."""
    names = ("floor", "target", "stretch", "ceiling")
    values = {name: display.benchmark_number(benchmark, getattr(benchmark, name), kpi=kpi) for name in names}
    if benchmark.direction == Direction.BAND:
        said = _("floor %(floor)s, band %(target)s to %(stretch)s, ceiling %(ceiling)s") % values
    else:
        said = _("floor %(floor)s, target %(target)s, stretch %(stretch)s") % values
    of = {
        BenchmarkBasis.OWN_YEAR: _("of the own result a year earlier"),
        BenchmarkBasis.OWN_PERIOD: _("of the own result in the period before"),
        BenchmarkBasis.COHORT: _("of similar partners in the last closed period"),
    }.get(BenchmarkBasis(benchmark.basis))
    return f"{said} {of}" if of else said


def before_in_words(kpi: KPI, versions: Versions | None) -> str:
    """The version before the one that was used, with its validity and numbers; that it is the first one otherwise."""
    if versions is None:
        return ""
    before = versions.before
    if before is None:
        return _("The first version.")
    words = {"who": who(before), "when": validity(before), "numbers": numbers(kpi, before)}
    if versions.is_other_group:
        return _("Before, for %(who)s, %(when)s: %(numbers)s.") % words
    return _("Before, %(when)s: %(numbers)s.") % words


def withdrawn_in_words(versions: Versions | None) -> str:
    """That the benchmark used was taken back since, as closed cards and cards about to be recomputed may show."""
    if versions is None or versions.used.withdrawn_at is None:
        return ""
    return _("Withdrawn since, on %(day)s.") % {"day": formats.day(versions.used.withdrawn_at, year=True)}
