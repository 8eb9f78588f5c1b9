"""The schema in docs/openapi.yaml is what the code says; a changed contract shows in review."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from prm.api.scopes import api_scopes

CHECKED_IN = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema():
    """The schema as the code makes it, without a database."""
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema):
    """Every (path, method, operation)."""
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_checked_in_schema_is_current(tmp_path):
    """When this fails on purpose: manage.py spectacular --file docs/openapi.yaml, and read the diff."""
    made = tmp_path / "openapi.yaml"

    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)

    assert made.read_text() == CHECKED_IN.read_text()


def test_the_schema_is_valid_and_made_without_a_warning(schema):
    validate_schema(schema)
    assert not GENERATOR_STATS


def test_every_operation_says_what_it_does_what_it_needs_and_what_it_refuses(schema):
    codes = {permission.code for permission in api_scopes()}

    for path, method, operation in operations(schema):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert operation["description"].rsplit("Scope: `", 1)[1].rstrip("`") in codes, place
        assert operation["security"] == [{"key": []}], place
        assert {"401", "403", "422", "429"} <= operation["responses"].keys(), place
        assert ("404" in operation["responses"]) == ("{" in path), place
        assert operation["tags"][0] in {tag["name"] for tag in schema["tags"]}, place


def test_operation_ids_are_unique(schema):
    names = [operation["operationId"] for _path, _method, operation in operations(schema)]

    assert len(names) == len(set(names))


def test_lists_document_every_filter(schema):
    names = {entry["name"] for entry in schema["paths"]["/api/v1/partners/"]["get"]["parameters"]}

    assert names == {
        "q",
        "external_id",
        "status",
        "type",
        "region",
        "country",
        "owner",
        "updated_since",
        "cursor",
        "limit",
    }


@pytest.mark.django_db
def test_schema_and_documentation_are_open_and_run_under_the_strict_policy(client):
    as_yaml, as_json = client.get("/api/v1/schema/"), client.get("/api/v1/schema/?format=json")
    page = client.get("/api/v1/docs/")

    assert yaml.safe_load(as_yaml.content) == as_json.json()
    assert page.status_code == 200
    text = page.content.decode()
    assert "style=" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count("<script src=")
    assert "https://" not in text.replace("https://localhost", "")
