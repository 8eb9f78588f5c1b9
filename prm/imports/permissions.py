"""What may be done with imports. Each kind of record asks for its own permission beside these."""

from django.utils.translation import gettext_lazy as _

from prm.access.permissions import define
from prm.access.roles import ALL_STAFF, MANAGERS

IMPORT_VIEW = define("import:view", _("See imports and their results"), roles=ALL_STAFF)
IMPORT_RUN = define("import:run", _("Upload, check and import files, and take imports back"), roles=MANAGERS)
