"""What partners see of league tables, and which partners are named to others."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, Programme
from performance.models import PERIOD_KINDS
from performance.recognition.choices import Cohort
from prm.tenancy.fields import TenantForeignKey
from prm.tenancy.models import TenantModel


class LeagueSetting(TenantModel):
    """Whether the partners of a programme see a league table, and what stands in it. Without a row there is none."""

    programme = TenantForeignKey(
        Programme, on_delete=models.CASCADE, related_name="league_settings", verbose_name=_("programme")
    )
    is_on = models.BooleanField(_("partners see it"), default=False)
    cohort = models.CharField(_("one table for"), max_length=10, choices=Cohort, default=Cohort.PEERS)
    period_kind = models.CharField(_("period"), max_length=8, choices=PERIOD_KINDS, default="quarter")
    top = models.PositiveSmallIntegerField(
        _("places shown"), default=10, validators=[MinValueValidator(3), MaxValueValidator(100)]
    )
    shows_names = models.BooleanField(_("names of the partners"), default=True)
    shows_scores = models.BooleanField(_("their scores"), default=False)
    actor_label = models.CharField(_("by"), max_length=160, blank=True, editable=False)

    class Meta:
        verbose_name = _("league table of a programme")
        verbose_name_plural = _("league tables of programmes")
        constraints = [models.UniqueConstraint(fields=["tenant", "programme"], name="league_setting_once")]

    def __str__(self) -> str:
        return str(self.programme)


class PartnerNaming(TenantModel):
    """Whether other partners see a partner's name, in the hall of fame and in league tables. Without a row they do."""

    partner = TenantForeignKey(Partner, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner"))
    is_named = models.BooleanField(_("named to others"), default=True)
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.CharField(_("by"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("naming of a partner")
        verbose_name_plural = _("naming of partners")
        constraints = [models.UniqueConstraint(fields=["tenant", "partner"], name="partner_naming_once")]

    def __str__(self) -> str:
        return str(self.partner)
