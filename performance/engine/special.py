"""KPIs that months cannot compose: medians, distinct counts, and those derived from other KPIs (R3).

Their actuals are computed window by window, a window being whole months of one length, into `w_cell` and kept in
`PeriodActual`. A growth looks back at an earlier window, so the windows that a template needs are worked out first:
`Plan.needs` says for each template and kind of period which KPI is needed how many months before its periods. All of
it is part of a run's ordinary statements and only where a published template has such a KPI.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from performance.choices import OWN_PAST, PER_PERIOD, Aggregation, BenchmarkBasis, GrowthBase
from performance.engine.fragments import SUMS, actual
from performance.engine.relative import NEEDS
from performance.rules.scoring import ACTUAL_PLACES, DERIVED_LIMIT
from prm.imports.expressions import parse
from prm.periods import PeriodKind

MONTHS_OF_A_YEAR = 12

DEFINITIONS = """
WITH line AS (
  SELECT t.id AS template_id, t.period_kinds, l.kpi_id, l.carry_periods
    FROM performance_scorecardtemplate t
    JOIN performance_scorecardtemplate o
      ON o.tenant_id = %(tenant)s AND o.programme_id = t.programme_id AND (o.id = t.id OR o.status = 'draft')
    JOIN performance_templateline l ON l.tenant_id = %(tenant)s AND l.template_id = o.id
    JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = l.kpi_id AND k.aggregation = ANY(%(special)s)
   WHERE t.tenant_id = %(tenant)s AND t.status = 'published')
SELECT (SELECT array_agg(DISTINCT kind)
          FROM performance_scorecardtemplate, unnest(period_kinds) kind
         WHERE tenant_id = %(tenant)s AND status = 'published'),
       (SELECT array_agg(ARRAY[template_id::text, kpi_id::text, carry_periods::text, kind])
          FROM line, unnest(period_kinds) kind),
       (SELECT array_agg(ARRAY[k.id::text, k.aggregation, k.compare_with, k.formula, i.ids, i.codes])
          FROM performance_kpi k
         CROSS JOIN LATERAL (SELECT string_agg(n.source_id::text, ' ' ORDER BY n.position) AS ids,
                                    string_agg(s.code, ' ' ORDER BY n.position) AS codes
                               FROM performance_kpiinput n
                               JOIN performance_kpi s ON s.tenant_id = %(tenant)s AND s.id = n.source_id
                              WHERE n.tenant_id = %(tenant)s AND n.kpi_id = k.id) i
         WHERE k.tenant_id = %(tenant)s AND k.aggregation = ANY(%(special)s) AND EXISTS (SELECT 1 FROM line)),
       ({relative})
""".replace("{relative}", NEEDS)
"""The kinds of period that are scored, the lines with special KPIs, the definitions of such KPIs, and the relative
benchmarks.

A draft's lines are computed along with the published versions of its programme, so that the draft can be tried out."""


@dataclass(frozen=True)
class Figure:
    """A special KPI as the engine sees it; `inputs` are the ids and codes of the KPIs it is derived from, in order."""

    id: int
    aggregation: str
    compare_with: str = GrowthBase.YEAR
    formula: str = ""
    inputs: tuple[tuple[int, str], ...] = ()

    def shift(self, months: int) -> int:
        """How many months a growth over a window of so many months looks back."""
        return MONTHS_OF_A_YEAR if self.compare_with == GrowthBase.YEAR else months


@dataclass(frozen=True)
class Line:
    """A special KPI that a published template needs, for one kind of period: on its own line or on its draft's."""

    template: int
    kpi: int
    carry: int
    kind: str


@dataclass(frozen=True)
class Base:
    """A relative benchmark of a KPI that a published template or its draft has, for one kind of period."""

    template: int
    kpi: int
    kind: str
    basis: str

    @property
    def back(self) -> int:
        """How many months before the period the own result was."""
        return MONTHS_OF_A_YEAR if self.basis == BenchmarkBasis.OWN_YEAR else PeriodKind(self.kind).months


