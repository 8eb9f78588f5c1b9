"""A what-if's figures are those that publishing it brings, digit for digit."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from partners.models import Partner, PartnerType, Programme, Region, Tier
from performance.choices import Direction, MoveKind, RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import Benchmark, PeriodRow, Scorecard, ScorecardTemplate, WhatIfMove
from performance.models.whatif import GROUPS
from performance.queries.library import in_force
from performance.queries.what_if_draft import Draft
from performance.queries.what_ifs import outcomes_of
from performance.rules.what_if import Tally, kind_of_move
from performance.services.periods import close_period
from performance.services.restatements import undone
from performance.services.templates import BandSpec, lint_template
from performance.services.what_if_replay import replay_what_if
from performance.services.what_ifs import (
    BenchmarkEdit,
    BenchmarkRemoval,
    TemplateEdit,
    begin_what_if,
    edit_what_if,
    publish_what_if,
    rules_digest,
)
from prm.access.actor import SYSTEM
from prm.audit.models import AuditEntry
from prm.errors import InvalidInput
from prm.tenancy.scope import tenant_scope
from tests.performance.test_engine import RELATIVE, RELATIVE_SPECIAL, close_some
from tests.performance.worlds import make_random_world
from tests.performance_screens.conftest import build, measure

pytestmark = pytest.mark.django_db

D = Decimal
EVERYTHING = RunRequest(kind=RunKind.MANUAL, mode="open", from_facts=True)
TODAY = date(2030, 1, 1)
COLUMNS = ("period_id", "partner_id", "total", "coverage", "rated", "grade", "raw_grade", "limited_by_id")


def replayed():
    """What the replay made of each partner, from the work table it leaves."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM w_card")
        return {row[:2]: row[2:] for row in cursor.fetchall()}


def stored(programme, periods):
    """The same from the stored cards."""
    rows = Scorecard.objects.filter(programme=programme, period__label__in=periods).values_list(*COLUMNS)
    return {row[:2]: row[2:] for row in rows}


def make_draft(rng, what_if, kind):
    """Weights, grades, coverage, policies' neighbours and some benchmarks, drawn at random."""
    lines = list(Draft(what_if).base_lines)
    cuts = sorted(rng.randint(0, 100) for _ in lines[1:])
    weights = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    minimums = sorted(rng.sample(range(5, 95), 3), reverse=True)
    edit = TemplateEdit(
        weights={line.kpi_id: D(weight) for line, weight in zip(lines, weights, strict=True)},
        bands=[BandSpec(key, D(low)) for key, low in zip("ABCDE", [*minimums, 2, 0], strict=False)],
        settings={"minimum_coverage": D(rng.choice(["0", "0.4", "0.8"])), "points_at_target": D(rng.choice([70, 100]))},
    )
    edits = []
    for line in rng.sample(lines, min(3, len(lines))):
        marks = sorted(D(rng.randint(0, 60)) for _ in range(4))
        if line.kpi.direction == Direction.LOWER:
            marks.reverse()
        edits.append(
            BenchmarkEdit(
                line.kpi,
                kind,
                *marks[:3],
                ceiling=marks[3] if line.kpi.direction == Direction.BAND else None,
            )
        )
    return edit, edits


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("kind", ["month", "quarter"])
@pytest.mark.parametrize("seed", range(3))
def test_publishing_a_random_draft_brings_the_replayed_cards(in_scope, seed, kind, special):
    programme = Programme.objects.get(is_default=True)
    rng = make_random_world(seed, programme, special=special)
    run_engine(EVERYTHING)
    latest = ScorecardTemplate.objects.filter(programme=programme).order_by("-valid_from").first()
    periods = [
        row.label
        for row in PeriodRow.objects.filter(kind=kind, start__gt=latest.valid_from).order_by("-start")
        if kind in latest.period_kinds
    ][:4]
    if not periods:
        pytest.skip("The drawn scorecard has no such periods after its first day.")
    first = min(row.start for row in PeriodRow.objects.filter(label__in=periods))
    Benchmark.objects.filter(period_kind=kind, valid_from__gt=first).delete()
    run_engine(EVERYTHING)
    compare(programme, rng, kind, periods, first)


