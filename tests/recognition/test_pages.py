"""The screens of recognition on both sides, as people use them."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from partners.models import Programme
from performance.recognition.extensions import badges_of_the_morning, fetch_timeline
from performance.recognition.models import Award, Badge, LeagueSetting, PartnerNaming
from performance.recognition.picture import award_picture
from performance.recognition.queries.awards import hall_of_fame
from performance.recognition.services.awards import award_by_hand, withdraw_award
from performance.recognition.services.granting import grant_behind_closing
from performance.recognition.services.leagues import set_league
from performance.recognition.services.sharing import name_partner, share_award, share_token, stop_sharing
from prm.access.actor import SYSTEM
from prm.accounts.models import Membership
from prm.audit.models import AuditEntry
from prm.errors import Conflict
from tests.factories.partners import PartnerFactory
from tests.factories.recognition import AwardFactory, BadgeFactory, card, closed, template_of
from tests.recognition.test_granting import badge as badge_with_rule

pytestmark = pytest.mark.django_db

BASE = "/t/acme/recognition/"


def portal_of(world):
    return f"/portal/acme/{world.partner.public_id}/recognition/"


@pytest.fixture
def ranked(acme):
    """Six rated partners in a closed quarter, the world's own in the second place; the first badge is granted."""
    with acme.scope():
        programme = Programme.objects.get(is_default=True)
        badge_with_rule(programme)
        others = [PartnerFactory(name=f"Other {number}") for number in range(5)]
        period = closed("2024-Q1")
        totals = {others[0]: 95, acme.partner: 90, others[1]: 80, others[2]: 80, others[3]: 70, others[4]: 60}
        for partner, total in totals.items():
            card(partner, period, total)
        grant_behind_closing(period, datetime(2024, 4, 12, tzinfo=UTC))
    return others


# --- in the workspace -------------------------------------------------------------------------------------------------


def test_a_badge_is_written_previewed_switched_on_and_shown(ranked, acme, manager_client):
    with acme.scope():
        programme = Programme.objects.get(is_default=True)
        template_of(programme)
    values = {
        "name": "Top two", "icon": "gem", "colour": "teal", "kind": "rank", "programme": programme.pk,
        "period_kind": "quarter", "cohort": "programme", "top": "2", "minimum_rated": "5",
    }  # fmt: skip

    tried = manager_client.post(f"{BASE}badges/new/", {**values, "preview": "1"})
    with acme.scope():
        assert not Badge.objects.filter(name="Top two").exists()
    assert "The 2 highest scores of a quarter in the whole programme." in tried.content.decode()
    assert "2024-Q1: 2 partners" in tried.content.decode()

    saved = manager_client.post(f"{BASE}badges/new/", {**values, "save": "1"}, follow=True)
    page = saved.content.decode()
    assert "Grant it for 2024-Q1 too" in page
    switched = manager_client.post(
        f"{saved.redirect_chain[-1][0]}switch/", {"with_last_period": "1"}, follow=True
    ).content.decode()
    assert "was granted to 2 partners" in switched
    assert acme.partner.name in switched
    assert "The 2 highest scores" in manager_client.get(f"{BASE}badges/").content.decode()


def test_a_form_with_a_mistake_keeps_what_was_typed_and_names_the_field(acme, manager_client):
    response = manager_client.post(
        f"{BASE}badges/new/",
        {"name": "One", "icon": "gem", "colour": "teal", "kind": "grade", "period_kind": "quarter"},
    )

    assert response.status_code == 422
    page = response.content.decode()
    assert "Choose the programme whose scorecards the rule looks at." in page
    assert 'value="One"' in page


