"""The what-if pages: editing, replaying, publishing and discarding a draft, and what is refused."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from performance.choices import RunKind
from performance.engine.recompute import RunRequest, run_engine
from performance.models import Benchmark, Scorecard, ScorecardTemplate, WhatIf, WhatIfBasis, WhatIfMove
from performance.queries.what_ifs import outcomes_of
from prm.access.roles import Role
from prm.audit.models import AuditEntry
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build, measure, recompute

D = Decimal


@pytest.fixture
def scored(acme: World) -> Scored:
    """Two quarters: the world's partner has 40 and 80 points, three others 86 in both."""
    with acme.scope():
        return build(acme, others=3)


def address(world: World, name: str, **kwargs: Any) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


@pytest.fixture
def what_if(acme: World, manager_client: Client, scored: Scored) -> WhatIf:
    """One begun through the page."""
    with acme.scope():
        programme = scored.programme.pk
    response = manager_client.post(address(acme, "what_if_begin"), {"name": "Stricter", "programme": programme})
    with acme.scope():
        begun = WhatIf.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == address(acme, "what_if", what_if=begun.public_id)
    return begun


def draft(scored: Scored, **changes: str) -> dict[str, str]:
    """The form as the page gives it, with changes."""
    revenue, defects = f"k{scored.revenue.pk}", f"k{scored.defects.pk}"
    values = {
        "name": "Stricter",
        "points_at_target": "80",
        "minimum_coverage": "60",
        "periods": ["2024-Q1", "2024-Q2"],
        "for": "",
        f"{revenue}-weight": "60",
        f"{revenue}-floor": "0",
        f"{revenue}-target": "100",
        f"{revenue}-stretch": "120",
        f"{defects}-weight": "40",
        f"{defects}-floor": "5",
        f"{defects}-target": "1",
        f"{defects}-stretch": "0",
        "bands-TOTAL_FORMS": "5",
        "bands-INITIAL_FORMS": "5",
    }
    for index, (key, low) in enumerate(zip("ABCDE", ("90", "75", "60", "40", "0"), strict=True)):
        values |= {f"bands-{index}-key": key, f"bands-{index}-name": "", f"bands-{index}-minimum": low}
    named = {"revenue": revenue, "defects": defects}
    return values | {
        name.replace("revenue", named["revenue"]).replace("defects", named["defects"]): value
        for name, value in changes.items()
    }


def replay(client: Client, world: World, row: WhatIf, values: dict[str, str], **extra: Any) -> Any:
    return client.post(address(world, "what_if", what_if=row.public_id), values, **extra)


def test_a_new_one_shows_how_things_are(acme: World, manager_client: Client, what_if: WhatIf) -> None:
    html = manager_client.get(address(acme, "what_if", what_if=what_if.public_id)).content.decode()

    with acme.scope():
        assert what_if.periods == ["2024-Q2", "2024-Q1"]
        assert [(row.rated_before, row.rated_after, row.moved) for row in outcomes_of(what_if)] == [(4, 4, 0)] * 2
        assert what_if.template is None
    assert "No partner would change grade." in html
    assert "The draft changes nothing yet." in html