def compare(programme, rng, kind, periods, first):
    """Replay a drawn draft, publish it from the first day on, recompute: the same cards and figures."""
    what_if = begin_what_if(actor=SYSTEM, programme=programme, today=TODAY, period_labels=periods)
    edit, edits = make_draft(rng, what_if, kind)
    what_if = edit_what_if(what_if=what_if, actor=SYSTEM, today=TODAY, template=edit, benchmarks=edits)

    what_if = replay_what_if(what_if=what_if, actor=SYSTEM)
    expected = replayed()
    before = stored(programme, periods)
    publish(what_if, first)
    run_engine(EVERYTHING)

    after = stored(programme, periods)
    assert len(after) > 5
    assert after == expected
    assert after != before
    assert_figures(what_if, before, after)


@pytest.mark.parametrize(("seed", "world"), [(80, RELATIVE), (82, RELATIVE), (84, RELATIVE_SPECIAL)])
def test_benchmarks_that_follow_earlier_results_are_replayed_too(in_scope, seed, world):
    """The draft changes their percent or percentiles; what they follow from is resolved as in a run."""
    programme = Programme.objects.get(is_default=True)
    rng = make_random_world(seed, programme, **world)
    run_engine(EVERYTHING)
    close_some()
    run_engine(EVERYTHING)
    latest = ScorecardTemplate.objects.filter(programme=programme).order_by("-valid_from").first()
    rows = PeriodRow.objects.filter(kind="month", start__gt=latest.valid_from, closed_at=None).order_by("-start")[:4]
    first = min(row.start for row in rows)
    Benchmark.objects.filter(period_kind="month", valid_from__gt=first).delete()
    run_engine(EVERYTHING)
    assert Benchmark.objects.exclude(basis="absolute").filter(period_kind="month").exists()

    compare(programme, rng, "month", [row.label for row in rows], first)


def publish(what_if, first):
    """Publish in spite of whatever the linter warns of, without looking at results."""
    today = date(2000, 1, 1)
    seen = len(lint_template(what_if.template, today=today).warnings) if what_if.template else 0
    publish_what_if(what_if=what_if, actor=SYSTEM, valid_from=first, today=today, confirmed=seen)


def assert_figures(what_if, before, after):
    """The kept figures and moves, against cards counted one by one."""
    by_id = {row.label: row.pk for row in PeriodRow.objects.all()}
    moved = {(row.period_id, row.partner_id): row for row in WhatIfMove.objects.filter(what_if=what_if)}
    for outcome in outcomes_of(what_if):
        period = by_id[outcome.period]
        old = {key: card for key, card in before.items() if key[0] == period}
        new = {key: card for key, card in after.items() if key[0] == period}
        assert (outcome.cards_before, outcome.cards_after) == (len(old), len(new))
        assert (outcome.rated_before, outcome.rated_after) == tuple(
            sum(card[2] for card in side.values()) for side in (old, new)
        )
        for key, count_before, count_after in outcome.grades:
            assert count_before == sum(card[3] == key for card in old.values())
            assert count_after == sum(card[3] == key for card in new.values())
        assert sum(outcome.bins_after) == outcome.rated_after
        for key in old.keys() | new.keys():
            same = key in old and key in new and old[key][2:4] == new[key][2:4]
            assert (key not in moved) == same
            if key in moved and key in old and key in new:
                assert (moved[key].old_total, moved[key].new_total) == (old[key][0], new[key][0])
                assert (moved[key].old_grade, moved[key].new_grade) == (old[key][3], new[key][3])
    assert sum(sum(outcome.moves.values()) for outcome in outcomes_of(what_if)) == len(moved)


def without(rng, what_if, kind, most=4):
    """Some of the benchmarks that hold on the periods' first days, of any group, to be removed; drawn at random."""
    first = Draft(what_if).newest.start
    kpis = [line.kpi_id for line in Draft(what_if).base_lines]
    rows = Benchmark.objects.filter(in_force(first), period_kind=kind, kpi__in=kpis).select_related("kpi")
    drawn = rng.sample(list(rows.order_by("pk")), min(most, len(rows)))
    return [BenchmarkRemoval(row.kpi, kind, **{name: getattr(row, name) for name in GROUPS}) for row in drawn]


