"""How an award may move: it stands until somebody withdraws it, with a reason. There is no way back; a badge can be
awarded again by hand."""

from django.utils.translation import gettext_lazy as _

from performance.recognition.choices import AwardStatus as S
from performance.recognition.permissions import AWARD_WITHDRAW
from prm.lifecycle import Lifecycle, Move

AWARD_LIFECYCLE = Lifecycle(
    _("award"), S, [Move(S.STANDING, S.WITHDRAWN, AWARD_WITHDRAW, _("Withdraw"), needs_reason=True)]
)
