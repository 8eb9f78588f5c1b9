"""What holds for every table, model, task and command, read from PostgreSQL's catalogue and from the registries."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import path

from performance.models.keys import BulkKey
from prm.access.views import TenantView
from prm.accounts.permissions import MEMBER_VIEW
from prm.audit.models import AuditEntry
from prm.audit.services import record
from prm.celery import app as celery_app
from prm.tenancy.checks import unsafe_role_reasons
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.registry import TENANT_TABLES, is_tenant_model, tenant_models
from prm.tenancy.tasks import TenantTask

pytestmark = pytest.mark.django_db

OURS = ("prm.", "partners", "performance", "incentives", "training", "portal")

# Models without a tenant's policy, each with the reason why none can stand there.
PLATFORM_MODELS = {
    "tenancy.Tenant": "it is the tenant",
    "tenancy.ReferenceChange": "a number beside the tenant, read with it before a scope exists",
    "accounts.User": "one person may work in several tenants",
    "accounts.Membership": "answers which tenants a person may enter, before a scope exists",
    "accounts.PartnerAccess": "answers which portals a person may enter, before a scope exists",
    "accounts.Invitation": "a stranger's link says which tenant it is for; only its hash is kept",
    "api.ApiKey": "a key says which tenant a request is for; only its hash is kept",
}

# Tasks that walk the tenants and enter each one's scope, so they take no tenant.
FAN_OUT_TASKS: dict[str, str] = {
    "performance.fan_out_nightly_recomputes": "sends one task for each tenant whose local night it is",
    "performance.fan_out_looks_for_late_sources": "sends one task for each tenant whose local night it is",
    "plans.fan_out_evaluations": "sends one task for each tenant whose local night it is",
    "notifications.fan_out_morning_mails": "sends one task for each tenant whose local morning it is",
    "performance.sweep_waiting_changes": "sends one task for each tenant with marks that nobody scored yet",
    "performance.sweep_waiting_consequences": "sends one task for each tenant with consequences not carried out yet",
    "performance.sweep_closing_work": "sends one task for each tenant with work behind a closing not done yet",
    "recognition.sweep_untold_awards": "sends one task for each tenant with awards that nobody was told of yet",
    "reports.fan_out_due_reports": "sends one task for each tenant with schedules due or sendings unfinished",
    "reports.fan_out_expired_files": "sends one task for each tenant with files past their day",
    "reviews.fan_out_looks_after_reviews": "sends one task for each tenant whose local night it is",
    "jobs.sweep_stalled_jobs": "sends one task for each tenant with jobs that nobody seems to be at",
    "notifications.sweep_unsent_letters": "sends one task for each tenant with mails that have not left yet",
}

# Rows written by the million, by statements that take partner and KPI from the tenant's own rows in the same
# transaction. A constraint would check each row again; the policy still stands (performance/models/keys.py).
BULK_MODELS = {
    "performance.CardOutlook",
    "performance.DirtyPair",
    "performance.Measurement",
    "performance.MeasurementHistory",
    "performance.PeriodActual",
    "performance.Rollup",
    "performance.Scorecard",
    "performance.WhatIfBasis",
    "performance.WhatIfMove",
}


def test_every_model_is_a_tenants_or_on_the_platform_list():
    ours = [model for model in apps.get_models() if model.__module__.startswith(OURS)]

    without = {model._meta.label for model in ours if not is_tenant_model(model) and not model._meta.proxy}

    assert without == set(PLATFORM_MODELS)


def test_every_tenant_table_has_its_policy_for_reading_and_writing():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity, p.polname, p.polcmd, p.polpermissive,"
            " pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)"
            " FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)",
            [sorted(TENANT_TABLES)],
        )
        rows = cursor.fetchall()

    assert sorted(row[0] for row in rows) == sorted(TENANT_TABLES)
    for table, enabled, _name, command, permissive, using, check in rows:
        assert (enabled, command, permissive) == (True, "*", True), table
        assert "tenant_id" in using, table
        assert "app.tenant_id" in using, table
        assert check == using, table


def test_every_table_with_a_tenant_column_is_known():
    """A table made by raw SQL with a tenant_id would stand outside the wall."""
    platform = {apps.get_model(label)._meta.db_table for label in PLATFORM_MODELS}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attrelid::regclass::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'v')"
            " AND c.relnamespace = 'public'::regnamespace"
        )
        found = {row[0] for row in cursor.fetchall()}

    assert found - TENANT_TABLES - platform == set()


def test_the_application_role_is_bound_by_the_policies():
    assert unsafe_role_reasons() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (settings.DB_APP_ROLE,)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relpersistence = 'p'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [settings.DB_OWNER_ROLE])
        assert cursor.fetchone() == (False,)


def test_views_run_with_the_callers_rights():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"
            " AND NOT coalesce(reloptions::text LIKE '%security_invoker=true%', false)"
        )
        assert cursor.fetchall() == []


def test_every_tenant_table_can_be_referred_to_with_its_tenant():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text FROM pg_constraint c WHERE c.contype IN ('p', 'u')"
            " AND (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)"
            "      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) = ARRAY['tenant_id', 'id']"
        )
        unique = {row[0] for row in cursor.fetchall()}
    with_id = {
        model._meta.db_table
        for model in tenant_models()
        if any(field.column == "id" for field in model._meta.local_fields)
    }

    assert with_id - unique == set()


def _references() -> list[tuple[str, str, str]]:
    return [
        (model._meta.db_table, field.column, field.remote_field.model._meta.db_table)
        for model in tenant_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
    ]


def test_every_reference_between_tenant_tables_carries_the_tenant():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, c.condeferrable, c.convalidated,"
            " c.confdeltype, (SELECT array_agg(a.attname::text ORDER BY k.n)"
            "   FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)"
            "   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),"
            " (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k(attnum, n)"
            "   JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum)"
            " FROM pg_constraint c WHERE c.contype = 'f'"
        )
        keys = {
            (table, columns[1], target): (deferrable, valid, on_delete)
            for table, target, deferrable, valid, on_delete, columns, targets in cursor.fetchall()
            if len(columns) == 2 and columns[0] == "tenant_id" and targets == ["tenant_id", "id"]
        }

    missing = [reference for reference in _references() if reference not in keys]

    assert missing == []
    assert {keys[reference] for reference in _references()} <= {(True, True, "a")}


def test_no_tenant_model_refers_to_another_with_a_plain_key():
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in tenant_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and not isinstance(field, TenantForeignKey)
        and is_tenant_model(field.remote_field.model)
        and not (isinstance(field, BulkKey) and model._meta.label in BULK_MODELS)
    ]

    assert plain == []


def test_unique_rules_of_tenant_models_include_the_tenant():
    """Without it one tenant could find out what another one has by trying to save the same."""
    loose = []
    for model in tenant_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
                tenant_first = constraint.fields[0] == "tenant"
                if not tenant_first and not _implied(model, constraint.fields):
                    loose.append(f"{model._meta.label}: {constraint.name}")
        loose.extend(
            f"{model._meta.label}.{field.name}"
            for field in model._meta.local_fields
            if field.unique and not field.primary_key and field.name != "public_id" and not _one_to_one(field)
        )

    assert loose == []


def _implied(model: Any, fields: tuple[str, ...]) -> bool:
    """A reference to a row of the tenant implies the tenant."""
    return any(isinstance(model._meta.get_field(name), TenantForeignKey) for name in fields)


def _one_to_one(field: Any) -> bool:
    return isinstance(field, TenantForeignKey | models.OneToOneField)


def test_sequences_and_rows_of_one_tenant_stay_out_of_the_others_sight(two_tenants):
    acme, beta = two_tenants
    with acme.scope():
        own = {model._meta.db_table: model._default_manager.count() for model in tenant_models()}

    with connection.cursor() as cursor, beta.scope():
        for table in sorted(TENANT_TABLES):
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE tenant_id = %s', [acme.tenant.pk])
            assert cursor.fetchone() == (0,), table

    assert sum(own.values()) > 0


# --- A failed request leaves nothing --------------------------------------------------------------------------------


class _Fails(TenantView):
    permission = MEMBER_VIEW

    def post(self, request: Any, **_kwargs: Any) -> Any:
        record(actor=self.actor, action="test.half_done", target_label="half")
        raise RuntimeError("after half the work")


class _BreaksAtCommit(TenantView):
    permission = MEMBER_VIEW

    def post(self, request: Any, **_kwargs: Any) -> Any:
        from django.http import HttpResponse

        from partners.models import Partner

        record(actor=self.actor, action="test.half_done", target_label="half")
        Partner.objects.create(external_id="x", name="x", partner_type_id=999_999_999)  # checked at commit
        return HttpResponse("done")


urlpatterns = [
    path("t/<slug:tenant>/fails/", _Fails.as_view()),
    path("t/<slug:tenant>/breaks/", _BreaksAtCommit.as_view()),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("page", "raised"), [("fails", RuntimeError), ("breaks", IntegrityError)])
def test_a_failed_request_leaves_nothing(settings, page, raised):
    from tests.conftest import make_world

    settings.ROOT_URLCONF = __name__
    acme = make_world("acme")
    client = Client(raise_request_exception=True)
    client.force_login(acme.admin)

    with pytest.raises(raised):
        client.post(f"/t/acme/{page}/")

    with acme.scope():
        assert not AuditEntry.objects.filter(action="test.half_done").exists()


# --- Tasks and commands ---------------------------------------------------------------------------------------------


def _our_tasks() -> dict[str, Any]:
    celery_app.loader.import_default_modules()
    return {name: task for name, task in celery_app.tasks.items() if task.__module__.startswith(OURS)}


def test_every_task_says_whose_work_it_is():
    wrong = []
    for name, task in _our_tasks().items():
        if name in FAN_OUT_TASKS:
            continue
        first = next(iter(inspect.signature(task.run).parameters), None)
        if first != "tenant_id" or not isinstance(task, TenantTask):
            wrong.append(name)

    assert wrong == []


def test_every_task_survives_a_dying_worker():
    assert [name for name, task in _our_tasks().items() if not (task.acks_late and task.reject_on_worker_lost)] == []


def test_the_list_of_fan_outs_is_true():
    assert FAN_OUT_TASKS.keys() - _our_tasks().keys() == set()


def test_every_command_has_a_test():
    ours = {name for name, app in get_commands().items() if isinstance(app, str) and app.startswith(OURS)}
    tests = "\n".join(
        path.read_text(encoding="utf-8") for path in (Path(settings.BASE_DIR) / "tests").rglob("test_*.py")
    )

    untested = [name for name in sorted(ours) if not re.search(rf"""["']{re.escape(name)}["']|\b{name}\b""", tests)]

    assert untested == []


def test_a_transaction_aborted_inside_a_scope_cannot_poison_the_next(acme):
    with pytest.raises(IntegrityError), acme.scope(), transaction.atomic():
        connection.cursor().execute("INSERT INTO partners_region (tenant_id) VALUES (%s)", [acme.tenant.pk])

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        assert cursor.fetchone()[0] in ("", None)