def test_a_harder_target_moves_those_below_it(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    """Target 160, stretch 200: the others' 110 earn 55 instead of 90, so 0.6 * 55 + 0.4 * 80 = 65: B becomes C."""
    change = {"revenue-target": "160", "revenue-stretch": "200"}

    response = replay(manager_client, acme, what_if, draft(scored, **change), follow=True)

    html = response.content.decode()
    with acme.scope():
        rows = {
            (row.partner.name, row.period.label): row for row in WhatIfMove.objects.select_related("partner", "period")
        }
        drafted = WhatIf.objects.get().benchmarks.get()
        other = scored.partners[1].name
        moved = rows[other, "2024-Q2"]
    assert (moved.old_total, moved.new_total) == (D("86.0000"), D("65.0000"))
    assert (moved.old_grade, moved.new_grade, moved.kind) == ("B", "C", "down")
    assert (drafted.target, drafted.stretch, drafted.floor) == (160, 200, 0)
    assert f'<b class="w5">{scored.revenue.name}</b> <span class="mut">Target</span>' in html
    assert other in html
    assert "partners would change grade" in html


def test_nothing_is_scored_with_it(acme: World, manager_client: Client, scored: Scored, what_if: WhatIf) -> None:
    with acme.scope():
        before = list(Scorecard.objects.order_by("pk").values())

    replay(manager_client, acme, what_if, draft(scored, **{"revenue-weight": "10", "defects-weight": "90"}))

    with acme.scope():
        recompute()
        assert list(Scorecard.objects.order_by("pk").values()) == before
        assert ScorecardTemplate.objects.filter(status="draft").count() == 1


def test_what_equals_the_rules_in_force_is_no_change(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    replay(manager_client, acme, what_if, draft(scored, **{"revenue-weight": "50", "defects-weight": "50"}))
    replay(manager_client, acme, what_if, draft(scored))

    with acme.scope():
        row = WhatIf.objects.get()
        assert (row.template, row.benchmarks.count(), row.changes) == (None, 0, [])
        assert not ScorecardTemplate.objects.filter(status="draft").exists()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"revenue-weight": "61"}, "The weights total 101. They must total exactly 100."),
        ({"revenue-weight": "-1"}, "Weight: Ensure this value is greater than or equal to 0."),
        ({"revenue-target": "-5"}, "Target: The target must not be below the floor."),
        ({"defects-stretch": "2"}, "Stretch: Lower is better for this KPI: the stretch must not be above the target."),
        ({"revenue-stretch": ""}, "Stretch: Give all thresholds of this KPI, or none."),
        ({"revenue-floor": "NaN"}, "Floor: Enter a number."),
        ({"bands-4-minimum": "5"}, "The lowest grade must begin at 0: no total may be left out."),
        ({"bands-1-minimum": "90"}, "Two grades begin at the same total."),
        ({"minimum_coverage": "101"}, "less than or equal to 100"),
        ({"periods": ["2024-Q1", "2024-05"]}, "Replay periods of one kind"),
        ({"periods": ["1999-Q1"]}, "1999-Q1 is not one of the available choices"),
        ({"periods": []}, "This field is required."),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf, change: dict[str, Any], rule: str
) -> None:
    response = replay(manager_client, acme, what_if, draft(scored, **change))

    assert response.status_code == 422
    assert rule in response.content.decode()
    with acme.scope():
        row = WhatIf.objects.get()
        assert (row.template, row.benchmarks.count(), row.replayed_at) == (None, 0, what_if.replayed_at)


