"""The tenant's own lists: types, regions, specialisations, programmes and tiers. Nothing in use can be removed."""

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Max, ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import (
    Partner,
    PartnerSpecialisation,
    PartnerTerritory,
    PartnerType,
    Programme,
    Region,
    Specialisation,
    Tier,
    TierAssignment,
)
from partners.services.validation import refuse_invalid
from prm.access.actor import Actor
from prm.audit.services import changes_between, record
from prm.errors import Conflict
from prm.tenancy.models import TenantModel

Entry = TypeVar("Entry", PartnerType, Region, Specialisation, Programme, Tier)
WORDS = {
    PartnerType: "partner_type",
    Region: "region",
    Specialisation: "specialisation",
    Programme: "programme",
    Tier: "tier",
}
PARKED_RANK = 32767


@transaction.atomic
def create_entry(*, model: type[Entry], actor: Actor, **values: Any) -> Entry:
    """Add an entry to a list. Without a key it gets one made from its name; without a rank a tier becomes the top one.

    Raises:
        InvalidInput: a value is not acceptable.
        Conflict: the key, or a tier's rank, is taken.
    """
    entry = model(**values)
    if not entry.key:
        entry.key = _free_key(model, entry)
    if isinstance(entry, Tier) and not entry.rank:
        highest = Tier.objects.filter(programme=entry.programme).aggregate(highest=Max("rank"))["highest"]
        entry.rank = (highest or 0) + 1
    if isinstance(entry, Programme):
        _make_only_default(entry)
    refuse_invalid(entry)
    entry.save()
    record(actor=actor, action=f"{WORDS[model]}.created", target=entry)
    return entry


@transaction.atomic
def update_entry(*, entry: Entry, actor: Actor, **changes: Any) -> Entry:
    """Change an entry; what does not differ is not written. The key stays, since imports and other systems use it.

    Raises:
        InvalidInput: a value is not acceptable.
        Conflict: the default programme would be switched off, or a region would lie in itself.
    """
    model = type(entry)
    entry = model.objects.select_for_update().get(pk=entry.pk)
    before = {name: getattr(entry, name) for name in changes}
    for name, value in changes.items():
        setattr(entry, name, value)
    differences = changes_between(before, {name: getattr(entry, name) for name in changes})
    if not differences:
        return entry
    if isinstance(entry, Programme):
        _refuse_no_default(entry, before)
        _make_only_default(entry)
    if isinstance(entry, Region):
        _refuse_circle(entry)
    refuse_invalid(entry)
    entry.save(update_fields=list(differences))
    record(actor=actor, action=f"{WORDS[model]}.updated", target=entry, changes=differences)
    return entry


@transaction.atomic
def remove_entry(*, entry: Entry, actor: Actor) -> None:
    """Remove an entry that nothing uses.

    Raises:
        Conflict: it is in use; the sentence says by what and how often.
    """
    model = type(entry)
    _refuse_in_use(entry)
    record(actor=actor, action=f"{WORDS[model]}.removed", target=entry)
    try:
        with transaction.atomic():
            rank = entry.rank if isinstance(entry, Tier) else None
            programme_id = entry.programme_id if isinstance(entry, Tier) else None
            entry.delete()
    except ProtectedError as error:
        user = next(iter(error.protected_objects))
        raise Conflict(
            _("%(entry)s cannot be removed, because it is still used (%(kind)s: %(count)s).")
            % {"entry": entry, "count": len(error.protected_objects), "kind": user._meta.verbose_name_plural},
            code="in_use",
        ) from error
    if rank is not None:
        _close_ranks(programme_id, rank)