def test_an_award_by_hand_and_its_withdrawal(acme, manager_client):
    with acme.scope():
        made = BadgeFactory(name="Helper")
    number = acme.partner.external_id

    form = manager_client.get(f"{BASE}awards/new/?partner={number}").content.decode()
    assert f'value="{number}"' in form
    empty = manager_client.post(f"{BASE}awards/new/", {"badge": made.pk, "partner": number, "reason": " "})
    assert empty.status_code == 422
    done = manager_client.post(
        f"{BASE}awards/new/", {"badge": made.pk, "partner": number, "reason": "Ran the fair."}, follow=True
    )
    assert "Ran the fair." in done.content.decode()
    address = done.redirect_chain[-1][0]

    withdrawn = manager_client.post(address, {"reason": "The fair was cancelled."}, follow=True).content.decode()
    again = manager_client.post(address, {"reason": "Twice."})

    assert "The fair was cancelled." in withdrawn
    assert again.status_code == 422
    assert "withdrawn already" in again.content.decode()
    assert "Helper" in manager_client.get(f"{BASE}?status=withdrawn").content.decode()


def test_the_list_exports_why_each_badge_was_awarded(ranked, acme, manager_client):
    text = manager_client.get(f"{BASE}?export=csv").getvalue().decode()

    assert "Other 0" in text
    assert "Place 1 of 6 in 2024-Q1, with a score of 95.0." in text


def test_the_league_list_counts_everybody_with_ties_and_movement(ranked, acme, manager_client):
    with acme.scope():
        before = closed("2023-Q4")
        card(ranked[0], before, 60)
        card(acme.partner, before, 70)

    page = manager_client.get(f"{BASE}league/?by=programme&period=2024-Q1&export=csv").getvalue().decode()

    rows = [line.split(",") for line in page.splitlines() if "Other" in line or acme.partner.name in line]
    assert [(row[0], row[1]) for row in rows] == [
        ("1", "Other 0"), ("2", acme.partner.name), ("3", "Other 1"),
        ("3", "Other 2"), ("5", "Other 3"), ("6", "Other 4"),
    ]  # fmt: skip
    assert [row[4] for row in rows] == ["1", "-1", "", "", "", ""]


def test_what_partners_see_of_leagues_is_chosen_for_each_programme(acme, manager_client):
    values = {"is_on": "on", "cohort": "tier", "period_kind": "month", "top": "5", "shows_names": "on"}
    bad = manager_client.post(f"{BASE}league/main/", {**values, "top": "1"})
    manager_client.post(f"{BASE}league/main/", values)

    assert bad.status_code == 422
    with acme.scope():
        setting = LeagueSetting.objects.get()
        assert (setting.is_on, setting.cohort, setting.top, setting.shows_scores) == (True, "tier", 5, False)
        assert AuditEntry.objects.filter(action="league.changed").exists()


def test_the_partner_page_shows_its_badges(ranked, acme, manager_client):
    holder = ranked[0]

    page = manager_client.get(f"/t/acme/partners/{holder.public_id}/").content.decode()

    assert "Partner of the quarter 2024-Q1" in page


def test_the_partner_list_names_badges_and_finds_who_holds_one(ranked, acme, manager_client):
    with acme.scope():
        AwardFactory(badge=Badge.objects.get(), partner=ranked[0])
        chosen = Badge.objects.get().public_id

    text = manager_client.get(f"/t/acme/partners/?badge={chosen}&cols=name,badges&export=csv").getvalue().decode()
    page = manager_client.get(f"/t/acme/partners/?badge={chosen}&cols=name,badges").content.decode()

    assert text.splitlines()[1:] == ["Other 0,Partner of the quarter (2)"]
    assert "Partner of the quarter (2)" in page


# --- in the portal ----------------------------------------------------------------------------------------------------


def test_the_wall_says_why_and_by_which_rule(acme, portal_client):
    with acme.scope():
        award_by_hand(badge=BadgeFactory(name="Helper"), partner=acme.partner, actor=SYSTEM, reason="Ran the fair.")
        AwardFactory(badge=BadgeFactory(name="Elsewhere"), partner=PartnerFactory(name="Somebody else"))

    page = portal_client.get(portal_of(acme)).content.decode()

    assert "Ran the fair." in page
    assert "Awarded by hand, with a reason." in page
    assert "Somebody else" in page


