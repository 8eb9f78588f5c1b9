"""The examples do what their README says: on a small cut always, on the real data where it lies beside the checkout."""

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Sum

from partners.models import Partner
from performance.models import Measurement
from prm.imports.mapping.load import load_yaml
from prm.tenancy.models import Tenant
from prm.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
EXAMPLES = settings.BASE_DIR / "examples"
REAL = settings.BASE_DIR.parent / "shared" / "data" / "adventureworks"
CUT = {
    "DimReseller.csv": """ResellerKey,GeographyKey,BusinessType,ResellerName,FirstOrderYear,Phone,AddressLine1
1,637,Warehouse,Bikes and Books,2011,1 (11) 500 555-0132,1 Main Street
2,20,Warehouse,"Velo, Ltd",,,2 Main Street
""",
    "DimGeography.csv": """GeographyKey,City,EnglishCountryRegionName,PostalCode,SalesTerritoryKey
637,Bothell,United States,98011,1
20,Bonn,Germany,53113,8
""",
    "DimSalesTerritory.csv": "SalesTerritoryKey,SalesTerritoryRegion\n1,Northwest\n8,Germany\n",
    "FactResellerSales.csv.gz": """ResellerKey,OrderDate,SalesOrderNumber,SalesOrderLineNumber,OrderQuantity,\
ExtendedAmount,DiscountAmount,SalesAmount
1,2013-01-15,SO1,1,2,110.0000,10.0000,100.0000
1,2013-01-15,SO1,2,1,50.5050,0.0000,50.5050
1,2013-04-02,SO2,1,4,20.0000,0.0000,20.0000
""",
}


def run(*arguments):
    """A command's result as `import_data --json` prints it."""
    output = io.StringIO()
    call_command(*map(str, arguments), stdout=output)
    return json.loads(output.getvalue())


def steps(folder, data):
    """The import_data lines of an example's script, with their paths filled in."""
    script = (EXAMPLES / folder / "run.sh").read_text()
    for line in re.findall(r'^manage import_data --tenant "\$tenant" (.+)$', script, re.MULTILINE):
        yield [
            word.strip('"').replace("$here", str(EXAMPLES / folder)).replace("$data", str(data))
            for word in line.split()
        ]


def import_example(folder, data, slug):
    """Make the workspace and run every import of an example; the created counts in order."""
    pack = re.search(r"--pack (\S+)", (EXAMPLES / folder / "run.sh").read_text())[1]
    call_command("create_tenant", slug, "--name", slug, "--pack", pack, "--currency", "USD", stdout=io.StringIO())
    found = [run("import_data", "--json", "--tenant", slug, *step) for step in steps(folder, data)]
    assert [result["errors"] for result in found] == [[]] * len(found)
    return [result["created"] + result["updated"] for result in found], Tenant.objects.get(slug=slug)


def revenue():
    return Measurement.objects.filter(kpi__code="REVENUE").aggregate(total=Sum("value"))["total"]


@pytest.fixture
def cut(tmp_path):
    """A few rows in the form of the real files."""
    for name, text in CUT.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_every_mapping_is_readable():
    mappings = sorted(EXAMPLES.glob("*/*.yaml"))

    assert len(mappings) == 8
    assert {load_yaml(path.read_text()).kind for path in mappings} == {"partners", "measurements"}


def test_the_reseller_example_scores_its_partners(cut):
    counts, tenant = import_example("adventureworks_resellers", cut, "aw-cut")

    assert counts == [2, 4, 12, 4, 11]
    with tenant_scope(tenant):
        velo = Partner.objects.get(external_id="2")
        assert (velo.name, velo.country, velo.city, velo.region.name) == ("Velo, Ltd", "DE", "Bonn", "Germany")
        assert revenue() == Decimal("170.505")

    call_command("recompute", "--tenant", "aw-cut", "--all", stdout=io.StringIO())
    output = io.StringIO()
    call_command(
        "export_scorecards", "--tenant", "aw-cut", "--period", "2013-Q1", "--lines", "--format", "csv", stdout=output
    )
    lines = {(row["partner"], row["kpi"]): row["actual"] for row in csv.DictReader(io.StringIO(output.getvalue()))}
    assert Decimal(lines["1", "REVENUE"]) == Decimal("150.505")
    assert Decimal(lines["1", "ORDER_COUNT"]) == 1
    assert Decimal(lines["1", "UNITS"]) == 3
    assert Decimal(lines["1", "DISCOUNT_RATE"]) == Decimal("6.230336")


@pytest.mark.slow
@pytest.mark.skipif(not Path(REAL).is_dir(), reason="the AdventureWorks files do not lie beside the checkout")
def test_adventureworks_ties_out_to_the_cent():
    counts, tenant = import_example("adventureworks_resellers", REAL, "aw-real")

    assert counts == [701, 4, 12, 4, 186_361]
    with tenant_scope(tenant):
        assert Partner.objects.count() == 701
        assert Measurement.objects.filter(kpi__code="REVENUE").values("partner").distinct().count() == 635
        assert round(revenue(), 2) == Decimal("80450596.98")
