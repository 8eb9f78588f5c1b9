"""The components: each renders, escapes what people typed, and says what colour alone would not."""

from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.test import RequestFactory

COMPONENTS = sorted((Path(settings.BASE_DIR) / "templates" / "cotton").glob("*.html"))
EVIL = '"><script>alert(1)</script>'


def draw(markup: str, path: str = "/list/", **context: Any) -> str:
    """A template as a page would render it. Components are compiled first, as the loader does."""
    from django_cotton.compiler_regex import CottonCompiler

    request = RequestFactory().get(path)
    return Template(CottonCompiler().process(markup)).render(RequestContext(request, context)).strip()


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component_is_described_on_its_first_line_and_holds_nothing_inline(path: Path) -> None:
    text = path.read_text()

    assert text.startswith("{#")
    for forbidden in (" style=", "<style", "<script", "onclick", "{{ attrs }}", "|safe"):
        assert forbidden not in text, forbidden


def test_button_is_a_button_or_a_link() -> None:
    assert draw('<c-button kind="pri" icon="plus">Add</c-button>').startswith('<button type="button" class="btn pri"')
    assert draw('<c-button href="/x/">Go</c-button>') == '<a href="/x/" class="btn">Go</a>'
    assert 'class="btn icon" aria-label="More"' in draw('<c-button icon="ellipsis" label="More" />')
    assert " disabled" in draw("<c-button disabled>No</c-button>")


def test_what_people_typed_is_escaped_everywhere() -> None:
    html = draw(
        '<c-button :data-name="evil">{{ evil }}</c-button><c-who :name="evil" detail="{{ evil }}" :href="evil" />'
        '<c-badge tone="pos" :title="evil">x</c-badge><c-kpi :label="evil" :value="evil" />',
        evil=EVIL,
    )

    assert "<script" not in html


@pytest.mark.parametrize(
    ("attributes", "css", "words"),
    [
        ('value="4.2" better="up"', "dl pos", "(better)"),
        ('value="-1.8" better="down"', "dl pos", "(better)"),
        ('value="-3.1" better="up"', "dl neg", "(worse)"),
        ('value="0.4" better="down"', "dl neg", "(worse)"),
        ('value="11"', "dl", ""),
        ('value="0" better="up"', "dl", ""),
    ],
)
def test_delta_says_in_words_what_its_colour_says(attributes: str, css: str, words: str) -> None:
    html = draw(f"<c-delta {attributes} />")

    assert f'<span class="{css}">' in html
    assert (words in html) if words else ("(better)" not in html and "(worse)" not in html)


def test_grade_reads_as_a_grade_and_nothing_without_a_letter() -> None:
    assert draw('<c-grade letter="B" />') == '<span class="gr B"><span class="sr">Grade </span>B</span>'
    assert draw("<c-grade />") == ""


def test_component_does_not_see_its_pages_variables() -> None:
    html = draw("<c-kpi label='Score' />", value="leaked", note="leaked")

    assert "leaked" not in html
    assert "No data yet" in html


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As on invoices.")
    colour = forms.ChoiceField(choices=[("r", "Red")], required=False)
    agree = forms.BooleanField()


def test_field_joins_label_control_hint_and_error() -> None:
    html = draw('<c-field :field="form.name" autocomplete="name" />', form=SampleForm())
    wrong = draw('<c-field :field="form.name" />', form=SampleForm({"agree": "on"}))

    assert '<label for="id_name">Name</label>' in html
    assert 'autocomplete="name"' in html
    assert 'aria-describedby="id_name-hint"' in html
    assert 'aria-invalid="true"' in wrong
    assert 'aria-describedby="id_name-hint id_name-error"' in wrong
    assert 'id="id_name-error"' in wrong
    assert "(optional)" in draw('<c-field :field="form.colour" />', form=SampleForm())
    assert "(optional)" not in draw('<c-field :field="form.colour" plain />', form=SampleForm())


def test_form_lists_its_errors_on_top_with_links_and_keeps_what_was_typed() -> None:
    html = draw('<c-form :form="form" submit="Save" />', form=SampleForm({"name": "", "colour": "r"}))

    assert "2 things need fixing" in html
    assert 'href="#id_name"' in html
    assert '<option value="r" selected>' in html
    assert 'name="csrfmiddlewaretoken"' in html


def test_column_head_sorts_one_way_then_the_other_and_keeps_filters() -> None:
    first = draw('<c-th label="Score" sort="score" desc />', "/list/?status=active&page=3")
    again = draw('<c-th label="Score" sort="score" desc />', "/list/?status=active&sort=-score")

    assert 'href="?status=active&amp;sort=-score"' in first
    assert "aria-sort" not in first
    assert 'aria-sort="descending"' in again
    assert 'href="?status=active&amp;sort=score"' in again


def test_pages_name_where_one_is_and_skip_the_middle() -> None:
    html = draw('<c-pages :page="page" />', "/list/?q=x", page=Paginator(range(1000), 25).get_page(20))

    assert "476–500 of 1,000" in html
    assert 'href="?q=x&amp;page=40"' in html
    assert html.count("…") == 2
    assert html.count('aria-current="page"') == 1
    assert draw('<c-pages :page="page" />', page=Paginator([], 25).get_page(1)) == ""


def test_job_asks_again_only_while_it_runs() -> None:
    running = {"title": "Import", "status": "running", "is_done": False, "public_id": "1"}
    done = {"title": "Import", "status": "succeeded", "is_done": True, "public_id": "1", "result_url": "/r/"}

    assert 'hx-trigger="every 2s"' in draw('<c-job :job="job" url="/j/" />', job=running)
    assert "hx-get" not in draw('<c-job :job="job" url="/j/" />', job=done)
    assert 'href="/r/"' in draw('<c-job :job="job" url="/j/" />', job=done)


def test_page_weight_stays_in_its_budget() -> None:
    import gzip

    folder = Path(settings.BASE_DIR) / "prm" / "ui" / "static" / "prm"
    css = sum(len(gzip.compress(path.read_bytes(), 9)) for path in (folder / "css").glob("*.css"))
    js = sum(len(gzip.compress(path.read_bytes(), 9)) for path in (folder / "js").glob("*.js"))

    assert css < 40_000
    assert js < 18_000
