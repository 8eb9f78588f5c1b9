"""What a web process does before its first request."""

import gc
from collections.abc import Iterator

import pytest
from django.template import engines

from prm import startup


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """The collector as it was, for the tests that follow in this process."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_a_settled_process_keeps_what_exists_out_of_collections() -> None:
    gc.collect()
    before = len(gc.get_objects())

    startup.settle()

    assert gc.get_freeze_count() > before * 0.9
    assert len(gc.get_objects()) < before / 10
    assert gc.get_threshold() == startup.COLLECT_AFTER


def test_templates_are_there_before_the_first_request_asks() -> None:
    startup.settle()

    partials = engines["django"].engine.template_loaders[0]
    cached = partials.loaders[0]
    assert any("partner_list.html" in key for key in cached.get_template_cache)