def test_htmx_swaps_the_draft_and_its_figures(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    values = draft(scored, **{"revenue-target": "160", "revenue-stretch": "200"})

    good = replay(manager_client, acme, what_if, values, headers={"HX-Request": "true"})
    bad = replay(manager_client, acme, what_if, values | {"points_at_target": "x"}, headers={"HX-Request": "true"})

    assert (good.status_code, bad.status_code) == (200, 422)
    for response in (good, bad):
        assert response.content.decode().strip().startswith('<div id="what-if">')
    assert "Worse grade" not in good.content.decode()
    assert "partners would change grade" in good.content.decode()
    assert "Enter a number." in bad.content.decode()


def test_benchmarks_of_one_group(acme: World, manager_client: Client, scored: Scored, what_if: WhatIf) -> None:
    with acme.scope():
        audience = f"region:{scored.region.pk}"
    page = manager_client.get(address(acme, "what_if", what_if=what_if.public_id), {"audience": audience})
    empty = {f"{kpi}-{name}": "" for kpi in ("revenue", "defects") for name in ("floor", "target", "stretch")}
    harder = {"revenue-floor": "0", "revenue-target": "160", "revenue-stretch": "200", "for": audience}

    replay(manager_client, acme, what_if, draft(scored, **(empty | harder)))

    assert "the benchmarks for North" in page.content.decode()
    with acme.scope():
        row = WhatIf.objects.get()
        drafted = row.benchmarks.get()
        assert (drafted.scope, drafted.region, drafted.target) == ("region", scored.region, 160)
        assert outcomes_of(row)[0].moves == {"down": 4}
    replay(manager_client, acme, what_if, draft(scored, **(empty | {"for": audience})))
    with acme.scope():
        assert not WhatIf.objects.get().benchmarks.exists()


def test_publishing_makes_versions_and_brings_the_figures(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    change = {"revenue-weight": "50", "defects-weight": "50", "revenue-target": "110", "revenue-stretch": "130"}
    replay(manager_client, acme, what_if, draft(scored, **change))
    url = address(acme, "what_if_publish", what_if=what_if.public_id)
    page = manager_client.get(url)
    warnings = len(page.context["report"].warnings)
    data = {"valid_from": "2024-01-01", "seen": str(warnings), "in_spite_of": "on"}

    response = manager_client.post(url, data, follow=True)

    html = response.content.decode()
    with acme.scope():
        row = WhatIf.objects.get()
        recompute()
        cards = Scorecard.objects.filter(period__label="2024-Q2")
        outcome = outcomes_of(row)[0]
        newest = Benchmark.objects.filter(kpi=scored.revenue, period_kind="quarter").order_by("-valid_from")[0]
        audit = AuditEntry.objects.get(action="what_if.published")
        assert (row.status, row.valid_from, row.template.status) == ("published", date(2024, 1, 1), "published")
        assert (newest.target, newest.valid_from) == (110, date(2024, 1, 1))
        assert sum(card.total_e4 for card in cards) == outcome.sum_after
        assert {key: count for key, _before, count in outcome.grades if count} == {
            key: cards.filter(grade=key).count() for key in set(cards.values_list("grade", flat=True))
        }
        assert not WhatIfBasis.objects.exists()
    assert audit.changes["benchmarks"] == [None, 1]
    assert "Published by" in html
    assert 'name="k' not in html


def test_what_was_not_replayed_is_not_published(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    replay(manager_client, acme, what_if, draft(scored, **{"revenue-target": "110", "revenue-stretch": "130"}))
    with acme.scope():
        WhatIf.objects.get().benchmarks.update(target=115)
    url = address(acme, "what_if_publish", what_if=what_if.public_id)

    response = manager_client.post(url, {"valid_from": "2024-01-01", "seen": "0"})

    assert response.status_code == 422
    assert "Replay the draft first" in response.content.decode()
    with acme.scope():
        assert WhatIf.objects.get().is_open
        assert Benchmark.objects.filter(kpi=scored.revenue, period_kind="quarter").count() == 1


def test_discarding_keeps_the_figures_and_nothing_else(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    replay(manager_client, acme, what_if, draft(scored, **{"revenue-weight": "50", "defects-weight": "50"}))

    response = manager_client.post(address(acme, "what_if_discard", what_if=what_if.public_id), follow=True)
    again = manager_client.post(address(acme, "what_if_discard", what_if=what_if.public_id), follow=True)

    html = response.content.decode()
    assert "Discarded by" in html
    assert 'Sell-out revenue</b> <span class="mut">Weight</span>' in html
    assert "was settled by" in again.content.decode()
    with acme.scope():
        row = WhatIf.objects.get()
        assert (row.template, len(outcomes_of(row))) == (None, 2)
        assert not ScorecardTemplate.objects.filter(status="draft").exists()
        assert not WhatIfBasis.objects.exists()


def test_a_draft_of_its_own_stays_when_the_what_if_goes(acme: World, manager_client: Client, scored: Scored) -> None:
    manager_client.post(address(acme, "template_revise", template=scored.template.public_id))
    with acme.scope():
        version = ScorecardTemplate.objects.get(status="draft")
    begin = {"name": "", "programme": scored.programme.pk, "template": version.public_id}
    manager_client.post(address(acme, "what_if_begin"), begin)
    deleted = manager_client.post(address(acme, "template_delete", template=version.public_id), follow=True)
    with acme.scope():
        begun = WhatIf.objects.get()
    manager_client.post(address(acme, "what_if_discard", what_if=begun.public_id))

    assert "tries this draft out. Discard that first." in deleted.content.decode()
    with acme.scope():
        assert ScorecardTemplate.objects.filter(pk=version.pk).exists()


def test_the_rest_is_edited_in_the_template_editor(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    response = replay(manager_client, acme, what_if, draft(scored) | {"rest": "1"})

    with acme.scope():
        version = ScorecardTemplate.objects.get(status="draft")
    editor = address(acme, "template_update", template=version.public_id)
    assert response.headers["Location"] == f"{editor}?what_if={what_if.public_id}"
    page = manager_client.get(response.headers["Location"])
    assert page.status_code == 200


def test_results_are_taken_afresh_when_scores_have_moved(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    with acme.scope():
        recompute()
    unmoved = manager_client.get(address(acme, "what_if", what_if=what_if.public_id)).content.decode()
    with acme.scope():
        measure([(scored.partners[0], scored.revenue, "2024-06-12", "15", None)])
        run_engine(RunRequest(kind=RunKind.CHANGES, mode="changes"))
    page = manager_client.get(address(acme, "what_if", what_if=what_if.public_id)).content.decode()

    manager_client.post(address(acme, "what_if", what_if=what_if.public_id), {"refresh": "1"})

    after = manager_client.get(address(acme, "what_if", what_if=what_if.public_id)).content.decode()
    assert "Scores were recomputed after the results were taken" not in unmoved
    assert "Scores were recomputed after the results were taken" in page
    assert "Scores were recomputed after the results were taken" not in after


def test_many_partners_are_replayed_by_a_job(
    acme: World,
    manager_client: Client,
    scored: Scored,
    what_if: WhatIf,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr("performance.services.what_if_replay.REPLAYED_AT_ONCE", 1)
    monkeypatch.setattr("performance.services.what_if_replay.CARDS_AT_ONCE", 1)
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr("performance.tasks.replay_what_if_as_job.delay", lambda tenant, job: sent.append((tenant, job)))
    values = draft(scored, **{"revenue-target": "160", "revenue-stretch": "200"})

    with django_capture_on_commit_callbacks(execute=True):
        waiting = replay(manager_client, acme, what_if, values, follow=True).content.decode()
    second = replay(manager_client, acme, what_if, values)
    from performance.tasks import replay_what_if_as_job

    replay_what_if_as_job(*sent[0])

    done = manager_client.get(address(acme, "what_if", what_if=what_if.public_id)).content.decode()
    assert "Replay “Stricter”" in waiting
    assert second.status_code == 422
    assert "being replayed already" in second.content.decode()
    assert "partners would change grade" in done


def test_who_may_what(acme: World, client: Client, scored: Scored, manager_client: Client, what_if: WhatIf) -> None:
    page = address(acme, "what_if", what_if=what_if.public_id)
    people = {
        role: MembershipFactory(tenant=acme.tenant, role=role).user
        for role in (Role.PROGRAMME_MANAGER, Role.CHANNEL_MANAGER, Role.ANALYST)
    }
    seen = {}
    for role, user in people.items():
        client.force_login(user)
        seen[role] = (client.get(page).status_code, client.post(page, draft(scored)).status_code)

    assert seen == {
        Role.PROGRAMME_MANAGER: (200, 302),
        Role.CHANNEL_MANAGER: (200, 403),
        Role.ANALYST: (403, 403),
    }


def test_an_own_portfolio_hides_other_peoples_partners(
    acme: World, client: Client, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    replay(manager_client, acme, what_if, draft(scored, **{"revenue-target": "160", "revenue-stretch": "200"}))
    member = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    with acme.scope():
        mine, other = scored.partners[1], scored.partners[2]
        mine.owner = member.user
        mine.save()
    client.force_login(member.user)

    page = client.get(address(acme, "what_if", what_if=what_if.public_id)).content.decode()
    listed = client.get(address(acme, "what_if_moves", what_if=what_if.public_id)).content.decode()

    for html in (page, listed):
        assert mine.name in html
        assert other.name not in html


def test_the_list_of_moves_opens_and_exports(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    replay(manager_client, acme, what_if, draft(scored, **{"revenue-target": "160", "revenue-stretch": "200"}))
    url = address(acme, "what_if_moves", what_if=what_if.public_id)

    html = manager_client.get(url, {"period": "2024-Q2", "kind": "down"}).content.decode()
    better = manager_client.get(url, {"kind": "up"}).content.decode()
    exported = manager_client.get(url, {"period": "2024-Q2", "export": "csv"})

    assert scored.partners[2].name in html
    assert "65.0" in html
    assert scored.partners[2].name not in better
    assert exported.status_code == 200


def test_a_benchmark_is_removed_on_the_page_and_put_back(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    """Without the target of revenue only the defects count: the others' 86 becomes 80, the partner's 80 stays."""
    removed = {"revenue-removed": "on", "revenue-floor": "much"}

    response = replay(manager_client, acme, what_if, draft(scored, **removed), follow=True)

    html = response.content.decode()
    with acme.scope():
        drafted = WhatIf.objects.get().benchmarks.get()
        assert (drafted.is_removed, drafted.target, drafted.kpi) == (True, 100, scored.revenue)
        assert outcomes_of(WhatIf.objects.get())[0].average_after == D("80.0000")
    assert f'name="k{scored.revenue.pk}-removed"' in html
    assert '<span class="mut">€100</span> → <b class="w5">none</b>' in html

    replay(manager_client, acme, what_if, draft(scored))
    with acme.scope():
        assert not WhatIf.objects.get().benchmarks.exists()


def test_a_group_without_a_benchmark_has_none_to_remove(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    with acme.scope():
        audience = f"region:{scored.region.pk}"
    page = manager_client.get(address(acme, "what_if", what_if=what_if.public_id), {"audience": audience})
    assert "-removed" not in page.content.decode()


def test_a_running_period_says_that_its_totals_are_of_so_far(
    acme: World, manager_client: Client, what_if: WhatIf, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(acme, "what_if", what_if=what_if.public_id)
    assert "still running" not in manager_client.get(url).content.decode()
    monkeypatch.setattr("performance.screens.what_if.timezone.localdate", lambda: date(2024, 5, 20))

    html = manager_client.get(url).content.decode()

    assert "The period is still running; these are totals of what is measured so far." in html
    assert html.count("still running</span>") == 1


def test_the_page_asks_few_statements_however_many_kpis(
    acme: World, manager_client: Client, scored: Scored, what_if: WhatIf
) -> None:
    harder = {"revenue-target": "160", "revenue-stretch": "200", "revenue-weight": "50", "defects-weight": "50"}
    replay(manager_client, acme, what_if, draft(scored, **harder))
    url = address(acme, "what_if", what_if=what_if.public_id)
    manager_client.get(url)

    with CaptureQueriesContext(connection) as asked:
        manager_client.get(url)

    of_transactions = [row for row in asked.captured_queries if row["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) - len(of_transactions) <= 20, [row["sql"][:150] for row in asked.captured_queries]
