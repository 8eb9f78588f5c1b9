"""What saved reports, schedules and exports refuse alike: unknown reports, filters and formats."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from performance.reports.catalogue import FILTERS, Report, get_report
from performance.reports.choices import FileFormat
from performance.reports.question import Reader, ask
from prm.errors import InvalidInput


def known_report(key: str) -> Report:
    """The report of the catalogue.

    Raises:
        InvalidInput: there is none.
    """
    report = get_report(key)
    if report is None:
        raise InvalidInput(_("There is no report “%(key)s” in the catalogue.") % {"key": key}, field="report")
    return report


def clean_filters(report: Report, given: Mapping[str, Any], *, reader: Reader | None = None) -> dict[str, str]:
    """The filters that the report knows and that say something.

    Raises:
        InvalidInput: a filter is unknown to the report, or names what does not exist; its `field` is the filter.
    """
    found = {name: str(value).strip() for name, value in given.items() if str(value or "").strip()}
    for name in found:
        if name not in FILTERS or name not in report.filters:
            raise InvalidInput(
                _("The report “%(report)s” has no filter “%(name)s”.") % {"report": report.title, "name": name},
                field=name,
            )
    ask(found, reader or Reader.of_workspace(), today=timezone.localdate())
    return found


def check_format(kind: str) -> None:
    """Refuse a format that reports are not written in.

    Raises:
        InvalidInput: at `format`.
    """
    if kind not in FileFormat.values:
        raise InvalidInput(_("Choose PDF, XLSX or CSV."), field="format")