@pytest.mark.parametrize("kind", ["month", "quarter"])
@pytest.mark.parametrize("seed", range(4))
def test_publishing_removals_brings_the_replayed_cards(in_scope, seed, kind):
    """Benchmarks of groups, of partners and for everyone go away: less specific ones apply, or lines are not scored."""
    programme = Programme.objects.get(is_default=True)
    rng = make_random_world(seed, programme)
    run_engine(EVERYTHING)
    latest = ScorecardTemplate.objects.filter(programme=programme).order_by("-valid_from").first()
    assert kind in latest.period_kinds, "Draw another world: this one's scorecard has no such periods."
    rows = list(PeriodRow.objects.filter(kind=kind, start__gt=latest.valid_from).order_by("-start")[:3])
    first = min(row.start for row in rows)
    Benchmark.objects.filter(period_kind=kind, valid_from__gt=first).delete()
    run_engine(EVERYTHING)
    labels = [row.label for row in rows]
    what_if = begin_what_if(actor=SYSTEM, programme=programme, today=TODAY, period_labels=labels)
    removals = without(rng, what_if, kind)
    what_if = edit_what_if(what_if=what_if, actor=SYSTEM, today=TODAY, benchmarks=removals)
    what_if = replay_what_if(what_if=what_if, actor=SYSTEM)
    expected, before = replayed(), stored(programme, labels)
    live = Benchmark.objects.filter(in_force(first), period_kind=kind).count()

    publish(what_if, first)
    run_engine(EVERYTHING)

    assert removals
    assert stored(programme, labels) == expected != before
    assert Benchmark.objects.filter(in_force(first), period_kind=kind).count() == live - len(removals)
    assert_figures(what_if, before, stored(programme, labels))


def test_a_removed_benchmark_is_ended_or_withdrawn_by_publishing(in_scope):
    """Without the target for everyone revenue is not scored: 2024-Q2 is the defects alone, 80 points."""
    scored = build(in_scope)
    stored_one = Benchmark.objects.get(kpi=scored.revenue, period_kind="quarter")
    what_if = begin_what_if(actor=SYSTEM, programme=scored.programme, today=TODAY, period_labels=["2024-Q2"])
    without_revenue = BenchmarkRemoval(scored.revenue, "quarter")
    what_if = edit_what_if(what_if=what_if, actor=SYSTEM, today=TODAY, benchmarks=[without_revenue])
    what_if = replay_what_if(what_if=what_if, actor=SYSTEM)
    replayed_total = replayed()[scored.period("2024-Q2").pk, scored.partners[0].pk][0]

    publish(what_if, date(2024, 4, 1))
    run_engine(EVERYTHING)

    stored_one.refresh_from_db()
    assert (stored_one.valid_to, stored_one.withdrawn_at) == (date(2024, 4, 1), None)
    assert replayed_total == scored.card(scored.partners[0], "2024-Q2").total == D("80.0000")
    assert scored.card(scored.partners[0], "2024-Q1").total == D("40.0000")
    assert [(row["field"], row["before"], row["after"]) for row in what_if.changes] == [
        ("floor", "0.000000", None),
        ("target", "100.000000", None),
        ("stretch", "120.000000", None),
    ]
    assert AuditEntry.objects.filter(action="benchmark.ended", reason__contains=what_if.name).count() == 1


def test_a_removal_is_taken_back_by_the_numbers_in_force(in_scope):
    scored = build(in_scope)
    what_if = begin_what_if(actor=SYSTEM, programme=scored.programme, today=TODAY)
    before = rules_digest(Draft(what_if))
    removal = BenchmarkRemoval(scored.revenue, "quarter")
    edit = {"what_if": what_if, "actor": SYSTEM, "today": TODAY}

    what_if = edit_what_if(**edit, benchmarks=[removal])
    removed = rules_digest(Draft(what_if))
    what_if = edit_what_if(**edit, benchmarks=[BenchmarkEdit(scored.revenue, "quarter", D(0), D(100), D(120))])

    assert not what_if.benchmarks.exists()
    assert rules_digest(Draft(what_if)) == before != removed


