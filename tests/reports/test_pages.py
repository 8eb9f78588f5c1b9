"""The pages of reports: filters in the address, files, saving, schedules, what was sent, and the partner's side."""

from zoneinfo import ZoneInfo

from django.test import Client
from django.urls import reverse

from partners.models import Partner
from performance.reports.models import Dispatch, Produced, SavedReport, Schedule
from performance.reports.services import producing
from performance.reports.services.dispatching import carry_out
from performance.reports.services.producing import run_export_job
from prm.jobs.models import Job
from tests.conftest import World
from tests.performance_screens.conftest import build
from tests.reports.conftest import Readers, people_of


def at(world: World, name: str, **kwargs: object) -> str:
    return reverse(f"reports:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def ready(world: World) -> Readers:
    with world.scope():
        return people_of(build(world, others=3))


def filled(readers: Readers, **values: object) -> dict[str, object]:
    return {
        "name": "Weekly",
        "format": "csv",
        "rhythm": "weekly",
        "weekday": "2",
        "at": "08:30",
        "period": "2024-Q2",
        "members": [str(readers.admin.user_id)],
        **values,
    }


def test_the_catalogue_shows_cards_with_a_figure_and_what_was_saved(acme: World, manager_client: Client):
    readers = ready(acme)
    with acme.scope():
        SavedReport.objects.create(name="Mine", report="at-risk", owner=acme.admin)
        SavedReport.objects.create(name="Hidden", report="at-risk", owner=readers.manager.user)
        SavedReport.objects.create(name="Theirs", report="at-risk", owner=readers.manager.user, is_shared=True)

    page = manager_client.get(at(acme, "report_list")).content.decode()

    assert page.count('class="rep-card"') >= 12
    assert "84.5" in page
    assert "Mine" in page
    assert "Theirs" in page
    assert "Hidden" not in page


def test_an_empty_workspace_has_a_catalogue_and_reports_that_say_so(acme: World, manager_client: Client):
    assert manager_client.get(at(acme, "report_list")).status_code == 200
    for key in ("scorecard-summary", "kpi-trend", "programme-summary", "at-risk", "run-audit", "partner-pack"):
        page = manager_client.get(at(acme, "report", report=key))
        assert page.status_code == 200
        assert "Nothing fits this selection" in page.content.decode()


def test_filters_stand_in_the_address_and_a_wrong_one_is_named(acme: World, manager_client: Client):
    ready(acme)
    address = at(acme, "report", report="scorecard-summary")

    good = manager_client.get(address, {"period": "2024-Q2", "partner": acme.partner.external_id})
    assert good.context["count"] == 1
    wrong = manager_client.get(address, {"period": "2024-Q2", "partner": "nobody"})
    assert wrong.status_code == 422
    assert "No partner has the external number or name" in wrong.content.decode()
    assert 'for="id_partner_0"' in wrong.content.decode()
    assert (wrong.context["count"], wrong.context["rows"]) == (0, [])


def test_a_short_report_comes_at_once_and_a_long_one_as_a_job(acme: World, manager_client: Client, monkeypatch):
    ready(acme)
    address = at(acme, "report_file", report="scorecard-summary", file_kind="csv")

    short = manager_client.get(address, {"period": "2024-Q2"})
    assert b"Partner of acme" in b"".join(short.streaming_content)

    monkeypatch.setattr("performance.reports.views.report.AT_ONCE", 2)
    assert manager_client.get(address, {"period": "2024-Q2"}).status_code == 302
    asked = manager_client.post(f"{address}?period=2024-Q2")
    with acme.scope():
        job = Job.objects.get(kind=producing.JOB_KIND)
    assert asked.url == at(acme, "export_job", job=job.public_id)
    run_export_job(tenant=acme.tenant, job_id=job.pk)
    with acme.scope():
        job.refresh_from_db()
        produced = Produced.objects.get()
    assert job.status == "succeeded"
    assert job.result_url == at(acme, "produced", produced=produced.public_id)
    assert (produced.row_count, produced.period, produced.run_id is not None) == (4, "2024-Q2", True)
    download = manager_client.get(at(acme, "produced_file", produced=produced.public_id))
    assert b"Partner of acme" in b"".join(download.streaming_content)


def test_an_export_of_somebody_who_lost_the_right_meanwhile_fails(acme: World, manager_client: Client):
    readers = ready(acme)
    manager_client.post(at(acme, "report_file", report="scorecard-summary", file_kind="csv"))
    with acme.scope():
        job = Job.objects.get(kind=producing.JOB_KIND)
        readers.admin.is_active = False
        readers.admin.save()

    run_export_job(tenant=acme.tenant, job_id=job.pk)

    with acme.scope():
        job.refresh_from_db()
        assert job.status == "failed"
        assert "no longer active" in job.error
        assert not Produced.objects.exists()


def test_saving_keeps_the_filters_and_opens_with_them(acme: World, manager_client: Client):
    ready(acme)
    address = f"{at(acme, 'saved_report_create', report='scorecard-summary')}?period=ended:quarter"

    assert manager_client.post(address, {"name": ""}).status_code == 422
    done = manager_client.post(address, {"name": "Every quarter", "is_shared": "on"}, follow=True)

    assert "Every quarter" in done.content.decode()
    with acme.scope():
        saved = SavedReport.objects.get()
    assert (saved.filters, saved.is_shared) == ({"period": "ended:quarter"}, True)
    assert manager_client.post(address, {"name": "Every quarter"}).status_code == 422
    manager_client.post(at(acme, "saved_report_delete", saved=saved.public_id))
    with acme.scope():
        assert not SavedReport.objects.exists()


def test_a_schedule_is_written_changed_paused_sent_and_ended_on_its_pages(acme: World, manager_client: Client):
    readers = ready(acme)
    create = f"{at(acme, 'schedule_create', report='scorecard-summary')}?period=2024-Q2"
    assert 'value="2024-Q2" selected' in manager_client.get(create).content.decode()
    refused = manager_client.post(create, filled(readers, members=[]))
    assert refused.status_code == 422
    assert "Choose who gets it" in refused.content.decode()

    page = manager_client.post(create, filled(readers), follow=True).content.decode()
    assert "Every Wednesday at 08:30" in page
    with acme.scope():
        schedule = Schedule.objects.get()
    assert schedule.filters == {"period": "2024-Q2"}

    update = at(acme, "schedule_update", schedule=schedule.public_id)
    manager_client.post(update, filled(readers, rhythm="daily", version="1"))
    stale = manager_client.post(update, filled(readers, rhythm="monthly", version="1"))
    assert stale.status_code == 422
    assert "Somebody else has just changed this schedule" in stale.content.decode()

    switch = at(acme, "schedule_switch", schedule=schedule.public_id)
    assert "pauses" in manager_client.post(switch, follow=True).content.decode()
    manager_client.post(switch)
    sent = manager_client.post(at(acme, "schedule_send", schedule=schedule.public_id))
    with acme.scope():
        dispatch = Dispatch.objects.get()
    assert sent.url == at(acme, "dispatch", dispatch=dispatch.public_id)
    carry_out(tenant=acme.tenant, dispatch_id=dispatch.pk)
    shown = manager_client.get(sent.url).content.decode()
    assert "Delivered" in shown
    assert (
        "hx-get" not in manager_client.get(at(acme, "dispatch_progress", dispatch=dispatch.public_id)).content.decode()
    )
    manager_client.post(at(acme, "schedule_end", schedule=schedule.public_id))
    with acme.scope():
        schedule.refresh_from_db()
    assert schedule.status == "ended"
    assert manager_client.get(update).status_code == 404


def test_three_partners_chosen_by_name_each_get_their_own_on_monday_morning_in_lisbon(
    acme: World, manager_client: Client
):
    readers = ready(acme)
    with acme.scope():
        chosen = list(Partner.objects.order_by("name")[:3])
    names = [chosen[0].name.upper(), chosen[1].external_id, chosen[2].name]
    asked = manager_client.get(at(acme, "report", report="partner-pack"), {"period": "2024-Q2", "partner": names})
    assert asked.context["count"] == 3
    page = manager_client.get(f"{at(acme, 'schedule_create', report='partner-pack')}?{asked.context['query']}")
    assert all(f'value="{one.name}"' in page.content.decode() for one in chosen)

    sent = filled(readers, name="Monday packs", format="pdf", weekday="0", at="07:00", timezone="Europe/Lisbon")
    sent |= {"partner": [*names, ""], "to_partners": "on", "members": []}
    saved = manager_client.post(at(acme, "schedule_create", report="partner-pack"), sent, follow=True)

    assert "Every Monday at 07:00 (Europe/Lisbon)" in saved.content.decode()
    with acme.scope():
        schedule = Schedule.objects.get()
        assert schedule.filters["partner"] == ",".join(one.external_id for one in chosen)
        assert schedule.next_due_at.astimezone(ZoneInfo("Europe/Lisbon")).strftime("%a %H:%M") == "Mon 07:00"
        dispatch = Dispatch.objects.create(schedule=schedule, occasion="test", due_at=schedule.next_due_at)
    carry_out(tenant=acme.tenant, dispatch_id=dispatch.pk)
    with acme.scope():
        assert set(dispatch.deliveries.values_list("partner_id", flat=True)) == {one.pk for one in chosen}


def test_a_new_schedule_begins_with_choosing_its_report(acme: World, manager_client: Client):
    ready(acme)
    catalogue = at(acme, "report_list")

    listed = manager_client.get(at(acme, "schedule_list")).content.decode()
    choosing = manager_client.get(f"{catalogue}?to=schedule").content.decode()

    create = at(acme, "schedule_create", report="partner-pack")
    assert f'href="{catalogue}?to=schedule"' in listed
    assert f'href="{create}"' in choosing
    assert f'href="{create}"' not in manager_client.get(catalogue).content.decode()
    assert manager_client.get(create).status_code == 200


def test_a_partner_nobody_knows_is_named_on_the_schedule_and_nothing_is_saved(acme: World, manager_client: Client):
    readers = ready(acme)

    refused = manager_client.post(
        at(acme, "schedule_create", report="partner-pack"), filled(readers, format="pdf", partner=["Nobody & Sons"])
    )

    assert refused.status_code == 422
    assert "No partner has the external number or name “Nobody &amp; Sons”." in refused.content.decode()
    assert 'value="Nobody &amp; Sons"' in refused.content.decode()
    with acme.scope():
        assert not Schedule.objects.exists()


def test_a_saved_report_gets_another_name_and_other_filters(acme: World, manager_client: Client):
    ready(acme)
    manager_client.post(
        f"{at(acme, 'saved_report_create', report='scorecard-summary')}?period=2024-Q2", {"name": "Old name"}
    )
    with acme.scope():
        saved = SavedReport.objects.get()
        partner = acme.partner.name
    edit = at(acme, "saved_report_update", saved=saved.public_id)

    shown = manager_client.get(edit).content.decode()
    wrong = manager_client.post(edit, {"name": "New name", "period": "2024-Q2", "partner": "Nobody"})
    manager_client.post(edit, {"name": "New name", "period": "ended:quarter", "partner": partner, "is_shared": "on"})

    assert 'value="Old name"' in shown
    assert 'value="2024-Q2" selected' in shown
    assert wrong.status_code == 422
    with acme.scope():
        saved.refresh_from_db()
    assert (saved.name, saved.is_shared) == ("New name", True)
    assert saved.filters == {"period": "ended:quarter", "partner": acme.partner.external_id}


def test_a_partner_finds_its_own_files_and_no_other(acme: World, two_tenants, portal_client: Client):
    readers = ready(acme)
    with acme.scope():
        schedule = readers.schedule(members=[], to_partners=True)
        dispatch = Dispatch.objects.create(schedule=schedule, occasion="x", due_at=schedule.next_due_at)
    carry_out(tenant=acme.tenant, dispatch_id=dispatch.pk)
    mine = {"tenant": acme.tenant.slug, "partner": acme.partner.public_id}

    page = portal_client.get(reverse("portal:report_list", kwargs=mine)).content.decode()
    assert "Scorecard summary" in page
    with acme.scope():
        own = Produced.objects.get(partner=acme.partner)
        staff = Produced.objects.create(
            report="at-risk", title="Internal", format="csv", as_of="2024-07-10", expires_on="2099-01-01",
            partner=acme.partner, covers=[acme.partner.pk],
        )  # fmt: skip
        staff.refresh_from_db()
    got = portal_client.get(reverse("portal:report_file", kwargs={**mine, "produced": own.public_id}))
    assert b"Partner of acme" in b"".join(got.streaming_content)
    refused = portal_client.get(reverse("portal:report_file", kwargs={**mine, "produced": staff.public_id}))
    assert refused.status_code == 404
    assert "Internal" not in page


def test_saving_what_names_a_partner_one_does_not_see_is_refused_in_words(acme: World, client: Client):
    readers = ready(acme)
    with acme.scope():
        foreign = Partner.objects.exclude(pk=acme.partner.pk).first()
    client.force_login(readers.manager.user)
    answers = []
    for number in (foreign.external_id, "NOBODY"):
        save = f"{at(acme, 'saved_report_create', report='scorecard-summary')}?partner={number}"
        answers.append((client.get(save).status_code, client.post(save, {"name": "Theirs"}).status_code))

    assert answers == [(302, 302), (302, 302)]
    with acme.scope():
        assert not SavedReport.objects.exists()