class Plan:
    """What one run has to compute for the special KPIs, and which earlier months relative benchmarks look at.

    Falsy when no published template looks at anything but the months of its periods.
    """

    def __init__(self, figures: Mapping[int, Figure], lines: Iterable[Line], bases: Sequence[Base] = ()) -> None:
        self.figures = figures
        self.needs: set[tuple[int, str, int, int]] = set()
        """Template, kind of period, KPI, months that its window lies before the period."""
        for line in lines:
            months = PeriodKind(line.kind).months
            for age in range(line.carry + 1):
                self._need(line.template, line.kind, line.kpi, age * months)
        own = [base for base in bases if base.basis in OWN_PAST]
        for base in own:
            if base.kpi in figures:
                self._need(base.template, base.kind, base.kpi, base.back)
        used = {kpi for _template, _kind, kpi, _back in self.needs}
        # The engine reads the own results of other KPIs where it needs them; here they only say which months matter.
        self.needs |= {(base.template, base.kind, base.kpi, base.back) for base in own}
        self.has_relative = bool(bases)
        self.plain = sorted(used - figures.keys())
        self.ordered = [figures[kpi] for kpi in in_order(figures) if kpi in used]

    def _need(self, template: int, kind: str, kpi: int, back: int) -> None:
        if (template, kind, kpi, back) in self.needs:
            return
        self.needs.add((template, kind, kpi, back))
        figure = self.figures.get(kpi)
        if figure is None:
            return
        for source, _code in figure.inputs:
            self._need(template, kind, source, back)
            if figure.aggregation == Aggregation.GROWTH:
                self._need(template, kind, source, back + figure.shift(PeriodKind(kind).months))

    def __bool__(self) -> bool:
        return bool(self.needs)

    @property
    def params(self) -> dict[str, Any]:
        """The needs as four arrays of one length."""
        columns = zip(*sorted(self.needs), strict=True) if self.needs else [(), (), (), ()]
        names = ("need_templates", "need_kinds", "need_kpis", "need_backs")
        return {name: list(column) for name, column in zip(names, columns, strict=True)}


def plan_from_rows(
    lines: Sequence[Sequence[str]] | None,
    figures: Sequence[Sequence[str | None]] | None,
    relative: Sequence[Sequence[str]] | None = None,
) -> Plan:
    """The plan from what DEFINITIONS reads."""
    found = {}
    for id_, aggregation, compare_with, formula, ids, codes in figures or ():
        inputs = zip(map(int, (ids or "").split()), (codes or "").split(), strict=True)
        found[int(id_ or 0)] = Figure(
            int(id_ or 0), aggregation or "", compare_with or "", formula or "", tuple(inputs)
        )
    return Plan(
        found,
        [Line(int(template), int(kpi), int(carry), kind) for template, kpi, carry, kind in lines or ()],
        [Base(int(template), int(kpi), kind, basis) for template, kpi, kind, basis in relative or ()],
    )


def in_order(figures: Mapping[int, Figure]) -> list[int]:
    """The special KPIs, each after those that it is made from. The service refuses circles when a KPI is saved."""
    done: dict[int, None] = {}

    def visit(kpi: int) -> None:
        if kpi in done or kpi not in figures:
            return
        for source, _code in figures[kpi].inputs:
            visit(source)
        done[kpi] = None

    for kpi in sorted(figures):
        visit(kpi)
    return list(done)


NEED = """unnest(%(need_templates)s::bigint[], %(need_kinds)s::text[], %(need_kpis)s::bigint[], %(need_backs)s::int[])
          AS n(template_id, kind, kpi_id, back)"""


def touched(template: str, period: str, ym: str) -> str:
    """Whether a fact of the month `ym` changes a special KPI of the template in the period, perhaps of years later."""
    return f"""EXISTS (SELECT 1 FROM {NEED}
                  WHERE n.template_id = {template} AND n.kind = {period}.kind
                    AND {ym} >= {period}.ym_from - n.back AND {ym} < {period}.ym_to - n.back)"""


CHANGED_MONTHS = "unnest(ARRAY(SELECT DISTINCT ym FROM w_pair)) AS w(ym)"


def cells(plan: Plan) -> tuple[str, dict[str, Any]]:
    """w_cell, every actual that the special KPIs of w_member need, and PeriodActual brought in line with it.

    Windows that this run has nothing to do with keep theirs. The second value are the literals of formulas as
    parameters: nothing that a person wrote is part of the text.
    """
    params: dict[str, Any] = {**plan.params, "plain": plan.plain, "special_ids": [row.id for row in plan.ordered]}
    text = _WINDOWS + _plain_cells()
    for figure in plan.ordered:
        params[f"kpi{figure.id}"] = figure.id
        text += _CELLS[Aggregation(figure.aggregation)](figure, params) + "ANALYZE w_cell;\n"
    return text + _KEEP, params