def test_what_does_not_hold_cannot_be_removed(in_scope):
    scored = build(in_scope)
    what_if = begin_what_if(actor=SYSTEM, programme=scored.programme, today=TODAY)

    with pytest.raises(InvalidInput, match="so none can be removed"):
        edit_what_if(
            what_if=what_if,
            actor=SYSTEM,
            today=TODAY,
            benchmarks=[BenchmarkRemoval(scored.revenue, "quarter", partner=scored.partners[0])],
        )


@given(data=st.data())
@settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
def test_any_draft_on_any_small_tenant(two_tenants, data):
    """Drawn worlds, periods, drafts and scopes; each example is taken back."""
    world = two_tenants[0]
    with tenant_scope(world.tenant), undone():
        programme = Programme.objects.get(is_default=True)
        seed = data.draw(st.integers(0, 10_000), label="seed")
        rng = make_random_world(seed, programme, partners=6, kpis=4, special=data.draw(st.booleans(), label="special"))
        run_engine(EVERYTHING)
        latest = ScorecardTemplate.objects.filter(programme=programme).order_by("-valid_from").first()
        kind = data.draw(st.sampled_from(sorted(latest.period_kinds)), label="kind")
        rows = list(PeriodRow.objects.filter(kind=kind, start__gt=latest.valid_from).order_by("-start"))
        offered = [row for row in rows if Scorecard.objects.filter(period=row).exists()]
        if not offered:
            return
        periods = offered[: data.draw(st.integers(1, 4), label="periods")]
        first, labels = min(row.start for row in periods), [row.label for row in periods]
        Benchmark.objects.filter(period_kind=kind, valid_from__gt=first).delete()
        run_engine(EVERYTHING)
        what_if = begin_what_if(actor=SYSTEM, programme=programme, today=TODAY, period_labels=labels)
        edit, edits = make_draft(rng, what_if, kind)
        group = data.draw(st.sampled_from(["all", "tier", "region", "partner_type", "partner"]), label="group")
        models = {"tier": Tier, "region": Region, "partner_type": PartnerType, "partner": Partner}
        if group in models:
            row = rng.choice(list(models[group].objects.order_by("pk")))
            edits = [replace(one, **{group: row}) for one in edits]
        if data.draw(st.booleans(), label="removals"):
            taken = {one.kpi for one in edits}
            edits += [one for one in without(rng, what_if, kind, most=2) if one.kpi not in taken]
        if data.draw(st.booleans(), label="only benchmarks"):
            edit = None
        what_if = edit_what_if(what_if=what_if, actor=SYSTEM, today=TODAY, template=edit, benchmarks=edits)
        what_if = replay_what_if(what_if=what_if, actor=SYSTEM)
        expected, before = replayed(), stored(programme, labels)
        if what_if.template is None and not what_if.benchmarks.exists():
            assert expected == before
            return
        publish(what_if, first)
        run_engine(EVERYTHING)

        after = stored(programme, labels)
        assert after == expected
        assert_figures(what_if, before, after)


def test_a_draft_that_changes_nothing_moves_nobody(in_scope):
    programme = Programme.objects.get(is_default=True)
    make_random_world(3, programme, special=True)
    run_engine(EVERYTHING)
    what_if = begin_what_if(actor=SYSTEM, programme=programme, today=TODAY)

    replay_what_if(what_if=what_if, actor=SYSTEM)

    assert replayed() == stored(programme, what_if.periods)
    assert not WhatIfMove.objects.exists()


def test_a_closed_period_is_replayed_by_what_was_frozen(in_scope):
    """110 of 100 to 120 is 90 points; 500 more arrive after closing and change neither side."""
    scored = build(in_scope, others=1)
    partner = scored.partners[1]
    for label in ("2024-Q1", "2024-Q2"):
        close_period(period=scored.period(label), actor=SYSTEM)
    measure([(partner, scored.revenue, "2024-05-25", "500", None)], source="late")
    run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))
    what_if = begin_what_if(actor=SYSTEM, programme=scored.programme, today=TODAY)
    even = {scored.revenue.pk: D(50), scored.defects.pk: D(50)}

    replay_what_if(what_if=what_if, actor=SYSTEM)
    unchanged = replayed() == stored(scored.programme, what_if.periods)
    what_if = edit_what_if(what_if=what_if, actor=SYSTEM, today=TODAY, template=TemplateEdit(weights=even))
    replay_what_if(what_if=what_if, actor=SYSTEM)

    assert unchanged
    assert replayed()[scored.period("2024-Q2").pk, partner.pk][0] == D("85.0000")


