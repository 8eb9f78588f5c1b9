"""Evidence of typed-in measurements: asked for, checked, kept with every version, sent only to whom may see it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from performance.models import Measurement, MeasurementEvidence, MeasurementHistory
from prm.access.roles import Role
from prm.files.models import StoredFile
from tests.conftest import World
from tests.factories.accounts import MembershipFactory
from tests.performance_screens.conftest import Scored, build

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n"


@pytest.fixture
def scored(acme: World) -> Scored:
    with acme.scope():
        return build(acme)


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def address(world: World, name: str, **kwargs: Any) -> str:
    return reverse(f"performance:{name}", kwargs={"tenant": world.tenant.slug, **kwargs})


def entry(scored: Scored, **more: Any) -> dict[str, Any]:
    return {
        "kpi": scored.revenue.pk,
        "partner": scored.partners[0].external_id,
        "occurred_on": "2024-05-20",
        "value": "7",
        "note": "From the visit",
        **more,
    }


def ask_for_evidence(acme: World, scored: Scored) -> None:
    with acme.scope():
        scored.revenue.needs_evidence = True
        scored.revenue.save()


def file(content: bytes = PDF, name: str = "visit.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def typed_in() -> Measurement:
    return Measurement.objects.get(source="manual")


def test_a_file_is_kept_shown_and_sent(acme: World, scored: Scored, manager_client: Client) -> None:
    page = manager_client.post(address(acme, "measurement_create"), entry(scored, evidence=file()), follow=True)

    with acme.scope():
        measurement = typed_in()
        stored = StoredFile.objects.get(purpose="evidence")
    url = address(acme, "measurement_evidence", measurement=measurement.pk, file=stored.public_id)
    assert url in page.content.decode()
    sent = manager_client.get(url)
    assert b"".join(sent.streaming_content) == PDF
    assert sent["Content-Type"] == "application/pdf"
    assert sent["Content-Disposition"] == 'attachment; filename="visit.pdf"'
    receipt = address(acme, "receipt_facts", programme="main", period="2024-Q2", partner=scored.partners[0].public_id)
    assert url in manager_client.get(receipt).content.decode()


def test_a_kpi_can_ask_for_it(acme: World, scored: Scored, manager_client: Client) -> None:
    ask_for_evidence(acme, scored)

    refused = manager_client.post(address(acme, "measurement_create"), entry(scored))

    assert refused.status_code == 422
    assert "This KPI asks for evidence. Add the document that shows the figure." in refused.content.decode()
    with acme.scope():
        assert not Measurement.objects.filter(source="manual").exists()
    taken = manager_client.post(address(acme, "measurement_create"), entry(scored, evidence=file()))
    assert taken.status_code == 302


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><script>alert(1)</script>", "This is no PDF, image, office file or plain text."),
        (b"MZ\x90\x00\x03", "This is no PDF, image, office file or plain text."),
        (b"%PDF-" + b"0" * (10 * 1024 * 1024), "The file is larger than 10 MB."),
    ],
)
def test_other_files_are_refused_and_nothing_is_kept(
    acme: World, scored: Scored, manager_client: Client, content: bytes, sentence: str
) -> None:
    response = manager_client.post(address(acme, "measurement_create"), entry(scored, evidence=file(content)))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    with acme.scope():
        assert not StoredFile.objects.filter(purpose="evidence").exists()
        assert not Measurement.objects.filter(source="manual").exists()


def test_a_correction_keeps_the_file_or_brings_its_own(acme: World, scored: Scored, manager_client: Client) -> None:
    ask_for_evidence(acme, scored)
    manager_client.post(address(acme, "measurement_create"), entry(scored, evidence=file()))
    with acme.scope():
        measurement = typed_in()
        first = (measurement.attributes or {})["evidence"]
    url = address(acme, "measurement_correct", measurement=measurement.pk)

    manager_client.post(url, entry(scored, value="8"))
    with acme.scope():
        assert (typed_in().attributes or {})["evidence"] == first
    manager_client.post(url, entry(scored, value="9", evidence=file(b"second visit", "second.txt")))

    with acme.scope():
        assert (typed_in().attributes or {})["evidence_name"] == "second.txt"
        kept = MeasurementHistory.objects.filter(measurement_id=measurement.pk)
        assert {row.attributes["evidence"] for row in kept} == {first}
        assert MeasurementEvidence.objects.count() == 2
    html = manager_client.get(address(acme, "measurement_detail", measurement=measurement.pk)).content.decode()
    assert html.count("visit.pdf") == 2
    assert html.count("second.txt") == 1


def test_only_the_file_of_that_measurement_is_sent(acme: World, scored: Scored, manager_client: Client) -> None:
    manager_client.post(address(acme, "measurement_create"), entry(scored, evidence=file()))
    with acme.scope():
        other = Measurement.objects.filter(source="erp").first()
        stored = StoredFile.objects.get(purpose="evidence")
        assert other is not None

    response = manager_client.get(address(acme, "measurement_evidence", measurement=other.pk, file=stored.public_id))

    assert response.status_code == 404


def test_a_manager_of_other_partners_does_not_get_it(acme: World, scored: Scored, client: Client) -> None:
    client.force_login(acme.admin)
    client.post(address(acme, "measurement_create"), entry(scored, evidence=file()))
    with acme.scope():
        measurement, stored = typed_in(), StoredFile.objects.get(purpose="evidence")
    own = MembershipFactory(tenant=acme.tenant, role=Role.CHANNEL_MANAGER, own_portfolio_only=True)
    client.force_login(own.user)

    response = client.get(address(acme, "measurement_evidence", measurement=measurement.pk, file=stored.public_id))

    assert response.status_code == 404
