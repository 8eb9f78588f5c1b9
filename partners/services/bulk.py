"""One change to many partners. Each partner goes through the ordinary service, and a refusal stops only its own row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Partner, Region, Specialisation, Tier
from partners.services.owners import assign_owner, refuse_stranger, tell_new_owner
from partners.services.partners import update_partner
from partners.services.status import change_status
from partners.services.tiers import assign_tier
from prm.access.actor import Actor
from prm.accounts.models import User
from prm.errors import DomainError, InvalidInput
from prm.jobs.models import Job
from prm.jobs.services import create_job, finish_job, report_progress, running_job
from prm.tenancy.models import Tenant
from prm.tenancy.scope import require_scope, tenant_scope

IN_BACKGROUND_ABOVE = 50
REFUSALS_KEPT = 100
JOB_KIND = "partners.bulk_edit"


@dataclass(slots=True)
class BulkResult:
    """What came of a bulk edit: how many changed, how many were as wanted already, and who was refused why."""

    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def sentence(self) -> str:
        """The outcome in words."""
        parts = [
            ngettext("%(count)d partner changed.", "%(count)d partners changed.", self.changed)
            % {"count": self.changed}
        ]
        if self.unchanged:
            parts.append(
                ngettext("%(count)d needed no change.", "%(count)d needed no change.", self.unchanged)
                % {"count": self.unchanged}
            )
        if self.refused:
            parts.append(
                ngettext("%(count)d was refused.", "%(count)d were refused.", len(self.refused))
                % {"count": len(self.refused)}
            )
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Edit:
    """One bulk edit in a form that a job can carry.

    `what` is owner, region, tier, status, add_specialisation or remove_specialisation; `value` the key of what is
    set (None takes an owner or a region away).
    """

    what: str
    value: str | int | None
    reason: str = ""
    effective_on: date | None = None

    def params(self) -> dict[str, Any]:
        """As JSON."""
        day = self.effective_on.isoformat() if self.effective_on else None
        return {"what": self.what, "value": self.value, "reason": self.reason, "effective_on": day}

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> "Edit":
        """From JSON."""
        day = params.get("effective_on")
        return cls(params["what"], params["value"], params["reason"], date.fromisoformat(day) if day else None)


def bulk_edit(*, partner_ids: Sequence[int], edit: Edit, actor: Actor) -> BulkResult | Job:
    """Change many partners: at once up to 50, in the background as a job above.

    `partner_ids` come from a query that has proven them to be within reach of the person.

    Raises:
        InvalidInput: the wanted value does not exist.
    """
    _prepare(edit, actor)
    if len(partner_ids) <= IN_BACKGROUND_ABOVE:
        return apply_edit(partner_ids=partner_ids, edit=edit, actor=actor)
    job = create_job(
        actor=actor,
        kind=JOB_KIND,
        title=ngettext("Change %(count)d partner", "Change %(count)d partners", len(partner_ids))
        % {"count": len(partner_ids)},
        params={"partner_ids": list(partner_ids), "edit": edit.params(), "actor_label": actor.label},
    )
    transaction.on_commit(partial(send_job, require_scope().tenant_id, job.pk))
    return job


def send_job(tenant_id: int, job_id: int) -> None:
    """Hand a bulk edit's job to a worker."""
    from partners.tasks import run_bulk_edit  # the task calls this module

    run_bulk_edit.delay(tenant_id, job_id)


def run_job(*, tenant: Tenant, job_id: int) -> None:
    """Do the work of a bulk edit's job in one transaction; safe to run twice."""
    with running_job(tenant, job_id) as job:
        if job is None:
            return
        with tenant_scope(tenant):
            actor = Actor(kind="user", user_id=job.created_by_id, label=job.params["actor_label"])
            result = apply_edit(
                partner_ids=job.params["partner_ids"],
                edit=Edit.from_params(job.params["edit"]),
                actor=actor,
                report=lambda done, total: report_progress(job, done, total),
            )
            finish_job(
                job,
                result={
                    "changed": result.changed,
                    "unchanged": result.unchanged,
                    "refused": result.refused[:REFUSALS_KEPT],
                    "message": result.sentence(),
                },
            )