def test_a_fact_after_the_basis_changes_no_figure_until_it_is_taken_afresh(in_scope):
    scored = build(in_scope)
    what_if = begin_what_if(actor=SYSTEM, programme=scored.programme, today=TODAY)
    what_if = replay_what_if(what_if=what_if, actor=SYSTEM)
    measure([(scored.partners[0], scored.revenue, "2024-06-20", "20", None)])
    run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))
    key = scored.period("2024-Q2").pk, scored.partners[0].pk

    again = replay_what_if(what_if=what_if, actor=SYSTEM)
    kept = replayed()[key][0]
    moved_without = WhatIfMove.objects.count()
    replay_what_if(what_if=again, actor=SYSTEM, refresh=True)

    assert (kept, moved_without) == (D("80.0000"), 0)
    assert replayed()[key][0] == D("92.0000") == Scorecard.objects.get(period_id=key[0]).total
    assert WhatIfMove.objects.count() == 0


def test_the_same_draft_twice_gives_the_same_figures(in_scope):
    scored = build(in_scope, others=2)
    what_if = begin_what_if(actor=SYSTEM, programme=scored.programme, today=TODAY)
    harder = BenchmarkEdit(scored.revenue, "quarter", D(0), D(160), D(200))
    what_if = edit_what_if(what_if=what_if, actor=SYSTEM, today=TODAY, benchmarks=[harder])
    first = replay_what_if(what_if=what_if, actor=SYSTEM).figures["periods"]
    moves = list(WhatIfMove.objects.order_by("period", "partner").values_list("partner", "old_total", "new_total"))

    second = replay_what_if(what_if=what_if, actor=SYSTEM).figures["periods"]

    assert (first[0]["moves"], second) == ({"down": 3}, first)
    assert moves == list(
        WhatIfMove.objects.order_by("period", "partner").values_list("partner", "old_total", "new_total")
    )


def tally(**values):
    base = {
        "period_id": 1, "has_card": True, "has_new": True, "old_rated": True, "new_rated": True, "old_grade": "B",
        "new_grade": "B", "old_bin": 15, "new_bin": 15, "count": 1,
    }  # fmt: skip
    return Tally(**(base | values))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({}, None),
        ({"new_grade": "A"}, MoveKind.UP),
        ({"new_grade": "C"}, MoveKind.DOWN),
        ({"new_rated": False, "new_grade": ""}, MoveKind.UNRATED),
        ({"old_rated": False, "old_grade": ""}, MoveKind.RATED),
        ({"old_rated": False, "new_rated": False, "old_grade": "", "new_grade": ""}, None),
        ({"has_card": False, "old_rated": False, "old_grade": ""}, MoveKind.NEW),
        ({"has_new": False, "new_rated": False, "new_grade": ""}, MoveKind.GONE),
        ({"old_grade": "B", "new_grade": "Gold"}, MoveKind.UP),
    ],
)
def test_what_counts_as_a_move(values, kind):
    assert kind_of_move(tally(**values), ["A", "B", "C"], ["Gold", "A", "B", "C"]) == kind


def test_grades_with_other_names_are_compared_by_their_place():
    way = tally(old_grade="B", new_grade="Gold")

    assert kind_of_move(way, ["A", "B", "C"], ["Gold", "Silver", "Bronze"]) == MoveKind.UP
    assert kind_of_move(tally(old_grade="A", new_grade="Silver"), ["A", "B"], ["Gold", "Silver"]) == MoveKind.DOWN
    assert kind_of_move(tally(old_grade="A", new_grade="Gold"), ["A", "B"], ["Gold", "Silver"]) is None
