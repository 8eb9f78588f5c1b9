"""What may be done with reviews, on both sides."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import define
from prm.access.roles import ALL_PARTNER, ALL_STAFF, MANAGERS, PARTNER_ADMINS, PROGRAMME_LEADS

REVIEW_VIEW = define("review:view", _("See reviews of partners"), roles=ALL_STAFF)
REVIEW_RATE = define("review:rate", _("Rate partners in reviews one is asked for"), roles=ALL_STAFF)
REVIEW_LEAD = define("review:lead", _("Lead reviews: share, decide, meet, sign"), roles=MANAGERS)
REVIEW_CREATE = define("review:create", _("Create and remove reviews"), roles=PROGRAMME_LEADS)
REVIEW_SETUP = define(
    "review:setup", _("Write review templates and how often partners are reviewed"), roles=PROGRAMME_LEADS
)
OWN_REVIEW_VIEW = define("own_review:view", _("See the own company's reviews"), roles=ALL_PARTNER)
OWN_REVIEW_ANSWER = define(
    "own_review:answer", _("Fill the own company's self-assessment and work on actions"), roles=ALL_PARTNER
)
OWN_REVIEW_SIGN = define(
    "own_review:sign", _("Accept, contest and sign reviews for the own company"), roles=PARTNER_ADMINS
)