@transaction.atomic
def apply_edit(
    *, partner_ids: Sequence[int], edit: Edit, actor: Actor, report: Callable[[int, int], None] | None = None
) -> BulkResult:
    """Apply an edit to each partner in turn, in the order of their keys so that two edits cannot block each other."""
    change = _prepare(edit, actor)
    result = BulkResult()
    changed: list[Partner] = []
    partners = Partner.objects.filter(pk__in=partner_ids).prefetch_related("specialisations").order_by("pk")
    for done, partner in enumerate(partners, start=1):
        try:
            with transaction.atomic():
                is_changed = change(partner)
        except DomainError as refusal:
            result.refused.append((partner.name, str(refusal.message)))
        else:
            if is_changed:
                changed.append(partner)
            else:
                result.unchanged += 1
        if report is not None:
            report(done, len(partner_ids))
    result.changed = len(changed)
    if edit.what == "owner" and edit.value is not None:
        tell_new_owner(owner=User.objects.get(pk=edit.value), partners=changed, actor=actor)
    return result


def _prepare(edit: Edit, actor: Actor) -> Callable[[Partner], bool]:
    """The function that changes one partner and says whether anything changed."""
    try:
        build = _CHANGES[edit.what]
    except KeyError:
        raise InvalidInput(_("Choose what to change."), field="what", code="required") from None
    return build(edit, actor)


def _owner(edit: Edit, actor: Actor) -> Callable[[Partner], bool]:
    owner = _pick(User.objects.all(), edit) if edit.value is not None else None
    if owner is not None:
        refuse_stranger(owner)

    def change(partner: Partner) -> bool:
        if partner.owner_id == (owner.pk if owner else None):
            return False
        assign_owner(partner=partner, owner=owner, actor=actor, tell=False, check=False)
        return True

    return change


def _region(edit: Edit, actor: Actor) -> Callable[[Partner], bool]:
    region = _pick(Region.objects.all(), edit) if edit.value is not None else None

    def change(partner: Partner) -> bool:
        if partner.region_id == (region.pk if region else None):
            return False
        update_partner(partner=partner, actor=actor, region=region)
        return True

    return change


def _tier(edit: Edit, actor: Actor) -> Callable[[Partner], bool]:
    tier = _pick(Tier.objects.select_related("programme"), edit)
    day = edit.effective_on or require_scope().tenant.local_date(timezone.now())

    def change(partner: Partner) -> bool:
        try:
            with transaction.atomic():
                assign_tier(partner=partner, tier=tier, actor=actor, effective_on=day, reason=edit.reason)
        except DomainError as refusal:
            if refusal.code == "same_tier":
                return False
            raise
        return True

    return change


def _status(edit: Edit, actor: Actor) -> Callable[[Partner], bool]:
    def change(partner: Partner) -> bool:
        if partner.status == edit.value:
            return False
        change_status(
            partner=partner,
            target=str(edit.value),
            actor=actor,
            reason=edit.reason,
            effective_on=edit.effective_on,
        )
        return True

    return change


def _specialisation(add: bool) -> Callable[[Edit, Actor], Callable[[Partner], bool]]:
    def build(edit: Edit, actor: Actor) -> Callable[[Partner], bool]:
        chosen = _pick(Specialisation.objects.all(), edit)

        def change(partner: Partner) -> bool:
            held = list(partner.specialisations.all())
            if (chosen in held) == add:
                return False
            wanted = [*held, chosen] if add else [item for item in held if item != chosen]
            update_partner(partner=partner, actor=actor, specialisations=wanted)
            return True

        return change

    return build


def _pick(queryset: Any, edit: Edit) -> Any:
    chosen = queryset.filter(pk=edit.value).first()
    if chosen is None:
        raise InvalidInput(_("Choose one of the list."), field="value", code="required")
    return chosen


_CHANGES: dict[str, Callable[[Edit, Actor], Callable[[Partner], bool]]] = {
    "owner": _owner,
    "region": _region,
    "tier": _tier,
    "status": _status,
    "add_specialisation": _specialisation(add=True),
    "remove_specialisation": _specialisation(add=False),
}