@transaction.atomic
def move_tier(*, tier: Tier, up: bool, actor: Actor) -> Tier:
    """Change places with the tier above or below. At the end of the list nothing happens."""
    ladder = list(Tier.objects.select_for_update().filter(programme_id=tier.programme_id).order_by("rank"))
    place = [row.pk for row in ladder].index(tier.pk)
    target = place + (1 if up else -1)
    if not 0 <= target < len(ladder):
        return tier
    tier, other = ladder[place], ladder[target]
    former, wanted = tier.rank, other.rank
    # Ranks are unique at every moment, so one of the two steps aside first.
    for row, rank in ((other, PARKED_RANK), (tier, wanted), (other, former)):
        row.rank = rank
        row.save(update_fields=["rank"])
    record(actor=actor, action="tier.updated", target=tier, changes={"rank": [former, wanted]})
    return tier


def _free_key(model: type[TenantModel], entry: Any) -> str:
    base = slugify(entry.name)[:50].lstrip("0123456789-_") or "entry"
    rows = model._default_manager.all()
    if isinstance(entry, Tier):
        rows = rows.filter(programme=entry.programme)
    taken = set(rows.filter(key__startswith=base).values_list("key", flat=True))
    if base not in taken:
        return base
    return next(key for number in range(2, 10_000) if (key := f"{base}-{number}") not in taken)


def _make_only_default(programme: Programme) -> None:
    if programme.is_default:
        Programme.objects.filter(is_default=True).exclude(pk=programme.pk).update(is_default=False)


def _refuse_no_default(programme: Programme, before: dict[str, Any]) -> None:
    if before.get("is_default") and not programme.is_default:
        raise Conflict(
            _("There must be one default programme. Make another one the default instead."),
            code="no_default",
            field="is_default",
        )
    if programme.is_default and not programme.is_active:
        raise Conflict(
            _("The default programme cannot be switched off. Make another one the default first."),
            code="default_active",
            field="is_active",
        )


def _refuse_circle(region: Region) -> None:
    above, seen = region.parent, {region.pk}
    while above is not None:
        if above.pk in seen:
            raise Conflict(_("A region cannot lie in itself. Choose another region."), code="circle", field="parent")
        seen.add(above.pk)
        above = above.parent


def _refuse_in_use(entry: Any) -> None:
    if isinstance(entry, Programme) and entry.is_default:
        raise Conflict(_("The default programme cannot be removed."), code="default")
    if isinstance(entry, Tier):
        lowest = Tier.objects.filter(programme_id=entry.programme_id).order_by("rank").first()
        if lowest == entry and Tier.objects.filter(programme_id=entry.programme_id).count() > 1:
            raise Conflict(
                _("%(tier)s is the entry tier. Move another tier to the bottom first.") % {"tier": entry},
                code="entry_tier",
            )
    count = partners_using(entry)
    if count:
        raise Conflict(
            ngettext(
                "%(entry)s is used by %(count)d partner and cannot be removed.",
                "%(entry)s is used by %(count)d partners and cannot be removed.",
                count,
            )
            % {"entry": entry, "count": count},
            code="in_use",
        )


def partners_using(entry: Any) -> int:
    """How many partners an entry is about, now or in their history."""
    if isinstance(entry, PartnerType):
        return Partner.objects.filter(partner_type=entry).count()
    if isinstance(entry, Region):
        home = Partner.objects.filter(region=entry).values("pk")
        territory = PartnerTerritory.objects.filter(region=entry).values("partner_id")
        return home.union(territory).count()
    if isinstance(entry, Specialisation):
        return PartnerSpecialisation.objects.filter(specialisation=entry).count()
    side = {"programme": entry} if isinstance(entry, Programme) else {"tier": entry}
    return TierAssignment.objects.filter(**side).values("partner_id").distinct().count()


def _close_ranks(programme_id: int | None, gone: int) -> None:
    """Ranks count from 1 without gaps; lowest first, so that no two are ever equal."""
    for tier in Tier.objects.filter(programme_id=programme_id, rank__gt=gone).order_by("rank"):
        Tier.objects.filter(pk=tier.pk).update(rank=F("rank") - 1)
