"""The ten industry packs hold to their schema."""

import pytest

from portal.packs.reading import PACKS_DIR, pack_slugs
from tests.packs.pack_schema import EXPECTED, Pack


def test_all_ten_industries_are_there():
    assert set(pack_slugs()) == EXPECTED


@pytest.mark.parametrize("slug", sorted(EXPECTED))
def test_pack_is_valid(slug):
    pack = Pack(PACKS_DIR / f"{slug}.yaml")

    pack.run()

    assert pack.errors == []


def test_a_broken_pack_is_named_with_its_place(tmp_path):
    text = (PACKS_DIR / "retail.yaml").read_text(encoding="utf-8")
    path = tmp_path / "retail.yaml"
    path.write_text(text.replace("min_coverage:", "min_covrage:", 1), encoding="utf-8")
    pack = Pack(path)

    pack.run()

    assert "scoring: missing ['min_coverage']" in pack.errors
    assert "scoring: unknown ['min_covrage']" in pack.errors
