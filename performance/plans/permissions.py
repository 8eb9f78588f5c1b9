"""What may be done with improvement plans."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import Permission, define
from prm.access.roles import ALL_PARTNER, ALL_STAFF, MANAGERS, PARTNER_ADMINS, PROGRAMME_LEADS

PLAN_VIEW = define("plan:view", _("See improvement plans and the rules that propose them"), roles=ALL_STAFF)
PLAN_EDIT = define("plan:edit", _("Write, sign, extend and cancel improvement plans"), roles=MANAGERS)
PLAN_DECIDE = define("plan:decide", _("Choose and approve what follows from a failed plan"), roles=PROGRAMME_LEADS)
PLAN_RULES = define("plan:rules", _("Write the rules and templates of improvement plans"), roles=PROGRAMME_LEADS)
BREACH_VIEW = define("breach:view", _("See reports of serious breaches and their evidence"), roles=MANAGERS)
BREACH_REPORT = define("breach:report", _("Report a serious breach of a partner"), roles=MANAGERS)
BREACH_DECIDE = define("breach:decide", _("Approve or refuse a suspension for a serious breach"), roles=PROGRAMME_LEADS)
PLAN_JUDGE = Permission("plan:judge", _("Let a plan succeed or fail: measured results alone do"), frozenset())
"""Nobody can be given it, so it is not among those defined: a plan ends by what was measured."""

OWN_PLAN_VIEW = define("own_plan:view", _("See the own company's improvement plans"), roles=ALL_PARTNER)
OWN_PLAN_WORK = define("own_plan:work", _("Report commitments done and write notes on plans"), roles=ALL_PARTNER)
OWN_PLAN_SIGN = define("own_plan:sign", _("Sign improvement plans for the own company"), roles=PARTNER_ADMINS)
