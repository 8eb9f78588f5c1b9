"""Every report answers for every reader within their rights, on screen and as a file."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from performance.models import PeriodRow
from performance.permissions import SCORECARD_VIEW
from performance.plans.models import Commitment, Objective, Plan
from performance.reports.catalogue import Report, all_reports, get_report, register
from performance.reports.files.making import make_file
from performance.reports.question import Reader, find_period
from performance.reviews.choices import ReviewStatus
from performance.reviews.models import ActionItem, Review
from performance.services.periods import close_period
from prm.access.actor import SYSTEM
from prm.errors import InvalidInput
from tests.documents import text_of
from tests.factories.reviews import make_review, make_review_template
from tests.reports.conftest import TODAY, Readers, close

NOW = datetime(2024, 7, 10, 9, 0, tzinfo=UTC)


def report_of(key: str) -> Report:
    report = get_report(key)
    assert report is not None
    return report


def lines_of_csv(
    readers: Readers, key: str, reader: Reader | None = None, **filters: str
) -> tuple[list[str], list[dict]]:
    made = make_file(report_of(key), readers.ask(reader, **filters), "csv", made_at=NOW)
    assert made is not None
    text = made.content.read().decode("utf-8-sig").splitlines()
    about = [line for line in text if line.lstrip('"').startswith("#")]
    return about, list(csv.DictReader(io.StringIO("\n".join(text[len(about) :]))))


def test_the_catalogue_has_at_least_ten_reports_each_with_words():
    assert len(all_reports()) >= 12
    for report in all_reports():
        assert str(report.title)
        assert str(report.answers).endswith("?")


def test_a_key_is_given_once_and_filters_exist():
    first = all_reports()[0]

    with pytest.raises(ValueError, match="already"):
        register(first)


@pytest.mark.parametrize("key", [report.key for report in all_reports()])
def test_every_report_counts_what_it_lists_and_makes_all_its_files(readers: Readers, key: str):
    report, question = report_of(key), readers.ask()
    rows = list(report.rows(question, None))

    assert report.count(question) == len(rows)
    assert len(list(report.rows(question, 1))) == min(1, len(rows))
    for kind in report.formats:
        made = make_file(report, question, kind, made_at=NOW)
        assert made is not None
        assert made.row_count == len(rows)
        if kind == "pdf":
            assert str(report.title) in text_of(made.content.read())


def test_the_summary_has_the_figures_of_the_cards(readers: Readers):
    about, rows = lines_of_csv(readers, "scorecard-summary")

    mine = next(row for row in rows if row["Partner"] == readers.world.partner.name)
    assert len(rows) == 4
    assert Decimal(mine["Score"]) == 80
    assert Decimal(mine["Change"]) == 40
    assert "# Report: Scorecard summary" in about[0]
    assert any("2024-Q2" in line for line in about)
    assert any(line.strip('"').startswith("# As of:") for line in about)
    assert any(line.strip('"').startswith("# Run:") and line.strip('"') != "# Run: –" for line in about)


def test_lines_are_every_kpi_of_every_card(readers: Readers):
    _about, rows = lines_of_csv(readers, "scorecard-lines")

    assert len(rows) == 8
    assert {(row["Code"], Decimal(row["Result"])) for row in rows if row["Partner"] == readers.world.partner.name} == {
        ("REVENUE", Decimal(100)),
        ("DEFECTS", Decimal(1)),
    }


def test_lines_of_a_closed_period_are_counted_from_the_cards(readers: Readers):
    close_period(period=PeriodRow.objects.get(label="2024-Q2"), actor=SYSTEM)

    assert report_of("scorecard-lines").count(readers.ask()) == 8


OF_GROUPS = ("programme-summary", "kpi-trend", "benchmark-attainment", "own-scorecard")
"""Their rows are figures of several partners."""


def test_a_manager_with_an_own_portfolio_reads_own_partners_alone(readers: Readers):
    mine = Reader.of_member(readers.manager)
    for report in all_reports():
        if not report.names_partners or report.key in OF_GROUPS:
            continue
        for row in report.rows(readers.ask(mine), None):
            card = getattr(row, "card", None) or getattr(row, "scorecard", None) or row
            assert card.partner_id == readers.world.partner.pk, report.key

    trend = list(report_of("kpi-trend").rows(readers.ask(mine), None))
    assert trend[0].values == [Decimal(50), Decimal(100)]
    whole = list(report_of("kpi-trend").rows(readers.ask(), None))
    assert whole[0].values == [Decimal(380), Decimal(430)]


def test_a_partner_sees_own_rows_without_internal_columns_and_no_rank_in_a_small_cohort(readers: Readers):
    readers.scored.partners[1].name = "Somebody else"
    reader = Reader.of_partner(readers.world.partner.pk, frozenset({"scorecard:view"}))
    _about, rows = lines_of_csv(readers, "scorecard-summary", reader)

    assert [row["Partner"] for row in rows] == [readers.world.partner.name]
    assert "Owner" not in rows[0]
    assert rows[0]["Rank"] == ""


def test_filters_narrow_and_unknown_ones_are_refused_by_name(readers: Readers):
    number = readers.world.partner.external_id

    assert report_of("scorecard-summary").count(readers.ask(partner=number)) == 1
    assert report_of("scorecard-summary").count(readers.ask(owner=str(readers.manager.user_id))) == 1
    assert report_of("scorecard-summary").count(readers.ask(region="north")) == 4
    for name, value in (("period", "2031-Q1"), ("region", "moon"), ("owner", "x"), ("partner", "none"), ("type", "?")):
        with pytest.raises(InvalidInput) as refusal:
            readers.ask(**{name: value})
        assert refusal.value.field == name


def test_a_manager_cannot_ask_for_a_foreign_partner(readers: Readers):
    foreign = readers.scored.partners[1].external_id

    with pytest.raises(InvalidInput):
        readers.ask(Reader.of_member(readers.manager), partner=foreign)


def test_relative_periods_move_with_the_day(readers: Readers):
    periods = list(PeriodRow.objects.order_by("-start", "kind"))
    close("2024-Q1", NOW)
    periods = list(PeriodRow.objects.order_by("-start", "kind"))

    assert find_period(periods, "ended:quarter", TODAY).label == "2024-Q2"
    assert find_period(periods, "closed:quarter", TODAY).label == "2024-Q1"
    assert find_period(periods, "running:quarter", TODAY) is None
    assert find_period(periods, "running:quarter", TODAY.replace(month=5)).label == "2024-Q2"
    assert find_period(periods, "", TODAY).label == "2024-Q2"


def test_text_that_looks_like_a_formula_stays_text(readers: Readers):
    partner = readers.world.partner
    partner.name = '=HYPERLINK("http://bad.example")'
    partner.save()

    _about, rows = lines_of_csv(readers, "scorecard-summary")
    assert any(row["Partner"].startswith("'=") for row in rows)

    made = make_file(report_of("scorecard-summary"), readers.ask(), "xlsx", made_at=NOW)
    assert made is not None
    book = load_workbook(made.content)
    cells = [cell for row in book["Export"].iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
    assert {row[0].value for row in book["About"].iter_rows()} >= {"Report", "Period", "As of", "Run"}


def test_the_pack_of_a_partner_holds_its_score_and_no_other_name(readers: Readers):
    question = readers.ask(partner=readers.world.partner.external_id)
    made = make_file(report_of("partner-pack"), question, "pdf", made_at=NOW)
    assert made is not None
    text = text_of(made.content.read())

    assert readers.world.partner.name in text
    assert "80.0" in text
    assert "Sell-out revenue" in text
    for other in readers.scored.partners[1:]:
        assert other.name not in text


def test_the_pack_brings_what_was_said_promised_and_planned_once_the_partner_may_read_it(readers: Readers):
    make_review_template(readers.scored.programme, [readers.admin.user, readers.manager.user])
    review = make_review(readers.world)
    ActionItem.objects.create(
        review=review, partner=review.partner, title="Book two people on the course", side="partner", owner_name="Hanna"
    )
    plan = Plan.objects.create(
        partner=review.partner,
        programme=readers.scored.programme,
        title="Sell-out back on track",
        status="active",
        offered_at=NOW,
        starts_on=date(2024, 6, 1),
        ends_on=date(2024, 12, 1),
        activated_at=NOW,
        checkpoint_days=[45],
    )
    Commitment.objects.create(plan=plan, side="vendor", title="Send a trainer", due_on=date(2024, 9, 1))

    before = pack_of(readers, review)
    Review.objects.filter(pk=review.pk).update(status=ReviewStatus.SHARED, final=Decimal("77.5"))
    after = pack_of(readers, review)
    api_key = Reader.of_workspace([str(SCORECARD_VIEW)])
    without = pack_of(readers, review, api_key)

    assert "Review 2024-Q2" not in before
    assert "Book two people on the course" not in before
    for said in (
        "Review 2024-Q2",
        "Final result",
        "Book two people on the course",
        "Improvement plan",
        "Send a trainer",
    ):
        assert said in after
        assert said not in without


def pack_of(readers: Readers, review: Review, reader: Reader | None = None) -> str:
    reader = reader or Reader.of_partner(review.partner_id, frozenset())
    made = make_file(
        report_of("partner-pack"), readers.ask(reader, partner=review.partner.external_id), "pdf", made_at=NOW
    )
    assert made is not None
    return text_of(made.content.read())


def test_a_spreadsheet_is_ready_to_work_with(readers: Readers):
    made = make_file(report_of("scorecard-summary"), readers.ask(), "xlsx", made_at=NOW)
    assert made is not None
    sheet = load_workbook(made.content)["Export"]

    heads = {cell.value: cell for cell in sheet[1]}
    score, coverage, partner = (sheet.cell(2, heads[name].column) for name in ("Score", "Coverage", "Partner"))
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:{sheet[1][-1].column_letter}5")
    assert (score.value, score.data_type, score.number_format) == (86, "n", "0.0")
    assert (coverage.data_type, coverage.number_format) == ("n", "0%")
    assert sheet.column_dimensions[partner.column_letter].width > len(partner.value)
    assert min(sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]) >= 10


def test_the_programme_summary_holds_numbers_and_how_they_read(readers: Readers):
    made = make_file(report_of("programme-summary"), readers.ask(), "xlsx", made_at=NOW)
    assert made is not None
    rows = list(load_workbook(made.content)["Export"].iter_rows(values_only=True))

    by_head = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    rated = next(row for row in by_head if row["Figure"] == "Partners rated")
    assert (rated["Value"], rated["Reads"]) == (4, "4\N{NO-BREAK SPACE}of 4")


def test_plans_stand_with_what_they_have_to_reach_for_those_who_may_see_the_partner(readers: Readers):
    for partner in readers.scored.partners[:2]:
        plan = Plan.objects.create(
            partner=partner, programme=readers.scored.programme, title="Back on track", checkpoint_days=[45]
        )
        Objective.objects.create(
            plan=plan,
            partner=partner,
            programme=readers.scored.programme,
            kpi=readers.scored.revenue,
            direction="higher",
            baseline=Decimal(50),
            last_value=Decimal(75),
            exit_value=Decimal(100),
        )

    _about, rows = lines_of_csv_without_period(readers, "plan-status", Reader.of_member(readers.admin))
    _about, own = lines_of_csv_without_period(readers, "plan-status", Reader.of_member(readers.manager))

    assert len(rows) == 2
    assert [row["Partner"] for row in own] == [readers.world.partner.name]
    assert own[0]["Objectives"] == "Sell-out revenue €75 of €100"
    assert float(own[0]["Furthest behind"]) == 0.5


def lines_of_csv_without_period(readers: Readers, key: str, reader: Reader):
    return lines_of_csv(readers, key, reader, period="")


def test_reviews_of_the_period_stand_with_how_far_they_are(readers: Readers):
    make_review_template(readers.scored.programme, [readers.admin.user, readers.manager.user])
    review = make_review(readers.world)

    _about, rows = lines_of_csv(readers, "review-status")

    assert [(row["Partner"], row["Period"]) for row in rows] == [(review.partner.name, "2024-Q2")]
    assert rows[0]["Status"] == review.get_status_display()
    assert report_of("review-status").count(readers.ask(period="2024-Q1")) == 0
