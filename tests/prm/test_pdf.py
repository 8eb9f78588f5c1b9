"""Typesetting: texts stay texts, every script is survived, colours and charts are those of the screens."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from prm.pdf import PdfError, drawing, pdf_response, typeset, typesetting
from prm.pdf.characters import Printable
from prm.pdf.palette import palette
from prm.tenancy.models import Accent
from prm.ui.charts import bullet
from tests.documents import text_of

LAYOUT = """
#import "house.typ": *
#show: document
#heading(level: 1, given.title)
#given.words
#if "picture" in given { image(bytes(given.picture), format: "svg", width: 40pt) }
"""


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A layout of a few lines, built on the common one."""
    (tmp_path / "house.typ").write_text((typesetting.LAYOUTS / "house.typ").read_text())
    (tmp_path / "try.typ").write_text(LAYOUT)
    monkeypatch.setattr(typesetting, "LAYOUTS", tmp_path)
    typesetting._compiler.cache_clear()
    yield "try"
    typesetting._compiler.cache_clear()


def document(words: str, **more: object) -> dict[str, object]:
    return {"title": "A title", "kind": "A kind", "tenant": "Acme", "made": "Made today", "words": words, **more}


def test_markup_in_texts_is_printed_and_never_run(layout: str) -> None:
    words = '#panic("no") *stars* $x^2$ @label \\ #read("house.typ") </script> // comment'

    assert words in text_of(typeset(layout, document(words)))


@pytest.mark.parametrize(
    "name", ["株式会社日立", "🚀 Rocket 👩‍👩‍👧", "شركة النور", "a\x00b\ud800c", "e\u0301\u202e reversed"]
)
def test_no_script_stops_a_document(layout: str, name: str) -> None:
    assert typeset(layout, document(name)).startswith(b"%PDF")


def test_characters_that_the_type_lacks_are_said(layout: str) -> None:
    note = "An empty box stands for a character"

    assert note in text_of(typeset(layout, document("株式会社")))
    assert note not in text_of(typeset(layout, document("Łódź, Ελλάδα, Москва, €, 5\u202f%, −3 → 4")))


def test_a_word_of_any_length_stays_on_the_paper(layout: str) -> None:
    pages = PdfReader(io.BytesIO(typeset(layout, document("x" * 3_000)))).pages

    texts = [page.extract_text() for page in pages]
    assert sum(text.count("x") for text in texts) == 3_000
    assert max(len(line.replace("\u200b", "")) for text in texts for line in text.splitlines()) < 150


def test_a_drawing_has_the_colours_of_the_screen(layout: str) -> None:
    picture = drawing(bullet(80, 50, 100, 120))

    assert ".fwarn { fill: #c1890c; }" in picture
    assert "var(" not in picture
    assert "light-dark" not in picture
    assert 'h0"' not in drawing('<svg class="bl"><path class="pt" d="M5 9h0"/></svg>')
    assert Printable().content({"a": picture}) == {"a": picture}
    assert typeset(layout, document("A chart", picture=picture)).startswith(b"%PDF")


def test_each_accent_has_its_colours() -> None:
    found = {accent: palette(accent)["accent-solid"] for accent in Accent.values}

    assert found == {"blue": "#2450cc", "pine": "#0d6b4f", "plum": "#7a3a9c", "graphite": "#2b323c"}
    assert all(palette(accent)["text"] == "#14171c" for accent in Accent.values)


def test_a_mistake_in_a_layout_is_named(layout: str) -> None:
    (typesetting.LAYOUTS / "try.typ").write_text("#nothing-of-this-name")

    with pytest.raises(PdfError, match=r"try\.typ"):
        typeset(layout, document(""))


def test_the_document_names_its_language_and_structure(layout: str) -> None:
    root = PdfReader(io.BytesIO(typeset(layout, document("Words")))).trailer["/Root"]

    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]


def test_the_file_has_a_name_that_every_system_takes() -> None:
    response = pdf_response(b"%PDF", 'Receipt A/B: "C"\r\nX-Evil: 1')

    assert response["Content-Disposition"] == 'attachment; filename="Receipt A B C X-Evil 1.pdf"'
    assert response["Cache-Control"] == "private, no-store"
