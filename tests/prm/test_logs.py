"""What a log line holds, and what it never holds."""

import json
import logging
import sys

import pytest
import structlog

from prm.logs import formatter, masked


def render(event: str, **fields: object) -> dict:
    """One event as production writes it."""
    record = logging.LogRecord(
        "partners.services", logging.INFO, __file__, 1, {"event": event, **fields}, (), fields.pop("exc_info", None)
    )
    record._logger, record._name = None, "info"
    return json.loads(formatter(json=True).format(record))


def test_an_event_is_one_json_object_with_its_fields():
    line = render("claim.approved", tenant_id=3, request_id="r-1")

    assert line == {"event": "claim.approved", "tenant_id": 3, "request_id": "r-1"}


def test_fields_of_people_and_secrets_are_dropped():
    line = render("x", email="a@b.example", full_name="Ann", token="t", password="p", nested={"key": "k", "n": 1})

    assert line == {"event": "x", "nested": {"n": 1}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Key (email)=(ann.b+c@mail.example.org) exists", "Key (email)=([hidden]) exists"),
        ("Authorization: Bearer tdm_abcdef", "Authorization: Bearer [hidden]"),
        ("GET /x?token=abc&y=1", "GET /x?token=[hidden]&y=1"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_addresses_and_tokens_in_texts_are_masked(text, expected):
    assert masked(text) == expected


def test_a_traceback_is_masked_too():
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "failed", (), None)
    try:
        raise ValueError("no mailbox ann@mail.example")
    except ValueError:
        record.exc_info = sys.exc_info()

    line = json.loads(formatter(json=True).format(record))

    assert line["exception"].endswith("ValueError: no mailbox [hidden]")
    assert "ann@" not in json.dumps(line)


def test_development_is_readable_text():
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "hello %s", ("there",), None)

    assert "hello there" in formatter(json=False).format(record)


@pytest.mark.django_db
def test_every_answer_names_its_request_and_logs_its_route(client, caplog):
    with caplog.at_level(logging.INFO, logger="django_structlog.middlewares.request"):
        response = client.get("/accounts/login/?next=/secret-search")

    finished = next(record.msg for record in caplog.records if record.msg["event"] == "request_finished")
    assert finished["request"] == "GET accounts/login/"
    assert finished["code"] == 200
    assert finished["request_id"] == response.headers["X-Request-ID"]
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.django_db
def test_an_unknown_address_is_not_logged_in_full(client, caplog):
    with caplog.at_level(logging.INFO, logger="django_structlog.middlewares.request"):
        client.get("/invitations/one-time-token-of-nobody")

    finished = next(record.msg for record in caplog.records if record.msg["event"] == "request_finished")
    assert finished["request"] == "GET (no route)"
