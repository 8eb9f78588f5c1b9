"""What may be done with reports, saved reports and schedules."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import define
from prm.access.roles import ALL_PARTNER, ALL_STAFF, PROGRAMME_LEADS

REPORT_VIEW = define("report:view", _("See, export and save reports"), roles=ALL_STAFF)
REPORT_SCHEDULE = define("report:schedule", _("Send reports on a schedule"), roles=PROGRAMME_LEADS)
OWN_REPORT_VIEW = define("own_report:view", _("See the reports sent to the own company"), roles=ALL_PARTNER)
