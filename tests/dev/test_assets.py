"""The front-end files made from packages: the right icons, small fonts, the pinned htmx."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont

from prm.ui.assets import AssetError, build_assets, fonts
from prm.ui.assets.build import FACES, TARGET
from prm.ui.assets.icons import used_icons


def page(root: Path, text: str) -> None:
    (root / "templates").mkdir(exist_ok=True)
    (root / "templates" / "page.html").write_text(text)


def test_names_are_found_in_templates_and_code(tmp_path: Path) -> None:
    page(
        tmp_path,
        '<c-icon class="x"\n name="search" /> {% icon "bell" %} <c-btn icon="plus" /> <c-icon name="{{ n }}" />',
    )
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "menu.py").write_text('Item("Partners", icon="users")')

    certain, likely = used_icons(tmp_path)

    assert certain == {"search", "bell", "plus"}
    assert likely == {"users"}


def test_the_sprite_holds_what_is_used_and_follows_changes(tmp_path: Path) -> None:
    target = tmp_path / "static_build"
    for part in ("fonts.css", ".fonts.css.stamp", "fonts", "vendor"):
        (target / "prm").mkdir(parents=True, exist_ok=True)
        (target / "prm" / part).symlink_to(TARGET / "prm" / part)
    (target / FACES).symlink_to(TARGET / FACES)
    build_assets()
    page(tmp_path, '<c-icon name="search" />')
    build_assets(tmp_path, target)
    page(tmp_path, '<c-icon name="search" /><c-icon name="bell" />')

    lines = build_assets(tmp_path, target)
    symbols = {part.get("id") for part in ElementTree.parse(target / "prm" / "icons.svg").getroot()}  # noqa: S314

    assert [line.split(":")[0] for line in lines] == ["icons.svg"]
    assert symbols == {"search", "bell"}
    assert build_assets(tmp_path, target) == []


def test_a_misspelt_icon_is_refused_by_name(tmp_path: Path) -> None:
    page(tmp_path, '<c-icon name="no-such-picture" />')

    with pytest.raises(AssetError, match="no-such-picture"):
        build_assets(tmp_path, tmp_path / "static_build")


def test_the_fonts_are_small_keep_tabular_figures_and_cover_their_ranges() -> None:
    build_assets()
    folder = TARGET / "prm"
    latin = folder / "fonts" / "inter-latin.woff2"

    with TTFont(latin) as font:
        features = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
        axes = [axis.axisTag for axis in font["fvar"].axes]
        characters = set(font.getBestCmap())

    assert latin.stat().st_size < 40_000
    assert {"tnum", "ss03", "cv11"} <= features
    assert axes == ["wght"]
    assert {ord(letter) for letter in "Aß€−▲▼"} <= characters
    assert set(re.findall(r"inter-[\w-]+\.woff2", (folder / "fonts.css").read_text())) == set(fonts.file_names())


def test_the_faces_of_pdfs_are_static_and_cover_every_script() -> None:
    build_assets()

    for name, weight in zip(fonts.face_names(), fonts.WEIGHTS, strict=True):
        with TTFont(TARGET / FACES / name) as font:
            assert "fvar" not in font
            assert font["OS/2"].usWeightClass == weight
            assert {ord(letter) for letter in "Aßč€−▲ЖΩ\u202f"} <= set(font.getBestCmap())
            assert font["glyf"][".notdef"].numberOfContours == 2  # an empty box


def test_htmx_is_the_second_major_version() -> None:
    build_assets()

    assert re.search(r'version:"2\.\d+\.\d+"', (TARGET / "prm" / "vendor" / "htmx.min.js").read_text())
