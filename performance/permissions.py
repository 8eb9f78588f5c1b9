"""What may be done with KPIs, benchmarks, scorecards, measurements and runs."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import define
from prm.access.roles import ALL_PARTNER, ALL_STAFF, MANAGERS, PROGRAMME_LEADS

SCORECARD_VIEW = define("scorecard:view", _("See the overview, scorecards and receipts"), roles=ALL_STAFF)
SCORECARD_EXPORT = define("scorecard:export", _("Export the figures of overview and scorecards"), roles=ALL_STAFF)
KPI_VIEW = define("kpi:view", _("See KPIs, benchmarks and scorecard templates"), roles=ALL_STAFF)
KPI_EDIT = define("kpi:edit", _("Create and edit KPIs"), roles=PROGRAMME_LEADS)
BENCHMARK_EDIT = define("benchmark:edit", _("Set and withdraw benchmarks"), roles=PROGRAMME_LEADS)
TEMPLATE_EDIT = define("template:edit", _("Draft and publish scorecard templates"), roles=PROGRAMME_LEADS)
CONSEQUENCE_SWITCH = define(
    "consequence:switch", _("Switch the consequences of grades on and off"), roles=PROGRAMME_LEADS
)
MEASUREMENT_VIEW = define("measurement:view", _("See measurements and their corrections"), roles=ALL_STAFF)
MEASUREMENT_ENTER = define("measurement:enter", _("Enter and correct single measurements"), roles=MANAGERS)
SOURCE_VIEW = define("source:view", _("See where measurements come from and who is late"), roles=ALL_STAFF)
SOURCE_EDIT = define("source:edit", _("Describe and retire sources of measurements"), roles=PROGRAMME_LEADS)
RUN_VIEW = define("run:view", _("See recompute runs and periods"), roles=ALL_STAFF)
RUN_START = define("run:start", _("Recompute scorecards now"), roles=PROGRAMME_LEADS)
PERIOD_CLOSE = define("period:close", _("Close a period"), roles=PROGRAMME_LEADS)
RESTATEMENT_VIEW = define(
    "restatement:view", _("See proposals to restate closed scorecards, and what became of them"), roles=ALL_STAFF
)
RESTATEMENT_DECIDE = define(
    "restatement:decide", _("Apply or dismiss restatements of closed scorecards"), roles=PROGRAMME_LEADS
)
ALERT_VIEW = define("alert:view", _("See alerts about partners and the rules that raise them"), roles=ALL_STAFF)
ALERT_SETTLE = define("alert:settle", _("Snooze, resolve and reopen alerts"), roles=MANAGERS)
ALERT_RULE_EDIT = define("alert_rule:edit", _("Write and pause the rules that raise alerts"), roles=PROGRAMME_LEADS)
WHAT_IF_VIEW = define("what_if:view", _("See what-ifs and who would change grade"), roles=MANAGERS)
WHAT_IF_EDIT = define(
    "what_if:edit", _("Try drafts of scorecards and benchmarks out, publish or discard them"), roles=PROGRAMME_LEADS
)
VENDOR_SCORECARD_VIEW = define(
    "vendor_scorecard:view", _("See how well we keep our own side towards partners"), roles=ALL_STAFF
)
VENDOR_SCORECARD_EDIT = define(
    "vendor_scorecard:edit",
    _("Set targets of our own scorecard and say whether partners see it"),
    roles=PROGRAMME_LEADS,
)
OWN_VENDOR_VIEW = define(
    "own_vendor:view", _("See how the vendor keeps its side towards the own company"), roles=ALL_PARTNER
)
OWN_SCORECARD_VIEW = define("own_scorecard:view", _("See the own company's scorecards and receipts"), roles=ALL_PARTNER)
