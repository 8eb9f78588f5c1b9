"""A tenant created from a pack is ready to work: types, tiers, KPIs, benchmarks, a published scorecard."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from partners.models import PartnerType, Programme, Tier
from performance.choices import TemplateStatus
from performance.models import KPI, Benchmark, ScorecardTemplate, TemplateLine
from portal.packs.reading import pack_slugs, read_pack
from prm.accounts.models import Invitation, Membership
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", pack_slugs())
def test_every_pack_makes_a_tenant_that_can_score(slug):
    pack = read_pack(slug)

    call_command("create_tenant", "acme", name="Acme", pack=slug)

    tenant = Tenant.objects.get(slug="acme")
    with tenant_scope(tenant):
        template = ScorecardTemplate.objects.get(programme__is_default=True)
        lines = TemplateLine.objects.filter(template=template)
        assert template.status == TemplateStatus.PUBLISHED
        assert sum(line.weight for line in lines) == Decimal(100)
        assert set(KPI.objects.values_list("code", flat=True)) == {entry["code"] for entry in pack["kpis"]}
        assert PartnerType.objects.count() == len(pack["partner_types"])
        assert list(Tier.objects.values_list("key", flat=True)) == [entry["key"] for entry in pack["tiers"]]
        assert Benchmark.objects.count() == 4 * len(pack["kpis"])
        assert [band.key for band in template.bands.all()] == [
            band["key"].upper() for band in reversed(pack["scorecard"]["rating_bands"])
        ]
    assert (tenant.currency, tenant.partner_term) == (pack["currency"], pack["partner_term"])


def test_totals_grow_with_the_period_and_rates_do_not():
    call_command("create_tenant", "acme", pack="consumer-electronics")

    with tenant_scope(Tenant.objects.get(slug="acme")):
        outlets = dict(Benchmark.objects.filter(kpi__code="NEW_OUTLETS").values_list("period_kind", "target"))
        csat = dict(Benchmark.objects.filter(kpi__code="CSAT").values_list("period_kind", "target"))
    assert outlets == {"month": 4, "quarter": 12, "half": 24, "year": 48}
    assert set(csat.values()) == {Decimal(85)}


def test_a_band_takes_its_edges_as_target_and_stretch():
    call_command("create_tenant", "acme", pack="consumer-electronics")

    with tenant_scope(Tenant.objects.get(slug="acme")):
        stock = Benchmark.objects.get(kpi__code="STOCK_DAYS", period_kind="quarter")
    assert (stock.floor, stock.target, stock.stretch, stock.ceiling, stock.chart_target) == (10, 25, 45, 75, 35)


def test_an_admin_with_an_account_becomes_a_member_at_once():
    user = UserFactory(email="ada@acme.example")

    call_command("create_tenant", "acme", admin="Ada@Acme.example")

    assert Membership.objects.get(tenant__slug="acme").user == user


def test_an_unknown_admin_is_invited_by_mail(mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        call_command("create_tenant", "acme", name="Acme", admin="new@acme.example")

    assert Invitation.objects.get(tenant__slug="acme").email == "new@acme.example"
    assert [mail.to for mail in mailoutbox] == [["new@acme.example"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pack": "steam-engines"}, "There is no industry pack"),
        ({"timezone": "Mars/Olympus"}, "timezone: Mars/Olympus is not a time zone"),
        ({"currency": "EURO"}, "currency:"),
        ({"fiscal_year_start": 13}, "fiscal_year_start:"),
    ],
)
def test_bad_input_is_named_and_nothing_is_created(arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("create_tenant", "acme", **arguments)

    assert not Tenant.objects.exists()


def test_a_taken_short_name_is_refused():
    call_command("create_tenant", "acme")

    with pytest.raises(CommandError, match="exists already"):
        call_command("create_tenant", "acme")

    with tenant_scope(Tenant.objects.get()):
        assert Programme.objects.count() == 1