def test_partners_that_stay_unnamed_are_named_nowhere_but_counted(ranked, acme, portal_client):
    with acme.scope():
        set_league(programme=Programme.objects.get(is_default=True), actor=SYSTEM, is_on=True, cohort="programme")
        name_partner(partner=ranked[0], actor=SYSTEM, is_named=False)

    wall = portal_client.get(portal_of(acme)).content.decode()
    league = portal_client.get(f"{portal_of(acme)}league/").content.decode()

    for page in (wall, league):
        assert "Other 0" not in page
    assert "A partner that stays unnamed" in wall
    assert "Other 1" in league
    assert "of 6" in league


def test_the_own_place_stands_below_the_first_ones(ranked, acme, portal_client):
    with acme.scope():
        programme = Programme.objects.get(is_default=True)
        set_league(programme=programme, actor=SYSTEM, is_on=True, cohort="programme", top=3)
        low = closed("2024-Q2")
        for number, partner in enumerate(ranked):
            card(partner, low, 90 - number)
        card(acme.partner, low, 10)

    table = portal_client.get(f"{portal_of(acme)}league/").context["table"]

    assert [line.place.place for line in table.lines] == [1, 2, 3]
    assert (table.own.place, table.own.moved, table.is_listed) == (6, -4, False)


def test_fewer_than_five_are_never_shown(acme, portal_client):
    with acme.scope():
        set_league(programme=Programme.objects.get(is_default=True), actor=SYSTEM, is_on=True, cohort="programme")
        for number, partner in enumerate([acme.partner, *(PartnerFactory(name=f"Small {n}") for n in range(3))]):
            card(partner, closed("2024-Q1"), 90 - number)

    page = portal_client.get(f"{portal_of(acme)}league/").content.decode()

    assert "Fewer than five" in page
    assert "Small" not in page


def test_without_a_setting_there_is_no_league_table(ranked, acme, portal_client):
    page = portal_client.get(f"{portal_of(acme)}league/").content.decode()

    assert "No league table" in page
    assert "Other 0" not in page


def test_peers_are_ranked_as_the_scorecard_ranks_them(in_scope):
    from performance.queries.reference import periods_by_id
    from performance.recognition.queries.leagues import places_of
    from tests.performance_screens.conftest import build

    scored = build(in_scope, others=5)
    period = scored.period("2024-Q1")
    numbers = [partner.pk for partner in scored.partners]

    found = places_of(numbers, programme_id=scored.programme.pk, period=period, cohort="peers")

    assert periods_by_id()
    for partner in scored.partners:
        stored = scored.card(partner, "2024-Q1")
        assert (found[partner.pk].place, found[partner.pk].members) == (stored.rank, stored.cohort)


def test_the_company_decides_whether_it_is_named(acme, portal_client):
    portal_client.post(f"{portal_of(acme)}naming/", {"is_named": "no"})

    with acme.scope():
        assert not PartnerNaming.objects.get(partner=acme.partner).is_named
        assert AuditEntry.objects.get(action="partner.naming_changed").partner_id == acme.partner.pk
    assert "Show our name" in portal_client.get(portal_of(acme)).content.decode()


def test_another_partners_award_is_not_found(acme, portal_client):
    with acme.scope():
        award = AwardFactory(partner=PartnerFactory())
        award.refresh_from_db()

    for tail in ("", "badge.png"):
        assert portal_client.get(f"{portal_of(acme)}{award.public_id}/{tail}").status_code == 404
    assert portal_client.post(f"{portal_of(acme)}{award.public_id}/share/").status_code == 404


# --- sharing ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def award(acme):
    with acme.scope():
        made = award_by_hand(
            badge=BadgeFactory(name="Helper"), partner=acme.partner, actor=SYSTEM, reason="Between us."
        )
        return Award.objects.get(pk=made.pk)


def test_a_picture_is_made_by_the_server(acme, award, portal_client):
    png = portal_client.get(f"{portal_of(acme)}{award.public_id}/badge.png?download=1")
    svg = portal_client.get(f"{portal_of(acme)}{award.public_id}/badge.svg")

    assert png.content.startswith(b"\x89PNG")
    assert (int.from_bytes(png.content[16:20], "big"), int.from_bytes(png.content[20:24], "big")) == (1200, 630)
    assert png["Content-Disposition"] == 'attachment; filename="helper.png"'
    assert svg.content.startswith(b"<svg")
    assert portal_client.get(f"{portal_of(acme)}{award.public_id}/badge.gif").status_code == 404


