"""`manage.py bench`: what it prints. What it measures has its own tests and runs for minutes."""

import json

import pytest
from django.core.management import CommandError, call_command

from performance.bench import ahead, engine, ingest, web, what_if


@pytest.fixture
def asked(monkeypatch):
    """The measurements, answered at once; remembers what was asked."""
    calls = []

    def measure(name):
        def answer(*, scale, say):
            calls.append((name, scale))
            say("measuring")
            return {"ratio": 1.5}

        return answer

    monkeypatch.setattr(engine, "measure_engine", measure("engine"))
    monkeypatch.setattr(ingest, "measure_ingest", measure("ingest"))
    monkeypatch.setattr(web, "measure_web", measure("web"))
    monkeypatch.setattr(what_if, "measure_what_if", measure("whatif"))
    monkeypatch.setattr(ahead, "measure_ahead", measure("ahead"))
    return calls


@pytest.mark.parametrize("what", ["engine", "ingest", "web", "whatif", "ahead"])
def test_json_is_one_object_and_nothing_else(asked, capsys, what):
    call_command("bench", what, scale="full", json=True)

    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"ratio": 1.5}
    assert printed.err == ""
    assert asked == [(what, "full")]


def test_figures_are_printed_by_name(asked, capsys):
    call_command("bench", "engine")

    assert capsys.readouterr().out.split() == ["ratio", "1.5"]


def test_an_unknown_measurement_is_refused(asked):
    with pytest.raises(CommandError):
        call_command("bench", "everything")

    assert asked == []
