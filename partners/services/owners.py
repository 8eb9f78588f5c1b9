"""Who looks after a partner."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Partner
from partners.permissions import PARTNER_EDIT
from partners.queries import PARTNER_COUNTS
from prm.access.actor import Actor
from prm.accounts.models import User
from prm.audit.services import record
from prm.errors import InvalidInput
from prm.notifications.services import notify
from prm.tenancy.scope import require_scope

OWNER_ASSIGNED = "partner.owner_assigned"


def possible_owners() -> QuerySet[User]:
    """People of the open tenant who may edit partners, by name; `owner_choices` has their names at no query."""
    return User.objects.filter(
        is_active=True,
        memberships__tenant_id=require_scope().tenant_id,
        memberships__is_active=True,
        memberships__role__in=PARTNER_EDIT.roles,
    ).order_by("full_name", "email")


def refuse_stranger(owner: User) -> None:
    """Only people who may edit partners of this tenant can own one.

    Raises:
        InvalidInput: for everybody else.
    """
    if not possible_owners().filter(pk=owner.pk).exists():
        raise InvalidInput(
            _("%(person)s cannot look after partners here. Choose an admin, a programme or a channel manager.")
            % {"person": owner},
            field="owner",
            code="not_a_manager",
        )


@transaction.atomic
def assign_owner(
    *, partner: Partner, owner: User | None, actor: Actor, tell: bool = True, check: bool = True
) -> Partner:
    """Give a partner to somebody, or to nobody. The new owner is told, unless they did it themselves.

    Bulk work checks the person once and sends one message for all its partners: `check` and `tell` are False then.

    Raises:
        InvalidInput: the person may not look after partners here.
    """
    partner = Partner.objects.select_for_update(of=("self",)).select_related("owner").get(pk=partner.pk)
    if partner.owner_id == (owner.pk if owner else None):
        return partner
    if owner is not None and check:
        refuse_stranger(owner)
    before = partner.owner
    partner.owner = owner
    partner.save(update_fields=["owner", "updated_at"])
    PARTNER_COUNTS.forget()
    record(
        actor=actor,
        action="partner.owner_assigned",
        target=partner,
        partner_id=partner.pk,
        changes={"owner": [before, owner]},
    )
    if owner is not None and tell:
        tell_new_owner(owner=owner, partners=[partner], actor=actor)
    return partner


def tell_new_owner(*, owner: User, partners: Sequence[Partner], actor: Actor) -> None:
    """One message to the new owner, however many partners it is about."""
    if not partners or owner.pk == actor.user_id:
        return
    slug = require_scope().tenant.slug
    if len(partners) == 1:
        title = _("You now look after %(partner)s") % {"partner": partners[0]}
        url = reverse("partners:partner_detail", kwargs={"tenant": slug, "partner": partners[0].public_id})
    else:
        title = ngettext(
            "You now look after %(count)d more partner", "You now look after %(count)d more partners", len(partners)
        ) % {"count": len(partners)}
        url = f"{reverse('partners:partner_list', kwargs={'tenant': slug})}?owner={owner.pk}"
    body = _("Assigned by %(actor)s.") % {"actor": actor.label} if actor.label else ""
    notify(user_ids=[owner.pk], kind=OWNER_ASSIGNED, title=title, body=body, url=url)
