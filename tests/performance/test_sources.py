"""Sources of measurements: how they are found, what is put down for them, who is refused and who is told."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from performance.choices import SourceState, SourceType
from performance.errors import SourceCodeTaken
from performance.models import Measurement, MeasurementSource, SourceDelivery, SourceKPI
from performance.queries.sources import received_by, sources, standing_of
from performance.services.deliveries import MOST_NEW_SOURCES, Origin
from performance.services.ingest import Ingest, MeasurementRow, record_measurements, undo_measurements
from performance.services.late_sources import look_for_late_sources
from performance.services.manual import enter_measurement
from performance.services.sources import (
    create_source,
    resume_source,
    retire_source,
    set_source_rules,
    update_source,
)
from prm.access.actor import SYSTEM, Actor
from prm.audit.models import AuditEntry
from prm.errors import InvalidInput
from prm.notifications.models import Notification
from prm.notifications.morning import send_morning_mails
from tests.factories.accounts import MembershipFactory
from tests.factories.partners import PartnerFactory
from tests.factories.performance import KPIFactory

pytestmark = pytest.mark.django_db

API = Origin(SourceType.API, "Shop key")
FILE = Origin(SourceType.FILE, "Marta")
NOW = datetime(2026, 3, 20, 6, tzinfo=UTC)


@pytest.fixture
def world(in_scope):
    PartnerFactory(external_id="P1")
    KPIFactory(code="REVENUE", name="Revenue")
    KPIFactory(code="CSAT", name="Satisfaction")
    return in_scope


def row(number=2, **changes):
    values = {"partner": "P1", "kpi": "REVENUE", "occurred_on": "2024-05-17", "value": "10", "weight": None}
    return MeasurementRow(row=number, **{**values, "external_id": f"x{number}", "source": "erp", **changes})


def take(rows, origin=API, *, batch_id=None, skip_bad=False):
    with Ingest(origin) as ingest:
        ingest.stage(rows)
        counts = ingest.check()
        errors = list(ingest.errors())
        if counts.errors and not skip_bad:
            ingest.refuse(errors)
            return errors
        ingest.commit(batch_id=batch_id)
    return errors


def source(code="erp"):
    return MeasurementSource.objects.get(code=code)


def shown(code, today):
    return sources(today).get(code=code)


# --- found by their first delivery ------------------------------------------------------------------------------------


def test_the_first_delivery_adds_the_source_and_tells_who_looks_after_the_programme(world):
    take([row(2)])

    found = source()
    assert (found.name, found.kind, found.is_described, found.is_active) == ("erp", SourceType.API, False, True)
    told = Notification.objects.get(kind="source.new")
    assert told.title == "New source of measurements: erp"
    assert told.body.startswith("Shop key sent the first measurements.")
    assert str(found.public_id) in told.url
    assert AuditEntry.objects.filter(action="measurement_source.found", target_id=found.pk).count() == 1


def test_a_known_source_is_not_told_again(world):
    take([row(2)])
    take([row(3)])

    assert Notification.objects.filter(kind="source.new").count() == 1
    assert MeasurementSource.objects.count() == 1


def test_a_check_without_a_commit_leaves_nothing(world):
    with Ingest(API) as ingest:
        ingest.stage([row(2)])
        ingest.check(preview=True)
        assert ingest.new_sources == ["erp"]

    assert not MeasurementSource.objects.exists()
    assert not SourceDelivery.objects.exists()


def test_what_the_product_measures_registers_itself_without_a_message(world):
    record_measurements([row(2, source="training")], actor=SYSTEM)

    assert source("training").kind == SourceType.PRODUCT
    assert not Notification.objects.filter(kind="source.new").exists()


def test_the_kpis_that_came_are_those_it_feeds(world):
    take([row(2), row(3, kpi="revenue"), row(4, kpi="CSAT"), row(5, kpi="NOPE")], skip_bad=True)

    assert sorted(SourceKPI.objects.values_list("kpi__code", "is_named")) == [("CSAT", False), ("REVENUE", False)]


def test_a_kpi_that_came_in_wrong_rows_only_is_not_fed(world):
    take([row(2), row(3, kpi="CSAT", value="many")], skip_bad=True)

    assert list(SourceKPI.objects.values_list("kpi__code", flat=True)) == ["REVENUE"]


# --- what was delivered -----------------------------------------------------------------------------------------------


def test_calls_of_one_key_within_an_hour_are_one_delivery(world):
    take([row(2)])
    take([row(2), row(3)])
    take([row(2, value="11")])

    delivery = SourceDelivery.objects.get()
    assert (delivery.calls, delivery.created, delivery.updated, delivery.unchanged) == (3, 2, 1, 1)
    assert (delivery.channel, delivery.by) == ("api", "Shop key")
    assert delivery.taken_at is not None


def test_an_hour_later_another_delivery_begins(world):
    take([row(2)])
    SourceDelivery.objects.update(first_at=timezone.now() - timedelta(hours=1))
    take([row(3)])

    assert list(SourceDelivery.objects.order_by("pk").values_list("calls", "created")) == [(1, 1), (1, 1)]


def test_each_import_is_a_delivery_of_its_own(world):
    take([row(2)], FILE, batch_id=7)
    take([row(3)], FILE, batch_id=8)

    assert list(SourceDelivery.objects.order_by("pk").values_list("batch_id", "channel")) == [(7, "file"), (8, "file")]


def test_a_call_with_several_sources_is_put_down_for_each(world):
    take([row(2), row(3), row(4, source="crm"), row(5, source="crm", value="much")], skip_bad=True)

    figures = SourceDelivery.objects.order_by("source__code").values_list("source__code", "created", "bad_rows")
    assert list(figures) == [("crm", 1, 1), ("erp", 2, 0)]


def test_a_refused_call_is_put_down_with_its_errors_and_is_no_delivery(world):
    take([row(2)])
    SourceDelivery.objects.update(first_at=timezone.now() - timedelta(hours=1))

    take([row(3), row(4, value="much")])

    delivery = SourceDelivery.objects.order_by("-pk")[0]
    assert (delivery.calls, delivery.refused_calls, delivery.bad_rows, delivery.created) == (1, 1, 1, 0)
    assert delivery.taken_at is None
    assert delivery.errors[0]["row"] == 4
    assert delivery.errors[0]["column"] == "value"
    assert Measurement.objects.count() == 1


def test_the_owner_hears_of_refused_calls_once_a_day(world):
    create_source(actor=SYSTEM, code="erp", name="Group ERP", owner=world.admin)

    take([row(2, value="much")])
    take([row(2, value="much")])
    SourceDelivery.objects.update(first_at=NOW, last_at=NOW)
    take([row(2, value="more")])

    told = Notification.objects.filter(kind="source.refused")
    assert [note.user_id for note in told] == [world.admin.pk] * 2
    assert told[0].title == "A delivery of Group ERP was refused"
    assert told[0].body.startswith("Shop key: Row 2, value: This is not a number.")


def test_a_refused_call_of_a_source_that_nobody_knows_leaves_nothing(world):
    take([row(3, value="much")])

    assert not SourceDelivery.objects.exists()
    assert not MeasurementSource.objects.exists()


def test_an_import_that_is_taken_back_was_no_delivery(world):
    take([row(2)], FILE, batch_id=7)
    undo_measurements(batch_id=7)

    seen = shown("erp", timezone.localdate())
    assert SourceDelivery.objects.get().undone_at is not None
    assert (seen.received_at, seen.rows_recent, seen.state) == (None, 0, SourceState.NEVER)


def test_rows_by_day_and_week(world):
    take([row(2), row(3)])
    today = timezone.localdate()
    then = timezone.now() - timedelta(days=8)
    SourceDelivery.objects.update(first_at=then, last_at=then)
    take([row(4), row(5, value="x")], skip_bad=True)

    days = received_by(source(), today=today, step=1, count=10)
    weeks = received_by(source(), today=today, step=7, count=2)

    assert [part.rows for part in days] == [0, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert [(part.rows, part.bad_rows) for part in weeks] == [(2, 0), (1, 1)]


# --- who is refused ---------------------------------------------------------------------------------------------------


def test_a_retired_source_is_refused_row_by_row_and_says_what_to_do(world):
    take([row(2)])
    retire_source(source=source(), actor=SYSTEM)

    errors = take([row(3), row(4, source="crm")])

    assert [(error.row, error.column, error.code, error.value) for error in errors] == [
        (3, "source", "retired_source", "erp")
    ]
    assert "Take it back into use under Sources" in errors[0].message


def test_taken_back_into_use_it_delivers_again(world):
    take([row(2)])
    retire_source(source=source(), actor=SYSTEM)
    resume_source(source=source(), actor=SYSTEM)

    assert take([row(3)]) == []


def test_unknown_codes_are_refused_where_the_workspace_says_so(world):
    create_source(actor=SYSTEM, code="erp", name="ERP")
    set_source_rules(actor=SYSTEM, refuses_unknown=True)

    errors = take([row(2), row(3, source="epr")])

    assert [(error.row, error.column, error.code) for error in errors] == [(3, "source", "unknown_source")]
    assert not MeasurementSource.objects.filter(code="epr").exists()
    assert take([row(2)]) == []


def test_another_workspace_keeps_its_own_rule(two_tenants, world):
    set_source_rules(actor=SYSTEM, refuses_unknown=True)
    _acme, beta = two_tenants

    with beta.scope():
        PartnerFactory(external_id="P1")
        KPIFactory(code="REVENUE")
        assert take([row(2)]) == []


@pytest.mark.parametrize("code", ["manual", "manual-visits"])
def test_codes_of_typed_figures_are_no_other_systems(world, code):
    errors = take([row(2, source=code)])

    assert [(error.column, error.code) for error in errors] == [("source", "manual_source")]


def test_a_column_of_record_numbers_is_not_taken_for_sources(world):
    errors = take([row(number, source=f"S{number}") for number in range(MOST_NEW_SOURCES + 1)])

    assert {error.code for error in errors} == {"too_many_sources"}
    assert take([row(number, source=f"S{number}") for number in range(MOST_NEW_SOURCES)]) == []


def test_a_row_that_is_wrong_in_itself_says_so_first(world):
    set_source_rules(actor=SYSTEM, refuses_unknown=True)

    assert [error.code for error in take([row(2, value="much")])] == ["bad_number"]


# --- keeping them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "Shop EU"}, "code"),
        ({"code": ""}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"code": "visits", "kind": "manual"}, "code"),
        ({"code": "manual-visits", "kind": "api"}, "code"),
        ({"name": ""}, "name"),
        ({"expected_every": 0}, "expected_every"),
        ({"expected_every": 401}, "expected_every"),
        ({"expected_every": 7, "grace_days": 91}, "grace_days"),
        ({"grace_days": 2}, "grace_days"),
        ({"system_url": "ftp:shop"}, "system_url"),
    ],
)
def test_what_does_not_fit_is_refused_naming_the_field(world, values, field):
    with pytest.raises(InvalidInput) as refusal:
        create_source(actor=SYSTEM, **{"code": "shop", "name": "Shop", "kind": "api", **values})

    assert refusal.value.field == field
    assert not MeasurementSource.objects.exists()


def test_a_code_is_taken_once(world):
    create_source(actor=SYSTEM, code="shop", name="Shop")

    with pytest.raises(SourceCodeTaken):
        create_source(actor=SYSTEM, code="shop", name="Another shop")


def test_describing_a_source_that_was_found(world):
    take([row(2)])
    csat = KPIFactory(code="NPS")

    update_source(source=source(), actor=SYSTEM, name="Group ERP", expected_every=7, grace_days=2, kpis=[csat])

    changed = source()
    assert (changed.name, changed.expected_every, changed.is_described) == ("Group ERP", 7, True)
    assert sorted(SourceKPI.objects.values_list("kpi__code", "is_named")) == [("NPS", True), ("REVENUE", False)]
    entry = AuditEntry.objects.get(action="measurement_source.updated")
    assert entry.changes["expected_every"] == [None, 7]
    assert entry.changes["kpis"] == [[], ["NPS"]]


def test_a_named_kpi_that_came_stays_when_it_is_no_longer_named(world):
    take([row(2)])
    revenue = SourceKPI.objects.get().kpi
    update_source(source=source(), actor=SYSTEM, kpis=[revenue])
    update_source(source=source(), actor=SYSTEM, kpis=[])

    assert list(SourceKPI.objects.values_list("kpi__code", "is_named")) == [("REVENUE", False)]


def test_the_source_of_what_is_typed_in_stays(world):
    take([row(2, source="manual")], Origin(SourceType.MANUAL, "Marta"))

    with pytest.raises(InvalidInput):
        retire_source(source=source("manual"), actor=SYSTEM)


def test_typing_in_for_a_source_of_ones_own(world):
    create_source(actor=SYSTEM, code="manual-visits", name="Field visits", kind="manual")
    values = {"kpi": KPIFactory(code="NPS"), "partner": world.partner, "occurred_on": date(2024, 5, 17)}
    values |= {"value": Decimal(4), "weight": None, "note": "Seen on site."}

    measurement = enter_measurement(actor=Actor("user", label="Marta"), source="manual-visits", **values)

    assert measurement.is_manual
    assert SourceDelivery.objects.get().channel == SourceType.MANUAL
    with pytest.raises(InvalidInput) as refusal:
        enter_measurement(actor=SYSTEM, source="erp", **values)
    assert refusal.value.field == "source"


# --- late -------------------------------------------------------------------------------------------------------------


def deliver(code, at):
    """A delivery at a moment, as if time had passed since."""
    take([row(abs(hash((code, at))) % 10**9, source=code)])
    SourceDelivery.objects.filter(source__code=code).update(first_at=at, last_at=at, taken_at=at)


@pytest.fixture
def weekly(world):
    create_source(actor=SYSTEM, code="erp", name="Group ERP", expected_every=7, grace_days=2, owner=world.admin)
    deliver("erp", datetime(2026, 3, 10, 9, tzinfo=UTC))
    return world


def look(world, at):
    return look_for_late_sources(tenant=world.tenant, at=at)


def test_a_late_source_is_told_once_in_a_spell(weekly):
    assert look(weekly, datetime(2026, 3, 19, 2, tzinfo=UTC)) == 0
    assert look(weekly, datetime(2026, 3, 20, 2, tzinfo=UTC)) == 1
    assert look(weekly, datetime(2026, 3, 20, 2, 30, tzinfo=UTC)) == 0
    assert look(weekly, datetime(2026, 3, 25, 2, tzinfo=UTC)) == 0

    told = Notification.objects.get(kind="source.late")
    assert told.title == "Data from Group ERP is 3 days late"
    assert told.body == "Every 7 days, 2 days of grace."
    assert told.user_id == weekly.admin.pk
    assert source().late_since == date(2026, 3, 17)


def test_data_ends_the_spell_at_once_and_the_next_one_is_told_again(weekly):
    look(weekly, datetime(2026, 3, 20, 2, tzinfo=UTC))

    take([row(99)])

    assert source().late_since is None
    assert Notification.objects.get(kind="source.again").title == "Group ERP delivers again"
    SourceDelivery.objects.update(taken_at=datetime(2026, 3, 21, 9, tzinfo=UTC))
    assert look(weekly, datetime(2026, 4, 1, 2, tzinfo=UTC)) == 1
    assert Notification.objects.filter(kind="source.late").count() == 2


def test_a_refused_call_does_not_end_the_spell(weekly):
    look(weekly, datetime(2026, 3, 20, 2, tzinfo=UTC))

    take([row(99, value="much")])

    assert source().late_since is not None


def test_whose_owner_has_left_is_told_to_the_programme_managers(weekly):
    leader = MembershipFactory(tenant=weekly.tenant, role="programme_manager").user
    MeasurementSource.objects.update(owner=None)

    look(weekly, datetime(2026, 3, 20, 2, tzinfo=UTC))

    assert Notification.objects.get(kind="source.late").user_id == leader.pk


def test_the_morning_mail_has_it_once(weekly):
    look(weekly, datetime(2026, 3, 20, 2, tzinfo=UTC))
    mail.outbox.clear()

    first = send_morning_mails(tenant=weekly.tenant, at=datetime(2026, 3, 20, 7, tzinfo=UTC))
    second = send_morning_mails(tenant=weekly.tenant, at=datetime(2026, 3, 21, 7, tzinfo=UTC))

    assert (first, second) == (1, 0)
    assert "Group ERP" in mail.outbox[0].subject
    assert "/sources/?state=late" in mail.outbox[0].body


def test_the_day_is_the_workspaces_day(weekly):
    weekly.tenant.timezone = "Pacific/Auckland"
    weekly.tenant.save()
    late_in_the_evening = datetime(2026, 3, 19, 12, tzinfo=UTC)  # already the 20th there

    assert look(weekly, late_in_the_evening) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    received=st.one_of(st.none(), st.integers(0, 30)),
    every=st.one_of(st.none(), st.integers(1, 20)),
    grace=st.integers(0, 10),
    added=st.integers(0, 40),
    is_active=st.booleans(),
    zone=st.sampled_from(["UTC", "Pacific/Auckland", "America/Los_Angeles"]),
    hour=st.integers(0, 23),
)
def test_the_list_says_what_the_rule_says(world, received, every, grace, added, is_active, zone, hour):
    tenant = world.tenant
    tenant.timezone = zone
    with world.scope():
        MeasurementSource.objects.all().delete()
        one = create_source(
            actor=SYSTEM, code="erp", name="ERP", expected_every=every, grace_days=grace if every else 0
        )
        MeasurementSource.objects.update(created_at=NOW - timedelta(days=added, hours=hour), is_active=is_active)
        if received is not None:
            at = NOW - timedelta(days=received, hours=hour)
            SourceDelivery.objects.create(source=one, channel="api", first_at=at, last_at=at, taken_at=at)
        today = tenant.local_date(NOW)

        seen = shown("erp", today)
        now = standing_of(seen, today)

    assert seen.state == now.state
    assert seen.due_on == now.due_on or not is_active or every is None


# --- measurements from before -----------------------------------------------------------------------------------------


def test_measurements_from_before_are_counted_once(world):
    fill = import_module("performance.migrations.0017_sources_of_stored_measurements")
    take([row(2), row(3, kpi="CSAT")], FILE, batch_id=7)
    take([row(4)])
    take([row(5, source="manual")], Origin(SourceType.MANUAL, "Marta"))
    MeasurementSource.objects.all().delete()

    for _again in range(2):
        with connection.cursor() as cursor:
            cursor.execute(fill.FILL)
            cursor.execute(fill.FEEDS)

    assert sorted(MeasurementSource.objects.values_list("code", "kind", "is_described")) == [
        ("erp", "file", False),
        ("manual", "manual", True),
    ]
    deliveries = SourceDelivery.objects.order_by("source__code", "batch_id")
    assert list(deliveries.values_list("source__code", "batch_id", "created")) == [
        ("erp", 7, 2),
        ("erp", None, 1),
        ("manual", None, 1),
    ]
    assert SourceKPI.objects.count() == 3