_WINDOWS = f"""
CREATE TEMPORARY TABLE w_window ON COMMIT DROP AS
SELECT DISTINCT n.kpi_id, p.ym_from - n.back AS ym_from, p.ym_to - p.ym_from AS months
  FROM w_period p JOIN {NEED} ON n.template_id = p.template_id AND n.kind = p.kind;
CREATE TEMPORARY TABLE w_who ON COMMIT DROP AS SELECT DISTINCT partner_id FROM w_member;
CREATE TEMPORARY TABLE w_month ON COMMIT DROP AS
SELECT w.kpi_id, w.ym_from, w.months, ym FROM w_window w, generate_series(w.ym_from, w.ym_from + w.months - 1) ym;
CREATE TEMPORARY TABLE w_cell (kpi_id bigint, partner_id bigint, ym_from int, months int, a numeric) ON COMMIT DROP;
ANALYZE w_window; ANALYZE w_who; ANALYZE w_month;
"""

_INTO = "INSERT INTO w_cell (kpi_id, partner_id, ym_from, months, a)"


def _plain_cells() -> str:
    value = actual("c", "k")
    return f"""
{_INTO}
SELECT kpi_id, partner_id, ym_from, months, a
  FROM (SELECT c.kpi_id, c.partner_id, c.ym_from, c.months, round(({value})::numeric, {ACTUAL_PLACES}) AS a
          FROM (SELECT w.kpi_id, r.partner_id, w.ym_from, w.months, {SUMS}
                  FROM w_who
                  JOIN performance_rollup r ON r.tenant_id = %(tenant)s AND r.partner_id = w_who.partner_id
                  JOIN w_month w ON w.kpi_id = r.kpi_id AND w.ym = r.ym
                 WHERE r.kpi_id = ANY(%(plain)s)
                 GROUP BY 1, 2, 3, 4) c
          JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = c.kpi_id) c
 WHERE a IS NOT NULL;
ANALYZE w_cell;
"""


def _from_facts(figure: Figure, value: str) -> str:
    return f"""
{_INTO}
SELECT kpi_id, partner_id, ym_from, months, a
  FROM (SELECT w.kpi_id, f.partner_id, w.ym_from, w.months, {value} AS a
          FROM w_who
          JOIN performance_measurement f ON f.tenant_id = %(tenant)s AND f.partner_id = w_who.partner_id
          JOIN w_month w ON w.kpi_id = f.kpi_id AND w.ym = f.ym
          JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = f.kpi_id
         WHERE f.kpi_id = %(kpi{figure.id})s
         GROUP BY 1, 2, 3, 4) c
 WHERE a IS NOT NULL;
"""


# `percentile_cont` works on binary floating point. The two middle values exactly: the first that half of them do not
# exceed, counted from below and from above.
_MEDIAN = """round((percentile_disc(0.5) WITHIN GROUP (ORDER BY f.value)
                    + percentile_disc(0.5) WITHIN GROUP (ORDER BY f.value DESC)) / 2.0, 6)"""

_DISTINCT = "round(count(DISTINCT nullif(f.attributes ->> k.attribute, '') COLLATE \"C\"), 6)"


def _median(figure: Figure, _params: dict[str, Any]) -> str:
    return _from_facts(figure, _MEDIAN)


def _distinct(figure: Figure, _params: dict[str, Any]) -> str:
    return _from_facts(figure, _DISTINCT)


def _kept(value: str) -> str:
    """One derived actual, rounded once; too large a one is none."""
    return f"CASE WHEN abs(round({value}, 6)) < {DERIVED_LIMIT} THEN round({value}, 6) END"


# The multiplier is cast as in `fragments.actual`, so that a quotient is rounded once.
_TIMES = "k.multiplier::numeric(28, 14)"


def _growth(figure: Figure, params: dict[str, Any]) -> str:
    number = figure.id
    params[f"kpi{number}_of"] = figure.inputs[0][0]
    back = "v.months" if figure.compare_with == GrowthBase.PERIOD else str(MONTHS_OF_A_YEAR)
    return f"""
{_INTO}
SELECT kpi_id, partner_id, ym_from, months, a
  FROM (SELECT w.kpi_id, v.partner_id, v.ym_from, v.months,
               {_kept(f"{_TIMES} * (v.a - b.a) / nullif(b.a, 0)")} AS a
          FROM w_window w
          JOIN w_cell v ON v.kpi_id = %(kpi{number}_of)s AND v.ym_from = w.ym_from AND v.months = w.months
          JOIN w_cell b ON b.kpi_id = v.kpi_id AND b.partner_id = v.partner_id AND b.ym_from = v.ym_from - {back}
                       AND b.months = v.months AND b.a > 0
          JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = w.kpi_id
         WHERE w.kpi_id = %(kpi{number})s OFFSET 0) c
 WHERE a IS NOT NULL;
"""