def test_the_picture_of_a_badge_holds_any_name(in_scope):
    badge = BadgeFactory(name="“Ω” #sys.inputs <b>", colour="plum", icon="wrench")
    award = AwardFactory(partner=in_scope.partner, badge=badge)

    assert award_picture(award, award.partner, in_scope.tenant).startswith(b"\x89PNG")


def test_a_public_page_is_opened_by_the_company_alone_and_closed_for_good(acme, award, portal_client):
    stranger = Client()
    page = f"{portal_of(acme)}{award.public_id}/"
    assert "Create a public page" in portal_client.get(page).content.decode()

    portal_client.post(f"{page}share/")
    address = portal_client.get(page).context["public_url"].partition("/badges/")[2]
    shown = stranger.get(f"/badges/{address}")
    picture = stranger.get(f"/badges/{address}badge.png")
    portal_client.post(f"{page}share/")
    closed_page = stranger.get(f"/badges/{address}")

    assert shown.status_code == 200
    assert acme.partner.name in shown.content.decode()
    assert "Between us." not in shown.content.decode()
    assert shown["X-Robots-Tag"] == "noindex"
    assert picture.content.startswith(b"\x89PNG")
    assert closed_page.status_code == 404
    assert stranger.get(f"/badges/{address}badge.png").status_code == 404


def test_a_forged_or_stale_token_opens_nothing(acme, award, client):
    with acme.scope():
        share_award(award=award, actor=SYSTEM)
        award.refresh_from_db()
        token = share_token(award)
        with pytest.raises(Conflict):
            share_award(award=award, actor=SYSTEM)
    assert client.get(f"/badges/{token}/").status_code == 200
    assert client.get(f"/badges/{token[:-1]}x/").status_code == 404
    assert client.get("/badges/nonsense/").status_code == 404

    with acme.scope():
        stop_sharing(award=award, actor=SYSTEM)
        share_award(award=award, actor=SYSTEM)
    assert client.get(f"/badges/{token}/").status_code == 404, "a new page has a new address"


def test_withdrawing_closes_the_public_page(acme, award, client):
    with acme.scope():
        share_award(award=award, actor=SYSTEM)
        award.refresh_from_db()
        token = share_token(award)
        withdraw_award(award=award, actor=SYSTEM, reason="A mistake.")

    assert client.get(f"/badges/{token}/").status_code == 404


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_the_hall_groups_those_who_share_a_badge(ranked, acme):
    with acme.scope():
        made = BadgeFactory(name="Everybody")
        for number in range(9):
            AwardFactory(badge=made, partner=PartnerFactory(name=f"Holder {number}"))

        hall = hall_of_fame([Programme.objects.get(is_default=True).pk])

    assert [(entry.first.badge.name, entry.count, len(entry.holders), entry.more) for entry in hall] == [
        ("Everybody", 9, 6, 3),
        ("Partner of the quarter", 1, 1, 0),
    ]


def test_the_morning_mail_and_the_timeline_know_new_badges(ranked, acme):
    with acme.scope():
        holder = ranked[0]
        holder.owner = acme.admin
        holder.save()
        membership = Membership.objects.get(tenant=acme.tenant, user=acme.admin)

        part = badges_of_the_morning(membership, datetime(2024, 4, 11, tzinfo=UTC))
        later = badges_of_the_morning(membership, datetime(2024, 4, 13, tzinfo=UTC))
        (item,) = fetch_timeline(holder, ["badges"], None, 10)

    assert part is not None
    assert part.title == "1 new badge of your partners"
    assert part.lines[0].title == "Other 0"
    assert later is None
    assert item.title == "Badge: Partner of the quarter 2024-Q1"


def test_the_palette_finds_badges(ranked, acme, manager_client):
    page = manager_client.get("/t/acme/_palette/?q=quarter").content.decode()

    assert "Partner of the quarter" in page
    assert f"{BASE}badges/" in page
