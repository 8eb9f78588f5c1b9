"""The measurements behind a receipt on paper: counted, or left out and why."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance import display
from performance.queries.receipt import ReceiptFact
from performance.screens.receipt import ReceiptScreen
from prm.ui import formats

Content = dict[str, Any]


def measurements(screen: ReceiptScreen, *, address: str) -> Content:
    """The newest measurements, how many there are in all, and where the others are."""
    facts = screen.facts
    every, shown = facts.counted + facts.left_out, len(facts.rows)
    counts = {"counted": formats.number(facts.counted), "left": formats.number(facts.left_out)}
    more = ""
    if every > shown:
        more = _("These are the newest %(shown)s of %(all)s. All of them are on screen:") % {
            "shown": formats.number(shown),
            "all": formats.number(every),
        }
    return {
        "title": _("Measurements behind it"),
        "note": _("%(counted)s counted, %(left)s left out") % counts,
        "more": more,
        "address": address,
        "none": "" if facts.rows else _("There are no measurements in this period."),
        "heads": [_("Day"), _("KPI"), _("Value"), _("Weight"), _("Source"), _("Treatment")],
        "rows": [_row(fact, screen) for fact in facts.rows],
    }


def _row(fact: ReceiptFact, screen: ReceiptScreen) -> Content:
    return {
        "day": formats.day(fact.occurred_on, year=True),
        "kpi": fact.kpi_name,
        "value": display.NONE if fact.value is None else display.plain(fact.value),
        "weight": display.NONE if fact.weight is None else display.plain(fact.weight),
        "number": fact.external_id,
        "origin": ", ".join(_origin(fact, screen)),
        "is_manual": fact.is_manual,
        "is_counted": fact.is_counted,
        "treatment": _("Counted") if fact.is_counted else _("Left out"),
        "reason": fact.reason,
    }


def _origin(fact: ReceiptFact, screen: ReceiptScreen) -> list[str]:
    said = [fact.origin]
    if fact.evidence:
        said.append(_("with evidence"))
    file = screen.files.get(fact.batch_id or 0)
    if file is not None:
        said.append(file.file_name)
    elif fact.batch_id:
        said.append(_("import %(number)s") % {"number": fact.batch_id})
    if fact.versions:
        said.append(ngettext("corrected once", "corrected %(count)s times", fact.versions) % {"count": fact.versions})
    return said
