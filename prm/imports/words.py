"""Short names of what can be wrong with a row, for the filter of the check screen."""

from django.utils.translation import gettext_lazy as _

CODES = {
    "missing_value": _("Missing value"),
    "missing": _("Missing value"),
    "unknown_partner": _("Unknown partner"),
    "unknown_kpi": _("Unknown KPI"),
    "derived_kpi": _("KPI computed from others"),
    "inactive_kpi": _("KPI not in use"),
    "not_a_number": _("Not a number"),
    "not_finite": _("Not a number"),
    "number_too_large": _("Number too large"),
    "ambiguous_number": _("Unclear number"),
    "not_a_date": _("Not a date"),
    "impossible_date": _("Impossible date"),
    "date_out_of_range": _("Year out of range"),
    "ambiguous_date": _("Unclear date"),
    "not_yes_or_no": _("Not yes or no"),
    "below_minimum": _("Below the allowed range"),
    "above_maximum": _("Above the allowed range"),
    "above_weight": _("Value above its weight"),
    "negative_weight": _("Negative weight"),
    "duplicate_external_id": _("Double record number"),
    "duplicate": _("Double record"),
    "ragged_row": _("Wrong number of cells"),
    "broken_quotes": _("Broken quotation"),
    "nul_character": _("NUL character"),
    "wrong_encoding": _("Wrong encoding"),
    "cell_too_long": _("Cell too long"),
    "too_long": _("Text too long"),
    "formula": _("Formula"),
    "lookup_missing": _("Not found in lookup"),
}


def word_for(code: str) -> str:
    """A code in words."""
    return str(CODES.get(code, code.replace("_", " ").capitalize()))