def _quotient(figure: Figure, params: dict[str, Any]) -> str:
    number = figure.id
    params[f"kpi{number}_above"], params[f"kpi{number}_below"] = (source for source, _code in figure.inputs)
    return f"""
{_INTO}
SELECT kpi_id, partner_id, ym_from, months, a
  FROM (SELECT w.kpi_id, v.partner_id, v.ym_from, v.months, {_kept(f"{_TIMES} * v.a / nullif(b.a, 0)")} AS a
          FROM w_window w
          JOIN w_cell v ON v.kpi_id = %(kpi{number}_above)s AND v.ym_from = w.ym_from AND v.months = w.months
          JOIN w_cell b ON b.kpi_id = %(kpi{number}_below)s AND b.partner_id = v.partner_id AND b.ym_from = v.ym_from
                       AND b.months = v.months AND b.a <> 0
          JOIN performance_kpi k ON k.tenant_id = %(tenant)s AND k.id = w.kpi_id
         WHERE w.kpi_id = %(kpi{number})s OFFSET 0) c
 WHERE a IS NOT NULL;
"""


def _formula(figure: Figure, params: dict[str, Any]) -> str:
    number = figure.id
    params[f"kpi{number}_from"] = [source for source, _code in figure.inputs]
    columns = ""
    for place, (source, _code) in enumerate(figure.inputs):
        params[f"kpi{number}_in{place}"] = source
        columns += f", max(v.a) FILTER (WHERE v.kpi_id = %(kpi{number}_in{place})s) AS a{place}"
    expression, literals = parse(figure.formula, [code for _source, code in figure.inputs]).sql(
        {code: f"c.a{place}" for place, (_source, code) in enumerate(figure.inputs)}
    )
    for place, literal in enumerate(literals):
        params[f"kpi{number}_x{place}"] = literal
        expression = expression.replace("%s", f"%(kpi{number}_x{place})s", 1)
    return f"""
{_INTO}
SELECT %(kpi{number})s, partner_id, ym_from, months, a
  FROM (SELECT partner_id, ym_from, months, {_kept("a")} AS a
          FROM (SELECT c.partner_id, c.ym_from, c.months, ({expression})::numeric AS a
                  FROM (SELECT v.partner_id, v.ym_from, v.months{columns}
                          FROM w_window w
                          JOIN w_cell v ON v.ym_from = w.ym_from AND v.months = w.months
                         WHERE w.kpi_id = %(kpi{number})s AND v.kpi_id = ANY(%(kpi{number}_from)s)
                         GROUP BY 1, 2, 3 OFFSET 0) c OFFSET 0) c OFFSET 0) c
 WHERE a IS NOT NULL;
"""


_CELLS = {
    Aggregation.MEDIAN: _median,
    Aggregation.DISTINCT: _distinct,
    Aggregation.GROWTH: _growth,
    Aggregation.QUOTIENT: _quotient,
    Aggregation.FORMULA: _formula,
}
assert set(_CELLS) == set(PER_PERIOD)


_SAME = "c.kpi_id = o.kpi_id AND c.partner_id = o.partner_id AND c.ym_from = o.ym_from AND c.months = o.months"

_KEEP = f"""
DELETE FROM performance_periodactual o USING w_window w, w_who
 WHERE o.tenant_id = %(tenant)s AND o.partner_id = w_who.partner_id AND o.kpi_id = w.kpi_id
   AND o.ym_from = w.ym_from AND o.months = w.months AND NOT EXISTS (SELECT 1 FROM w_cell c WHERE {_SAME});
INSERT INTO performance_periodactual AS o (tenant_id, partner_id, kpi_id, ym_from, months, actual)
SELECT %(tenant)s, partner_id, kpi_id, ym_from, months, a FROM w_cell WHERE kpi_id = ANY(%(special_ids)s)
 ORDER BY partner_id, kpi_id, ym_from, months
ON CONFLICT (tenant_id, partner_id, kpi_id, ym_from, months) DO UPDATE SET actual = excluded.actual
 WHERE o.actual IS DISTINCT FROM excluded.actual;
"""
