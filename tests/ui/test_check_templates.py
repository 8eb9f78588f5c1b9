"""`manage.py check_templates`: every template compiles, and a broken one is named."""

import pytest
from django.core.management import CommandError, call_command


def test_every_template_compiles(capsys):
    call_command("check_templates")

    assert capsys.readouterr().out.rstrip().endswith("templates compile.")


def test_a_misspelt_tag_is_named(settings, tmp_path):
    (tmp_path / "broken.html").write_text("{% no_such_tag %}", encoding="utf-8")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    with pytest.raises(CommandError, match=r"broken\.html: .*no_such_tag"):
        call_command("check_templates")
